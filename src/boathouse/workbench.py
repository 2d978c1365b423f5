"""Workbench: a project and the verbs on it, the functions that the command line, agents and pages call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boathouse import config, environment_file
from boathouse.config import Project
from boathouse.errors import UserError
from boathouse.names import TableName

if TYPE_CHECKING:
    from boathouse.advise import Advice
    from boathouse.contract_exchange import Changed, Exported
    from boathouse.contract_lesson import Learned
    from boathouse.fault import Fault
    from boathouse.forget import Forgotten
    from boathouse.lineage import Lineage
    from boathouse.pipeline import Pipeline
    from boathouse.plan import Plan
    from boathouse.plan_difference import PlanDifference
    from boathouse.probe import MultiFindings
    from boathouse.proof import Proof
    from boathouse.reconciliation import Reconciliation
    from boathouse.registered_models import RegisteredModels
    from boathouse.release import Release
    from boathouse.run import Progress
    from boathouse.run_record import Run
    from boathouse.scheduled_job import JobResult
    from boathouse.table_story import TableStory
    from boathouse.vacuum import Vacuumed

Say = Callable[[str], None]


def silent(line: str) -> None:
    """Say nothing."""


class Workbench:
    """The verbs on one project: explore, advise, plan, run, show, query, export, prove, check, reconcile."""

    def __init__(self, folder: Path | str = ".", *, env: str = "", settings: Iterable[str] = ()) -> None:
        """Find the project around a folder, as it is in an environment; `settings` are a.b=c, over its files."""
        self._options = tuple(settings)
        self.project: Project = environment_file.enter(config.find(Path(folder)), env, self._options)

    def config(self) -> dict[str, Any]:
        """Say the settings of the environment, where each came from, and how tables are named; secrets are stars."""
        return environment_file.described(self.project, self._options)

    # The heavy packages are imported in each verb: `plan` should not pay for what only `prove` needs.

    def explore(self, paths: Iterable[Path | str], *, target: str = "", say: Say = silent) -> MultiFindings:
        """Look at raw files and write what is found in them to findings/."""
        from boathouse import explore as exploring
        from boathouse import findings_file

        found = exploring.explore(
            [Path(path) for path in paths], self._engine(), target=target or None, on_progress=say
        )
        findings_file.save(found, self.project.findings, self.project.root)
        return found

    def advise(self, accept: Iterable[str] = (), *, reject: Iterable[str] = ()) -> Advice:
        """Recommend steps for what was found; write accepted ones into the files under tables/."""
        from boathouse import advice_file, advise, findings_file, table_file

        found = findings_file.load(self.project.findings)
        advice = advice_file.merge(advise.advise(found), self.project.advice)
        accepted, rejected = list(accept), list(reject)
        advice = advise.accept(advice, accepted, reject=rejected)
        if accepted or rejected or any(each.accepted for each in advice.recommendations):
            table_file.write_tables(advise.tables_of(advice, found), self.project.root)
        advice_file.save(advice, self.project.advice)
        return advice

    def plan(self) -> Plan:
        """Order the tables, check every step against its columns, and say what would be built and why."""
        from boathouse import breakage, world

        plan, error = breakage.plan_or_error(self._pipeline(), world.look(self.project), self.project)
        if error is not None:
            raise error
        return plan

    def difference(self) -> PlanDifference:
        """Hold the plan against what there is: what changed in each table, what that breaks, how many rows are read."""
        from boathouse import plan_difference, world

        return plan_difference.difference(self._pipeline(), world.look(self.project), self.project)

    def _pipeline(self) -> Pipeline:
        from boathouse import table_load

        pipeline = table_load.load(self.project)
        if not pipeline.tables:
            raise UserError(
                f"{self.project.tables} holds no tables yet",
                hint="type `boathouse explore PATHS`, then `boathouse advise --accept all`",
            )
        return pipeline

    def lineage(self) -> Lineage:
        """Trace every column of every table down to the raw files; nothing has to be built."""
        from boathouse.lineage import lineage

        return lineage(self.plan())

    def run(
        self,
        tables: Iterable[str] = (),
        *,
        full: bool = False,
        engine: str = "duckdb",
        on_table: Progress | None = None,
    ) -> Run:
        """Build the tables that are not up to date, or the named ones, or all, as Delta tables under lake/."""
        from boathouse.plan import due, only
        from boathouse.plan import full as from_all_rows

        plan = self.plan()
        if full or engine == "spark":
            plan = from_all_rows(plan, "--full" if full else "Spark builds it")
        names = [TableName.parse(name) for name in tables]
        plan = only(plan, names) if names else plan if full or engine == "spark" else due(plan)
        told: dict[str, Any] = {"on_table": on_table} if on_table else {}
        if engine == "spark":
            from boathouse.spark_run import run_on_spark

            return run_on_spark(plan, self.project, **told)
        from boathouse.run import run

        return run(plan, self.project, **told)

    def export(
        self, target: str = "databricks", *, options: Mapping[str, Any] | None = None, out: Path | None = None,
        catalog: str = "", schema: str = "",
    ) -> list[Path]:  # fmt: skip
        """Write the pipeline as files for another platform, by default under dist/TARGET."""
        from boathouse import export, export_files

        chosen = export.target(target, options or {})
        asked = export_files.asked(self.project, self.plan(), catalog=catalog, schema=schema)
        return export_files.write(chosen.files(asked), out or self.project.dist(target))

    def export_contracts(self, table: str = "all", *, out: Path | None = None) -> Exported:
        """Write the contract of a table, or of all, as a file of the Open Data Contract Standard."""
        from boathouse.contract_exchange import export_contracts

        return export_contracts(self.plan(), self.project, table, out)

    def import_contracts(self, file: Path | str, *, table: str = "") -> tuple[Changed, ...]:
        """Put the contracts of such a file into the files of their tables."""
        from boathouse.contract_exchange import import_contracts

        return import_contracts(self.project, Path(file), table)

    def learn_contract(self, table: str, *, write: bool = False) -> Learned:
        """Learn a contract from what explore found, or from the rows of a table that is built."""
        from boathouse.contract_lesson import learn_contract

        return learn_contract(self.plan(), self.project, table, write=write)

    @staticmethod
    def can_prove(target: str) -> bool:
        """Tell whether the files of a target can be run here."""
        from boathouse.rehearsal import PROOFS

        return target.replace("-", "_") in PROOFS.names()

    def prove(self, target: str = "databricks", *, on: str = "", out: Path | None = None, say: Say = silent) -> Proof:
        """Run an export here, on local Spark and Delta or another engine, and compare every table with the run's."""
        from boathouse.proof import prove

        return prove(self.plan(), self.project, target, out or self.project.dist(target), on=on, say=say)

    def job(self, name: str, options: Mapping[str, Any] | None = None, **where: Any) -> JobResult:
        """Do a job on the project's models, in a `catalog` and a `schema`: on Databricks or a given `spark`, else in the lake here."""
        from boathouse.scheduled_job import do

        return do(self.project, name, options or {}, **where)

    def lint(self) -> list[Fault]:
        """Look for what works, and what a reader would stumble over: names, above all."""
        from boathouse.lint import lint

        return lint(self.plan())

    def check(self, folder: Path | str | None = None) -> list[Fault]:
        """Check a folder of exports offline, by default dist/, against databricks-sdk."""
        from boathouse import inspection

        return inspection.check(Path(folder) if folder else self.project.root / "dist")

    def reconcile(
        self, left: str, right: str, *, key: Iterable[str] = (), tolerance: Iterable[str] = (), out: Path | None = None
    ) -> tuple[Reconciliation, Path]:
        """Hold two tables against each other, write the report, and give what was found and where the report is."""
        from boathouse import journal
        from boathouse.reconcile import reconcile
        from boathouse.reconcile_page import write_report
        from boathouse.reconciliation import Question, tolerances

        found = reconcile(left, right, self.project, Question(tuple(key), *tolerances(tolerance)))
        journal.tell(self.project, {"reconciliation": [found.row]})
        return found, write_report(found, out or self.project.dist("reconcile"))

    def reconcile_sql(self, left: str, right: str, *, key: Iterable[str] = ()) -> str:
        """Write the statement that asks a table elsewhere for its fingerprint, to be held against the left table's."""
        from boathouse.reconcile import remote_statement

        return remote_statement(left, right, self.project, tuple(key))

    def query(self, sql: str, *, at: str = "current") -> list[dict[str, Any]]:
        """Answer a SELECT in Databricks SQL over the tables: of the current release, of `at` another, or the newest."""
        from boathouse.query import query

        return query(self.project, sql, at)

    def story(self, table: str, *, at: str = "current") -> TableStory:
        """Tell of a table: what its contract found, its last builds, and its rows in quarantine by rule."""
        from boathouse.table_story import TableStory

        name = self.plan().pipeline.table(TableName.parse(table)).name
        return TableStory(self.project, name, partial(self.query, at=at))

    def release(self, *, run: str = "", note: str = "") -> Release:
        """Make what the last run left, or a named one, the current release, if it passed and its tables fit together."""
        from boathouse.release_run import release

        return release(self.project, run_id=run, note=note)

    def releases(self) -> tuple[Release, ...]:
        """List the releases, the oldest first."""
        from boathouse.release import releases

        return releases(self.project)

    def promote(self, env: str) -> Release:
        """Copy the current release into another environment, and make it the release there."""
        from boathouse.promote import promote

        return promote(self.project, environment_file.enter(config.find(self.project.root), env))

    @property
    def models(self) -> RegisteredModels:
        """The registered models: `list`, `versions` of one, and `promote` through gates."""
        from boathouse.registered_models import RegisteredModels

        return RegisteredModels(self.project)

    def vacuum(self, *, hours: int | None = None, keep: int | None = None, dry_run: bool = False) -> Vacuumed:
        """Remove data files that no release, no newest table and no version of the last hours needs."""
        from boathouse.vacuum import WEEK, vacuum

        return vacuum(self.project, hours=WEEK if hours is None else hours, keep=keep, dry_run=dry_run)

    def forget(self, table: str, key: str) -> Forgotten:
        """Delete the rows where column=value from an ingested table, and build anew what descends from it."""
        from dataclasses import replace

        from boathouse.forget import forget

        done = forget(self.plan(), self.project, table, key)
        return replace(done, rebuilt=tuple(built.table for built in self.run().tables)) if done.rows else done

    def rollback(self, to: str = "") -> Release:
        """Make an earlier release the current one, by default the one before."""
        from boathouse.release_run import rollback

        return rollback(self.project, to)

    def _engine(self) -> Any:
        from boathouse.engines import delta
        from boathouse.engines.duckdb import DuckDB

        return DuckDB(delta_scan=delta.scan)

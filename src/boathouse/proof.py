"""Proof: run the very files of an export on local Spark and Delta, and hold every table against the run's."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from boathouse import proof_page, yaml_file
from boathouse.action import Action
from boathouse.comparison import Comparison, Verdict, compare
from boathouse.config import Project
from boathouse.engines import delta, spark
from boathouse.errors import BoathouseError, UserError
from boathouse.names import TableName
from boathouse.notebook import read_notebook
from boathouse.plan import Plan

OF_THE_RUN = ("_ingested_at", "_run_id")  # each run's own
SCHEMA = "proof"  # one for each proof; the session's own catalog has no other
Tolerances = Mapping[str, Mapping[str, float]]  # gold.spend -> {spend: 1e-9}


@dataclass(frozen=True)
class TableProof:
    """What the comparison of one table says."""

    name: TableName
    comparison: Comparison
    seconds: float

    @property
    def table(self) -> str:
        return str(self.name)

    @property
    def verdict(self) -> Verdict:
        return self.comparison.verdict

    @property
    def why(self) -> str:
        return self.comparison.why

    @property
    def rows_local(self) -> int | None:
        return self.comparison.left_rows

    @property
    def rows_spark(self) -> int | None:
        return self.comparison.right_rows


@dataclass(frozen=True)
class Proof:
    """The tables in the order of the workflow, and where the report is."""

    project: str
    target: str
    engines: str
    tables: tuple[TableProof, ...]
    seconds: float
    report: Path

    @property
    def proven(self) -> bool:
        """Tell whether every table is equal; a proof of nothing proves nothing."""
        return bool(self.tables) and all(table.comparison.equal for table in self.tables)

    @property
    def summary(self) -> str:
        equal = sum(table.comparison.equal for table in self.tables)
        return f"{equal} of {len(self.tables)} tables are proven equal on {self.engines}, in {self.seconds:.1f} s"

    def to_dict(self) -> dict[str, Any]:
        tables = [
            {"table": table.table, "seconds": round(table.seconds, 3), **asdict(table.comparison)}
            for table in self.tables
        ]
        said = {"project": self.project, "target": self.target, "engines": self.engines, "proven": self.proven}
        return {**said, "summary": self.summary, "seconds": round(self.seconds, 3), "tables": tables}


def prove(
    plan: Plan,
    project: Project,
    target: str,
    out: Path,
    *,
    tolerances: Tolerances | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Proof:
    """Run the notebooks of `out` in the order of their workflow, compare each table, and write the report."""
    clock = time.perf_counter()
    order = workflow_order(out)
    with tempfile.TemporaryDirectory(prefix="boathouse-proof-") as folder, spark.session(local=True) as engine:
        say(f"{engine.version} runs {len(order)} notebooks of {out}")
        engine.create_schema(SCHEMA, Path(folder))
        try:
            rehearsal = _Rehearsal(plan, project, out, Path(folder), engine)
            tables = rehearsal.run(order, tolerances or {}, say)
        finally:
            engine.drop_schema(SCHEMA)
        engines = engine.version
    proof = Proof(
        project.config.name, target, engines, tables, time.perf_counter() - clock, out / "proof" / "proof.html"
    )
    write_report(proof)
    return proof


def workflow_order(out: Path) -> list[str]:
    """Give the tasks of workflow.json, each after those that it depends on."""
    file = out / "workflow.json"
    if not file.exists():
        raise UserError(f"{out} holds no export", hint="type `boathouse export databricks`")
    try:
        tasks = json.loads(file.read_text(encoding="utf-8"))["tasks"]
        before = {task["task_key"]: [other["task_key"] for other in task.get("depends_on", [])] for task in tasks}
        return list(TopologicalSorter(before).static_order())
    except (ValueError, KeyError, TypeError, CycleError) as error:
        raise UserError(
            f"{file} is no workflow: {error}", hint="write it anew with `boathouse export databricks`"
        ) from error


def write_report(proof: Proof) -> None:
    """Write proof.json for machines and proof.html for people, beside what was proven."""
    proof.report.parent.mkdir(parents=True, exist_ok=True)
    told = proof.to_dict()
    yaml_file.write_whole(
        proof.report.with_suffix(".json"), json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n"
    )
    yaml_file.write_whole(proof.report, proof_page.page(told))


@dataclass(frozen=True)
class _Rehearsal:
    """The notebooks of an export, the Spark that runs them, and the folder that their tables land in."""

    plan: Plan
    project: Project
    out: Path
    folder: Path
    engine: spark.Spark

    def run(self, order: list[str], tolerances: Tolerances, say: Callable[[str], None]) -> tuple[TableProof, ...]:
        actions = {action.name.flat: action for action in self.plan.actions}
        done: dict[TableName, TableProof] = {}
        for task in [task for task in order if task in actions] + [name for name in actions if name not in order]:
            action, clock = actions[task], time.perf_counter()
            for name, comparison in self._prove(action, tolerances):
                done[name] = TableProof(name, comparison, time.perf_counter() - clock)
                say(f"{name}: {comparison.verdict}{f' - {comparison.why}' if comparison.why else ''}")
        return tuple(done.values())

    def _prove(self, action: Action, tolerances: Tolerances) -> Iterator[tuple[TableName, Comparison]]:
        yield action.name, self._prove_table(action, tolerances)
        if action.drops:
            yield action.name.quarantine, self._compare_quarantine(action)

    def _prove_table(self, action: Action, tolerances: Tolerances) -> Comparison:
        missing = next((name for name in action.reads if not delta.exists(self._made(name))), None)
        if missing is not None:
            return Comparison("NOT COMPARABLE", f"{missing}, which it reads, could not be made on Spark")
        try:
            self._run_notebook(action)
        except BoathouseError as error:
            return Comparison("NOT COMPARABLE", str(error))
        key, tolerance = action.table.contract.key, tolerances.get(str(action.name), {})
        if action.landing is None:
            return self._compare(action.name, key=key, tolerance=tolerance)
        found = self._compare(action.name, without=OF_THE_RUN)
        # What reads it is given the lake's own rows, whose order of arrival the notebook's single read does not have.
        if delta.exists(self.project.lake(action.name)):
            self.engine.replace_table(SCHEMA, action.name.flat, self.project.lake(action.name))
        return replace(found, why="; ".join(filter(None, [found.why, f"compared without {', '.join(OF_THE_RUN)}"])))

    def _compare_quarantine(self, action: Action) -> Comparison:
        name = action.name.quarantine
        if not delta.exists(self._made(name)):
            return Comparison("NOT COMPARABLE", "its table could not be made on Spark")
        return self._compare(name, without=(action.run_column,))

    def _compare(self, name: TableName, **how: Any) -> Comparison:
        local, made = self.project.lake(name), self._made(name)
        if not delta.exists(local):
            return Comparison("NOT COMPARABLE", "it is not in the lake; type `boathouse run`")
        return compare(local, made, **how)

    def _run_notebook(self, action: Action) -> None:
        file = self.out / "notebooks" / f"{action.name.flat}.py"
        if not file.exists():
            raise UserError("the export has no notebook for it", hint="type `boathouse export databricks`")
        constants = {"CATALOG": spark.LOCAL_CATALOG, "SCHEMA": SCHEMA}
        if action.table.source is not None:
            raw = action.landing.root if action.landing else self.project.source(action.table.source.path)
            constants["SOURCE_PATH"] = str(raw)
        self.engine.run_cells(read_notebook(file.read_text(encoding="utf-8"), constants))

    def _made(self, name: TableName) -> Path:
        # Spark's catalog knows names without case, and names the folder in lower case.
        return self.folder / name.flat.lower()

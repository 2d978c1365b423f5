"""Run: build the tables of a plan in the local lake, DuckDB in, Delta out; the only file that changes tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from boathouse import fitted as fitted_file
from boathouse.action import Action, Stage
from boathouse.casting import strict_cast
from boathouse.chain import Chain
from boathouse.config import Project
from boathouse.contract_check import Apart, RuleResult, held, set_apart
from boathouse.dialect import query_to_duckdb
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import BoathouseError, CheckFailed
from boathouse.ingest import Ingestion
from boathouse.landing import Landing
from boathouse.names import TableName
from boathouse.plan import Plan
from boathouse.query import open_table
from boathouse.quoting import sql_name, sql_text
from boathouse.relation import Relation, table_in_sql
from boathouse.schema import Schema
from boathouse.step import FittedStep
from boathouse.world import FINGERPRINT


@dataclass(frozen=True)
class TableRun:
    """One table that was built."""

    table: TableName
    rows: int
    version: int
    seconds: float
    path: str
    quarantined: int = 0
    rules: tuple[RuleResult, ...] = ()
    files: int | None = None  # taken in by this run, where the table is ingested
    file_warnings: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say which files were passed over or changed, and which `warn` rules do not hold."""
        broken = (result.says for result in self.rules if result.action == "warn" and not result.holds)
        return (*self.file_warnings, *broken)


@dataclass(frozen=True)
class Run:
    """One run: what was built, in order."""

    id: str
    started: datetime
    tables: tuple[TableRun, ...]
    seconds: float


Progress = Callable[[Action, TableRun | None], None]


def run(plan: Plan, project: Project, *, on_table: Progress = lambda _action, _done: None) -> Run:
    """Build every table of the plan; `on_table` is told before each (with None) and after it."""
    return build_each(plan, LocalLake(project, DuckDB(delta_scan=delta.scan)).build, on_table)


def build_each(plan: Plan, build: Callable[[Action, str], TableRun], on_table: Progress) -> Run:
    """Build the tables in order, whoever builds them; an error names its table."""
    started, clock = datetime.now(UTC), time.perf_counter()
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    done = []
    for action in plan.actions:
        on_table(action, None)
        try:
            built = build(action, run_id)
        except BoathouseError as error:
            error.message = f"{action.name}: {error.message}"
            raise error.at(action.table.place()) from None
        done.append(built)
        on_table(action, built)
    return Run(run_id, started, tuple(done), time.perf_counter() - clock)


@dataclass(frozen=True)
class LocalLake:
    """The Delta tables of a project, and the DuckDB session that reads and builds them."""

    project: Project
    engine: DuckDB

    def build(self, action: Action, run_id: str) -> TableRun:
        """Build one table and commit it; nothing is written unless its promises hold."""
        if action.landing is not None:
            return self._ingest(action, action.landing, run_id)
        clock = time.perf_counter()
        for name in action.reads:
            open_table(self.engine, self.project, name)
        chain = Chain(self.engine, self._start(action))
        numbers = [self._apply(chain, stage) for stage in action.stages]
        chain.add(_final_select(self.engine.describe(chain.query(f"FROM {chain.name}")), action, chain.name))
        apart = set_apart(chain, action)
        rules = (*(apart.results if apart else ()), *held(chain, action, is_kept=apart is not None))
        path = self.project.lake(action.name)
        note = _note(action, run_id)
        self._quarantine(apart, action, note)
        with translated_errors():  # the stream computes while it is written
            version = delta.overwrite(path, self.engine.stream(chain.query(f"SELECT * FROM {chain.name}")), note)
        chain.forget()
        self._freeze(action, numbers)
        rows, quarantined = delta.row_count(path), apart.rows if apart else 0
        return TableRun(action.name, rows, version, time.perf_counter() - clock, str(path), quarantined, rules)

    def _quarantine(self, apart: Apart | None, action: Action, note: dict[str, str]) -> None:
        """Write the rows that were set apart beside their table, before it: a kill between the two loses none."""
        if apart is not None:
            query = f"SELECT *, {sql_text(note['boathouse.run'], 'duckdb')} AS _run_id FROM ({apart.query})"
            with translated_errors():
                delta.overwrite(self.project.lake(action.name.quarantine), self.engine.stream(query), note)

    def _ingest(self, action: Action, landing: Landing, run_id: str) -> TableRun:
        """Take in what has arrived; what is there stays as it is."""
        clock, path = time.perf_counter(), self.project.lake(action.name)
        taken = Ingestion(self.project, action.table, landing, self.engine, run_id).run(_note(action, run_id))
        rows, version = delta.row_count(path), delta.version(path)
        seconds = time.perf_counter() - clock
        return TableRun(action.name, rows, version, seconds, str(path), files=taken.files, file_warnings=taken.warnings)

    def _start(self, action: Action) -> str:
        table = action.table
        if table.source is not None:
            return table.source.sql(self.project.source(table.source.path), action.start, self.engine)
        if table.sql:
            return query_to_duckdb(table.sql, action.inputs)
        assert table.reads is not None  # noqa: S101 - the loader sees to it
        return f"SELECT * FROM {table_in_sql(table.reads, 'duckdb')}"

    def _apply(self, chain: Chain, stage: Stage) -> dict[str, Any] | None:
        """Add a step to the chain; give the numbers that it learnt, if it did."""
        chain.shorten()
        relation = replace(stage.table, name=chain.name)
        guard = stage.step.guard(relation)
        if guard and next(iter(self.engine.row(chain.query(guard)).values())):
            raise CheckFailed(stage.step.guard_message())
        step, learnt = stage.step, None
        if isinstance(step, FittedStep) and step.fitted is None and step.learns():
            learnt = self._learn(chain, step, relation)
            step = step.model_copy(update={"fitted": learnt})
            relation = replace(relation, name=chain.name)
        touches, new = step.touches(), set(step.after(relation).names) - set(relation.schema.names)
        chain.add(step.sql(relation), puts=None if touches is None else touches | new)
        return learnt

    def _learn(self, chain: Chain, step: FittedStep, relation: Relation) -> dict[str, Any]:
        """Learn from rows that are kept: a hundred scales of a hundred columns read one copy, not a copy each."""
        touches = step.touches()
        if touches is None or relation.fit_on or not chain.unchanged(touches):
            chain.settle()
        return step.learn(self.engine.rows(step.fit_sql(replace(relation, name=chain.settled or chain.name))))

    def _freeze(self, action: Action, learnt: list[dict[str, Any] | None]) -> None:
        """Keep the numbers of steps that are to be frozen, for every later run and for the exports."""
        kept = {
            key: numbers
            for key, numbers in zip(action.frozen_keys(), learnt, strict=True)
            if key and numbers is not None
        }
        if kept:
            known = fitted_file.load(self.project.fitted)
            name = str(action.name)
            fitted_file.save(self.project.fitted, {**known, name: {**known.get(name, {}), **kept}})


def _note(action: Action, run_id: str) -> dict[str, str]:
    return {"boathouse.run": run_id, FINGERPRINT: action.fingerprint}


def _final_select(made: Schema, action: Action, name: str) -> str:
    """Select the promised columns in their order; a value that does not fit its type is an error, as on Spark."""
    columns = [
        f"{strict_cast(sql_name(column.name, 'duckdb'), made[column.name].type, column.type)} AS {sql_name(column.name, 'duckdb')}"
        for column in action.schema
    ]
    return f"SELECT {', '.join(columns)} FROM {name}"

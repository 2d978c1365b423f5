"""Run: build the tables of a plan in the local lake, DuckDB in, Delta out; the only file that changes tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex
from typing import Any

from boathouse import definition, journal
from boathouse import fitted as fitted_file
from boathouse.action import Action
from boathouse.chain import Chain
from boathouse.change import inputs_of, numbers_of
from boathouse.column_change import ColumnChange, column_changes
from boathouse.config import Project
from boathouse.contract_check import Apart, held, set_apart
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import BoathouseError, EngineError
from boathouse.grow import APP, Written, growth
from boathouse.ingest import Ingestion
from boathouse.landing import Landing
from boathouse.ml.tracking.asking import asked
from boathouse.names import TableName
from boathouse.origin import GONE, RUN, Origin
from boathouse.plan import Plan
from boathouse.query import open_table
from boathouse.relation import Before
from boathouse.run_record import Run, RunRecord, TableRun
from boathouse.schema import Schema
from boathouse.table_rows import Numbers, start_of, table_rows
from boathouse.world import World, load_model, look

Progress = Callable[[Action, TableRun | None], None]


def run(plan: Plan, project: Project, *, on_table: Progress = lambda _action, _done: None) -> Run:
    """Build every table of the plan; `on_table` is told before each (with None) and after it."""
    with run_records(plan, project, "duckdb") as record:
        return build_each(plan, LocalLake(project, DuckDB(delta_scan=delta.scan)).build, on_table, record)


@contextmanager
def run_records(plan: Plan, project: Project, engine: str) -> Iterator[RunRecord]:
    """Be the one run of the project; what it does is in the ops tables afterwards, however it ends."""
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{token_hex(3)}"
    record = RunRecord(project, run_id, engine, started, plan.left)
    with journal.writing(project) as told:
        told.begin(run_id, record.row)
        try:
            yield record
        except BaseException as error:
            with suppress(EngineError):  # where not even this can be written, it is told of as killed
                told.end(run_id, record.rows(record.building, error))
            raise
        told.end(run_id, record.rows())


def build_each(plan: Plan, build: Callable[[Action, str], TableRun], on_table: Progress, record: RunRecord) -> Run:
    """Build the tables in order, whoever builds them; an error names its table."""
    clock = time.perf_counter()
    for action in plan.actions:
        on_table(action, None)
        record.building = action
        try:
            definition.keep(record.project, action.table, action.fingerprint)
            built = build(action, record.id)
        except BoathouseError as error:
            error.message = f"{action.name}: {error.message}"
            raise error.at(action.table.place()) from None
        record.done.append((action, built))
        on_table(action, built)
    tables = tuple(built for _, built in record.done)
    warnings = tuple(f"{action.name}: {warning}" for action in plan.left for warning in action.warnings)
    same = tuple(action.name for action in plan.left if action.state == "same")
    return Run(record.id, record.started, tables, time.perf_counter() - clock, same, warnings)


@dataclass(frozen=True)
class LocalLake:
    """The Delta tables of a project, and the DuckDB session that reads and builds them."""

    project: Project
    engine: DuckDB

    def build(self, action: Action, run_id: str) -> TableRun:
        """Build one table and commit it; nothing is written unless its promises hold."""
        if action.landing is not None:
            return self._ingest(action, action.landing, run_id)
        world = look(self.project)
        inputs = inputs_of(action, world)
        if not action.models:
            return self._build(action, run_id, inputs, world)
        # Which version a model has is said before it is loaded: where it changes in between, the next plan tells.
        with asked(self.engine, action.models, partial(load_model, self.project)):
            return self._build(action, run_id, inputs, world)

    def _build(self, action: Action, run_id: str, inputs: Mapping[str, str], world: World) -> TableRun:
        clock, start = time.perf_counter(), action.table.reads
        growing = growth(action, self.project, self.engine, inputs)
        for name in action.reads:
            if growing and name == start:
                self.engine.view(name.layer, name.table, growing.query)
                continue
            state = inputs[str(name)]
            open_table(self.engine, self.project, name, None if state == GONE else int(state))
        chain, numbers = table_rows(self.engine, action, self._start(action))
        path, learnt = self.project.lake(action.name), _named(action.frozen_keys(), numbers)
        changes = self._changes(action.name, action.schema)
        before, states = self._before(action, changes), {**inputs, **numbers_of(action, world, learnt)}
        note = Origin(action.fingerprint, states, run_id, world.table_id(start) if start else "").note
        transaction = (APP, int(inputs[str(start)])) if start else None
        if growing and transaction and not growing.merges:
            written = growing.add(chain, before, note, transaction)
        else:
            if growing:
                growing.merge(chain)
            written = self._replace(chain, action, before, note, transaction)
        chain.end()
        self._freeze(action, learnt)
        rows, seconds = delta.row_count(path, written.version), time.perf_counter() - clock
        quarantined = delta.row_count(self.project.lake(action.name.quarantine), written.apart) if action.drops else 0
        return TableRun(
            action.name, rows, written.version, seconds, str(path), quarantined, written.rules, changes=changes,
            apart_version=written.apart, only_new=growing is not None,
            learnt=_named(action.fitted_keys(), numbers),
        )  # fmt: skip

    def _replace(
        self, chain: Chain, action: Action, before: Before, note: dict[str, str], transaction: tuple[str, int] | None
    ) -> Written:
        """Write the rows of the chain if the rules hold; those that were set apart first: a kill between loses none."""
        apart = set_apart(chain, action)
        is_kept = apart is not None or action.copies
        rules = (*(apart.results if apart else ()), *held(chain, action, before, is_kept=is_kept))
        apart_version = self._quarantine(apart, action, note, transaction) if apart else None
        with translated_errors():  # the stream computes while it is written
            query = chain.query(f"SELECT * FROM {chain.name}")
            version = delta.overwrite(self.project.lake(action.name), self.engine.stream(query), note, transaction)
        return Written(rules, version, apart_version)

    def _quarantine(
        self, apart: Apart, action: Action, note: dict[str, str], transaction: tuple[str, int] | None
    ) -> int:
        path = self.project.lake(action.name.quarantine)
        with translated_errors():
            return delta.overwrite(path, self.engine.stream(apart.told(note[RUN])), note, transaction)

    def _ingest(self, action: Action, landing: Landing, run_id: str) -> TableRun:
        """Take in what has arrived; what is there stays as it is."""
        clock, path = time.perf_counter(), self.project.lake(action.name)
        before = delta.schema(path) if delta.exists(path) else None
        taken = Ingestion(self.project, action.table, landing, self.engine, run_id).run(
            Origin(action.fingerprint, run=run_id).note
        )
        version = delta.version(path)
        rows = delta.row_count(path, version)
        seconds = time.perf_counter() - clock
        changes = column_changes(before, delta.schema(path)) if before else ()
        return TableRun(
            action.name, rows, version, seconds, str(path), files=taken.files, file_warnings=taken.warnings, changes=changes,
            only_new=before is not None,
        )  # fmt: skip

    def _before(self, action: Action, changes: tuple[ColumnChange, ...]) -> Before:
        """Say what the table is like before this build, for the checks that ask."""
        path = self.project.lake(action.name)
        if not any(rule.check.asks_before for rule in action.rules) or not delta.exists(path):
            return Before()
        return Before(str(delta.row_count(path)), str(len(changes)))

    def _changes(self, name: TableName, after: Schema) -> tuple[ColumnChange, ...]:
        path = self.project.lake(name)
        return column_changes(delta.schema(path), after) if delta.exists(path) else ()

    def _start(self, action: Action) -> str:
        table = action.table
        if table.source is not None:
            return table.source.sql(self.project.source(table.source.path), action.start, self.engine)
        return start_of(action)

    def _freeze(self, action: Action, learnt: Mapping[str, dict[str, Any]]) -> None:
        """Keep the numbers of steps that are to be frozen, for every later run and for the exports."""
        if learnt:
            known, name = fitted_file.load(self.project.fitted), str(action.name)
            fitted_file.save(self.project.fitted, {**known, name: {**known.get(name, {}), **learnt}})


def _named(keys: list[str], learnt: list[Numbers]) -> dict[str, dict[str, Any]]:
    return {key: numbers for key, numbers in zip(keys, learnt, strict=True) if key and numbers is not None}

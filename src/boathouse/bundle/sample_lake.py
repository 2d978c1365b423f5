"""Sample lake: every table of a plan, made by the local engine of sample rows; what the exported tests expect."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from boathouse.action import Action
from boathouse.bundle.sample_rows import Reading, sample_rows
from boathouse.contract_check import asked, set_apart
from boathouse.duckdb_types import duckdb_type
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import CheckFailed, UserError
from boathouse.names import LAYERS, TableName
from boathouse.pipeline import Rule
from boathouse.plan import Plan
from boathouse.probe import MultiFindings
from boathouse.quoting import sql_name
from boathouse.relation import Before, table_in_sql
from boathouse.schema import Schema
from boathouse.table_rows import start_of, table_rows

TEXTS = "texts"  # the schema of bronze rows before they have their types


@dataclass(frozen=True)
class Sample:
    """A table's columns, and its rows as texts that Spark casts to their types."""

    schema: Schema
    rows: tuple[tuple[str | None, ...], ...]
    refused_by: tuple[str, ...] = ()  # the rules of its contract that so few rows, or such ones, break

    @property
    def text(self) -> str:
        """Write it as JSON, a row a line, so that a change of one row is one line of a review."""
        rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in self.rows)
        columns = json.dumps(self.schema.types, ensure_ascii=False)
        refused = f'  "refused_by": {json.dumps(self.refused_by)},\n' if self.refused_by else ""
        return f'{{\n  "columns": {columns},\n{refused}  "rows": [\n{rows}\n  ]\n}}\n'


def sample_lake(plan: Plan, findings: MultiFindings | None = None) -> dict[TableName, Sample]:
    """Make all tables that can be made of sample rows.

    Where a step or a rule of a table refuses rough rows, those that it comes from are made plain ones. A table that cannot be
    made of these either, that asks the time or a model, or whose functions are not proven to be the same on both engines, has no sample.
    """
    lake = _Lake(plan, Reading(plan, findings))
    for action in plan.actions:
        is_known = not (action.asks_time or action.unproven or action.models)
        if is_known and all(name in lake.samples for name in action.reads):
            lake.add(action)
    return lake.samples


class _Lake:
    """The tables that are made so far, in an engine of their own."""

    def __init__(self, plan: Plan, reading: Reading) -> None:
        self.plan = plan
        self.reading = reading
        self.samples: dict[TableName, Sample] = {}
        self.plain: set[TableName] = set()  # bronze tables that were made anew, without rough rows
        self.engine = DuckDB(threads=1)
        self.engine.execute("PRAGMA disable_optimizer")  # of a dozen rows, planning well costs more than it saves
        for layer in LAYERS:
            self.engine.execute(f"CREATE SCHEMA {layer}")

    def add(self, action: Action) -> None:
        """Make a table, if it can be made."""
        if action.table.source is not None:
            _make_bronze(self.engine, action, self.reading, rough=True)
            self.samples[action.name] = _sample(self.engine, action)
            return
        broken = _made(self.engine, action)
        if broken is None or any(rule.check.alone or rule.check.check == "unique" for rule in broken):
            self._make_plain(action)
            broken = _made(self.engine, action)
        if broken is not None:
            self.samples[action.name] = _sample(self.engine, action, broken)

    def _make_plain(self, action: Action) -> None:
        """Make the raw tables anew that a table comes from, of plain rows, and all that was made of them."""
        raw = {name for name in _upstream(action, self.plan) if self.plan.action(name).table.source is not None}
        raw -= self.plain
        self.plain |= raw
        for other in self.plan.actions:
            if other.name in raw:
                _make_bronze(self.engine, other, self.reading, rough=False)
                self.samples[other.name] = _sample(self.engine, other)
            elif other.name in self.samples and _upstream(other, self.plan) & raw:
                del self.samples[other.name]
                broken = _made(self.engine, other) if all(name in self.samples for name in other.reads) else None
                if broken is not None:
                    self.samples[other.name] = _sample(self.engine, other, broken)


def _upstream(action: Action, plan: Plan) -> set[TableName]:
    found: set[TableName] = set()
    waiting = list(action.reads)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += plan.action(name).reads
    return found


def _make_bronze(engine: DuckDB, action: Action, reading: Reading, *, rough: bool) -> None:
    wanted = reading.wanted(action)
    rows = sample_rows(wanted, rough=rough)
    texts = {f"c{at}": [row[at] for row in rows] for at in range(len(wanted))}
    engine.keep_texts(TEXTS, action.name.flat, texts)
    columns = (
        f"TRY_CAST(c{at} AS {duckdb_type(column.type)}) AS {sql_name(column.name, 'duckdb')}"
        for at, column in enumerate(action.schema)
    )
    _keep(engine, action.name, f"SELECT {', '.join(columns)} FROM {TEXTS}.{sql_name(action.name.flat, 'duckdb')}")


def _made(engine: DuckDB, action: Action) -> list[Rule] | None:
    """Make a table as a run does, and name the rules that must hold and do not; nothing where it cannot be made."""
    try:
        chain, _ = table_rows(engine, action, start_of(action))
        set_apart(chain, action)
        fail = [rule for rule in action.rules if rule.action == "fail"]
        answers = asked(chain, action, fail, Before())
        _keep(engine, action.name, chain.query(f"SELECT * FROM {chain.name}"))
        chain.end()
    except (UserError, CheckFailed):
        return None
    return [rule for rule, answer in zip(fail, answers, strict=True) if not answer.holds]


def _keep(engine: DuckDB, name: TableName, query: str) -> None:
    engine.execute(f"CREATE OR REPLACE TABLE {table_in_sql(name, 'duckdb')} AS {query}")


def _sample(engine: DuckDB, action: Action, broken: Sequence[Rule] = ()) -> Sample:
    rows = engine.rows(f"SELECT * FROM {table_in_sql(action.name, 'duckdb')} ORDER BY ALL")
    return Sample(action.schema, tuple(tuple(_texts(row)) for row in rows), tuple(rule.name for rule in broken))


def _texts(row: dict[str, Any]) -> Iterator[str | None]:
    for value in row.values():
        match value:
            case None | str():
                yield value
            case bool():
                yield str(value).lower()
            case bytes():
                yield value.hex()
            case datetime():
                yield value.replace(tzinfo=None).isoformat(sep=" ")
            case date():
                yield value.isoformat()
            case list() | dict() | tuple():
                yield json.dumps(value, default=str)
            case _:
                yield str(value)

"""Grow: build a table from the rows that came since it was built and those that it has, each once, whatever is killed when.

Rows are appended to the quarantine and then to the table, each to the snapshot that was looked at, in commits that carry
the run's note. After a kill between the two, the notes tell of two runs, and the next build reads all rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from boathouse.action import Action
from boathouse.chain import Chain
from boathouse.config import Project
from boathouse.contract_check import Apart, RuleResult, asked, judged, set_apart
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.increment import asks_rows_alone, merging, rows_since
from boathouse.names import TableName
from boathouse.origin import RUN, origin_of
from boathouse.query import open_table
from boathouse.relation import Before, Relation, table_in_sql
from boathouse.schema import Schema
from boathouse.world import look

APP = "boathouse.build"  # of the Delta transaction; its version is that of the table that was read
FILES = 100  # of a table, which are made fewer beyond that


@dataclass(frozen=True)
class Written:
    """What the rules found, and the versions that the table and its quarantine have with it."""

    rules: tuple[RuleResult, ...]
    version: int
    apart: int | None = None


@dataclass(frozen=True)
class Growth:
    """A table that has rows, the query of those that it lacks, and the snapshots of it that were looked at."""

    action: Action
    project: Project
    engine: DuckDB
    query: str
    snapshots: Mapping[TableName, Any]  # of the table and its quarantine
    is_idle: bool  # nothing came; only its rules are to be asked again

    @property
    def merges(self) -> bool:
        """Tell whether the table's own rows have to go through the last step again, with the new ones."""
        return merging(self.action) is not None and not self.is_idle

    def merge(self, chain: Chain) -> None:
        """Put the table's own rows beside the new ones, and let the last step decide; what was set apart takes part."""
        last = merging(self.action)
        assert last is not None  # noqa: S101 - `merges` was asked
        schema = self.action.schema
        ordered = Schema(tuple(schema[name] for name in last.table.schema.names if name in schema))
        chain.add(" UNION ALL ".join([*map(self._rows_of, self.snapshots), self._rows_of(chain.name)]))
        chain.add(last.step.sql(Relation(chain.name, ordered)))
        chain.add(self._rows_of(chain.name))

    def add(self, chain: Chain, before: Before, note: dict[str, str], transaction: tuple[str, int]) -> Written:
        """Append the new rows, if the rules hold: those that ask a row alone of the new ones, the others of all."""
        apart = set_apart(chain, self.action)
        if apart is None:
            chain.settle()
        rules = (*(self._dropped(apart) if apart else ()), *self._held(chain, before))
        if not self.is_idle:
            if apart is not None:
                self._quarantine(apart, note, transaction)
            self._append(self.action.name, chain.query(f"SELECT * FROM {chain.name}"), note, transaction)
        quarantine = self.snapshots.get(self.action.name.quarantine)
        return Written(rules, self.snapshots[self.action.name].version(), quarantine.version() if quarantine else None)

    def _quarantine(self, apart: Apart, note: dict[str, str], transaction: tuple[str, int]) -> None:
        self._append(self.action.name.quarantine, apart.told(note[RUN]), note, transaction)

    def _append(self, name: TableName, query: str, note: dict[str, str], transaction: tuple[str, int]) -> None:
        table = self.snapshots[name]
        with translated_errors():  # the stream computes while it is written
            delta.append(table, self.engine.stream(query), transaction, note)
        if delta.file_count(table) > FILES:
            delta.compact(table)

    def _held(self, chain: Chain, before: Before) -> tuple[RuleResult, ...]:
        rules = self.action.asked_rules
        alone = [rule for rule in rules if rule.action == "fail" and asks_rows_alone(rule) and not rule.check.reads()]
        others = [rule for rule in rules if rule not in alone]
        union = " UNION ALL ".join(self._rows_of(name) for name in (self.action.name, chain.name))
        found = [
            *zip(alone, asked(chain, self.action, alone, before), strict=True),
            *zip(others, asked(Chain(self.engine, chain.query(union)), self.action, others, before), strict=True),
        ]
        return judged(tuple(result for _, result in sorted(found, key=lambda pair: rules.index(pair[0]))))

    def _dropped(self, apart: Apart) -> tuple[RuleResult, ...]:
        """Count what each rule set apart, now and before; rows that did not fit have reasons where others have rules."""
        table, column = Relation("", self.action.schema), self.action.rules_column
        names = [rule.name for rule in self.action.drop_rules]
        quarantine = _in_sql(self.action.name.quarantine)
        broken = [f"count(CASE WHEN list_contains({column}, {table.text(name)}) THEN 1 END)" for name in names]
        misfits = f"count(CASE WHEN NOT list_has_any({column}, CAST([{', '.join(map(table.text, names))}] AS VARCHAR[])) THEN 1 END)"
        counts = [misfits, *broken] if self.action.misfits else broken
        columns = ", ".join(f"{count} AS n{at}" for at, count in enumerate(counts))
        before = self.engine.row(f"SELECT {columns} FROM {quarantine}").values()
        found = [(result, result.found + n) for result, n in zip(apart.results, before, strict=True)]
        return tuple(replace(result, holds=not n, found=n) for result, n in found)

    def _rows_of(self, name: TableName | str) -> str:
        columns = Relation("", self.action.schema).columns(self.action.schema.names)
        return f"SELECT {columns} FROM {_in_sql(name) if isinstance(name, TableName) else name}"


def growth(action: Action, project: Project, engine: DuckDB, inputs: Mapping[str, str]) -> Growth | None:
    """Look whether a table can still grow, as was planned before the tables that it reads were built."""
    if not action.only_new:
        return None
    # Before anything is asked, so that a commit of another run in between is one that an append refuses.
    snapshots = {name: delta.opened(project.lake(name)) for name in action.writes}
    found = rows_since(action, look(project), inputs)
    if not found.query:
        return None
    for name, table in snapshots.items():
        open_table(engine, project, name, table.version())
    origin = origin_of(project.lake(action.name))
    is_idle = origin is not None and origin.inputs == inputs
    return Growth(action, project, engine, found.query, snapshots, is_idle)


def _in_sql(name: TableName) -> str:
    return table_in_sql(name, "duckdb")

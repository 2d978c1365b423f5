"""Plan difference: what a run would change in each table: its definition, its columns, what that breaks, the rows to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from boathouse import definition
from boathouse.action import Action
from boathouse.breakage import Breakage, breakages, changes_of, plan_or_error
from boathouse.column_change import ColumnChange
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.origin import origin_of
from boathouse.pipeline import Pipeline
from boathouse.plan import Plan
from boathouse.world import World

NOT_KEPT = "the definition that it was built by is not kept"
READ_OTHERWISE = "its file says what it said; this version of Boathouse reads it otherwise"


@dataclass(frozen=True)
class TableDifference:
    """What a run would do to one table, and why."""

    action: Action
    lines: tuple[str, ...] = ()  # the unified diff of its file, where it is changed
    note: str = ""  # where it is changed, and no line tells in what
    columns: tuple[ColumnChange, ...] = ()
    breaks: tuple[Breakage, ...] = ()
    reads: Mapping[str, int] | None = None  # rows of each table that will be read; None where only a run can tell

    @property
    def rows(self) -> int | None:
        """Count the rows that will be read, as the tables are now."""
        return None if self.reads is None else sum(self.reads.values())


@dataclass(frozen=True)
class PlanDifference:
    """What a run would do, table by table in their order; or the error for which it would do nothing."""

    plan: Plan
    tables: tuple[TableDifference, ...]
    error: UserError | None = None

    def table(self, name: TableName) -> TableDifference:
        """Give one table's; an unknown one is an error that offers the nearest."""
        known = self.plan.pipeline.table(name).name
        return next(table for table in self.tables if table.action.name == known)


def difference(pipeline: Pipeline, world: World, project: Project) -> PlanDifference:
    """Hold a plan against what there is; only metadata is read, and of tables that are the same nothing."""
    whole, error = plan_or_error(pipeline, world, project)
    changes = changes_of(whole, project)
    broken = breakages(whole, changes)

    @cache
    def count(name: TableName) -> int | None:
        path = project.lake(name)
        return delta.row_count(path) if delta.exists(path) else None

    def of(action: Action) -> TableDifference:
        if action.state == "same":
            return TableDifference(action, reads={})
        lines, note = _definition(action, project) if action.state == "changed" else ((), "")
        breaks = tuple(each for each in broken if each.column.table == str(action.name))
        reads = _reads(action, count)
        if reads and action.only_new and action.table.reads:
            start = str(action.table.reads)
            reads = {**reads, start: reads[start] - _rows_before(action, action.table.reads, project)}
        return TableDifference(action, lines, note, changes.get(action.name, ()), breaks, reads)

    return PlanDifference(whole, tuple(of(action) for action in whole.actions), error)


def _definition(action: Action, project: Project) -> tuple[tuple[str, ...], str]:
    origin = origin_of(project.lake(action.name))
    before = definition.kept(project, origin.fingerprint if origin else "")
    if before is None:
        return (), NOT_KEPT
    lines = definition.changed_lines(before, action.table)
    return lines, "" if lines else READ_OTHERWISE


def _rows_before(action: Action, start: TableName, project: Project) -> int:
    """Count the rows of the table that its steps start from, as it was when they were read."""
    origin = origin_of(project.lake(action.name))
    return delta.row_count(project.lake(start), int(origin.inputs[str(start)])) if origin else 0


def _reads(action: Action, count: Callable[[TableName], int | None]) -> Mapping[str, int] | None:
    """Count the rows of the tables that are read; a raw file tells of none, nor does a table that is not built."""
    found = {str(name): count(name) for name in action.reads}
    if action.table.source is not None or None in found.values():
        return None
    return {name: rows for name, rows in found.items() if rows is not None}

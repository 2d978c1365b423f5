"""Breakage: what reads a column that is gone or has another type; a plan that cannot be made for it says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boathouse.action import Action
from boathouse.column_change import ColumnChange, column_changes
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.pipeline import Pipeline
from boathouse.plan import Plan, plan
from boathouse.schema import Schema
from boathouse.world import World

if TYPE_CHECKING:
    from boathouse.lineage import Lineage, TableColumn, TableLineage

NAMED = 3  # columns that an error names
Changes = Mapping[TableName, tuple[ColumnChange, ...]]


@dataclass(frozen=True)
class Breakage:
    """A column that changed, and what reads it: a column, the rows or a rule of another table."""

    column: TableColumn
    change: ColumnChange
    table: str
    reader: str  # gold.spend.total reads

    def __str__(self) -> str:
        change = self.change
        what = f"is {change.after} and was {change.before}" if change.after else "is gone"
        return f"{self.reader} {self.column}, which {what}"


def changes_of(whole: Plan, project: Project) -> Changes:
    """Say how the columns of tables that are due differ from those that they were built with."""
    due = (action for action in whole.actions if action.state in ("changed", "stale"))
    return {action.name: column_changes(_built(action, project), action.schema) for action in due}


def breakages(whole: Plan, changes: Changes) -> tuple[Breakage, ...]:
    """Name all that reads a column which is gone, or has a type that not every value of before fits."""
    unsafe = [(name, change) for name, all_of_it in changes.items() for change in all_of_it if not change.is_safe]
    if not unsafe:
        return ()
    from boathouse.lineage import TableColumn, lineage  # 10 ms, which a plan that changes nothing does not need

    traced = lineage(whole)
    return tuple(
        Breakage(TableColumn(str(name), change.column), change, table, reader)
        for name, change in unsafe
        for table, reader in _readers(traced, TableColumn(str(name), change.column))
    )


def _readers(traced: Lineage, column: TableColumn) -> Iterator[tuple[str, str]]:
    """Name what reads a column at first hand; what reads it after that reads a column that changed itself, or did not."""
    others = (table for name, table in traced.tables.items() if name != column.table)
    for table in others:
        yield from ((table.name, reader) for reader in _of_table(table.name, table, column))


def _of_table(name: str, table: TableLineage, column: TableColumn) -> Iterator[str]:
    yield from (f"{name}.{made} reads" for made, sources in table.columns.items() if column in sources)
    if column in table.rows:
        yield f"the rows of {name} hang on"
    yield from (f"the rule {rule} of {name} asks" for rule, asked in table.rules.items() if column in asked)


def plan_or_error(pipeline: Pipeline, world: World, project: Project) -> tuple[Plan, UserError | None]:
    """Plan; where that fails because columns went away, give the plan as if they were still to be read, and the error."""
    try:
        return plan(pipeline, world), None
    except UserError as error:
        try:
            whole = plan(pipeline, world, lambda action: _with_gone(action, project))
        except UserError:
            raise error from None
        found = breakages(whole, changes_of(whole, project))
        error.hint = "; ".join(filter(None, [error.hint, *_had(each for each in found if not each.change.after)]))
        return whole, error


def _with_gone(action: Action, project: Project) -> Schema:
    """Give the columns that a table will have, and those that it had."""
    have = {name.lower() for name in action.schema.names}
    gone = (column for column in _built(action, project) if column.name.lower() not in have)
    return Schema((*action.schema, *gone))


def _built(action: Action, project: Project) -> Schema:
    path = project.lake(action.name)
    return delta.schema(path) if action.state != "new" and delta.exists(path) else Schema()


def _had(lost: Iterable[Breakage]) -> Iterator[str]:
    """Say which columns that are read a table had, the first few."""
    columns: dict[str, dict[str, None]] = defaultdict(dict)
    for each in lost:
        columns[each.column.table][f"`{each.column.column}`"] = None
    for table, names in columns.items():
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{table} had {', '.join(list(names)[:NAMED])}{more} when it was built"

"""Table order: which tables a table reads, and an order in which each stands after those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from boathouse.dialect import tables_read
from boathouse.errors import BoathouseError, FileError, UserError
from boathouse.names import LAYERS, TableName
from boathouse.pipeline import Pipeline, Table


def table_order(pipeline: Pipeline) -> dict[TableName, tuple[TableName, ...]]:
    """Give each table with those that it reads, which stand before it; one that is not there, or a circle, is an error."""
    reads = {name: reads_of(table) for name, table in pipeline.tables.items()}
    for name, others in reads.items():
        for other in others:
            _known(pipeline, pipeline.tables[name], other)
    return {name: reads[name] for name in _order(pipeline, reads)}


def reads_of(table: Table) -> tuple[TableName, ...]:
    """Name every table that a table reads, each once."""
    names = [str(table.reads)] if table.reads else []
    if table.sql:
        try:
            names += [name for name, _, _ in tables_read(table.sql)]
        except UserError as error:
            raise in_file(error, table) from None
    names += [other for step in table.steps for other in step.reads()]
    names += [other for rule in table.contract.rules for other in rule.check.reads() if other != str(table.name)]
    return tuple(dict.fromkeys(TableName.parse(name) for name in names))


def _known(pipeline: Pipeline, table: Table, other: TableName) -> None:
    try:
        pipeline.table(other)
    except UserError as error:
        parts = [(f"steps.{i}", step.reads()) for i, step in enumerate(table.steps)]
        parts += [(f"contract.{rule.name}", rule.check.reads()) for rule in table.contract.rules]
        at = next((part for part, reads in parts if str(other) in reads), "reads")
        raise error.at(table.place("sql") if table.sql and at == "reads" else table.place(at)) from None


def _order(pipeline: Pipeline, reads: Mapping[TableName, tuple[TableName, ...]]) -> list[TableName]:
    try:
        return list(
            TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads, key=_layer_first)}).static_order()
        )
    except CycleError as error:
        circle = [str(name) for name in reversed(error.args[1])]
        table = pipeline.tables[error.args[1][0]]
        raise FileError(
            f"these tables read each other in a circle: {' -> '.join(circle)}", place=table.place()
        ) from None


def _layer_first(name: TableName) -> tuple[int, str]:
    return LAYERS.index(name.layer), name.table


def in_file(error: UserError, table: Table) -> BoathouseError:
    """Move an error's place from the SELECT to the file that it stands in."""
    start = table.place("sql")
    if error.place and start and table.sql:
        first = start.column if error.place.line == 1 else 1
        error.place = replace(
            error.place, file=start.file, line=start.line + error.place.line - 1, column=error.place.column + first - 1
        )
    return error.at(table.place("sql" if table.sql else "source"))

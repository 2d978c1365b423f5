"""Personal data: which columns of a plan hold it, from what was found in the raw files, down to gold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boathouse.lineage import Lineage, TableColumn, lineage
from boathouse.names import TableName
from boathouse.plan import Plan
from boathouse.probe import DatasetFindings, MultiFindings


@dataclass(frozen=True)
class PersonalColumn:
    """A column that holds personal data of a kind: email, phone, ssn, card, ip or person_name."""

    table: TableName
    column: str
    type: str
    kind: str
    found_in: str  # where explore saw it


def personal_columns(plan: Plan, findings: MultiFindings | None) -> tuple[PersonalColumn, ...]:
    """Follow each column that was found to hold personal data through the tables that carry its values on.

    A value is carried on by a column that is made of this one alone; a number or a flag that is made of it (how many,
    is it there) tells nobody's address, and stays readable.
    """
    found = {
        TableColumn(str(table), finding.column): _Found(
            str(finding.numbers["kind"]), dataset.column(finding.column).holds
        )
        for dataset in (findings.datasets if findings else ())
        for finding in dataset.of("pii")
        for table in _tables(plan, dataset)
        if finding.column
    }
    if not found:
        return ()  # tracing takes most of the time of an export
    origins = _carried(plan, lineage(plan), found)
    return tuple(
        PersonalColumn(action.name, column.name, column.type, found[origin].kind, str(origin))
        for action in plan.actions
        for column in action.schema
        if (origin := origins.get(TableColumn(str(action.name), column.name))) is not None
    )


@dataclass(frozen=True)
class _Found:
    """What explore saw in a raw column: the kind of data, and the type that its values could have."""

    kind: str
    holds: str


def _tables(plan: Plan, dataset: DatasetFindings) -> Iterator[TableName]:
    """Find the bronze tables of a raw file: those that are called after it, and those that read it under another name."""
    for action in plan.actions:
        source = action.table.source
        if source is not None and (action.name.table == dataset.name or source.path == dataset.source.get("path")):
            yield action.name


def _carried(plan: Plan, traced: Lineage, found: Mapping[TableColumn, _Found]) -> dict[TableColumn, TableColumn]:
    """Say for each column that carries such values where they were found; the plan has a table after those it reads."""
    origins: dict[TableColumn, TableColumn] = {}
    for action in plan.actions:
        for column in action.schema:
            here = TableColumn(str(action.name), column.name)
            sources = traced.sources(here)
            origin = here if here in found else origins.get(next(iter(sources))) if len(sources) == 1 else None
            # What has another type than text and the values themselves, such as a count, was computed of them.
            if origin is not None and (here in found or column.type in ("string", found[origin].holds)):
                origins[here] = origin
    return origins

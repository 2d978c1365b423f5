"""Tell a table of things from a table of events, by its keys, its references and its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from boathouse.probe import Finding, RawColumn, RawTable

ROWS_AN_ENTITY = 1.5  # on average, above which rows are events of it: the seed's line


@dataclass(frozen=True)
class Granularity:
    name: str
    entity_column: str | None = None
    time_column: str | None = None


def granularity_of(table: RawTable, findings: Sequence[Finding]) -> Granularity:
    """Say what a row is: an event has a date and refers to something that other rows refer to as well."""
    keys = [found.column for found in findings if found.probe == "keys" and found.column]
    foreign = [found.column for found in findings if found.probe == "foreign_keys"]
    repeated = [column for column in table.columns if column.kind == "identifier" and is_repeated(column)]
    repeated.sort(key=lambda column: column.name not in foreign)
    time = next((column.name for column in table.columns if column.kind == "datetime"), None)
    if repeated and time:
        return Granularity("event_level", repeated[0].name, time)
    if keys:
        return Granularity("entity_level", keys[0], None)
    return Granularity("unknown", repeated[0].name if repeated else None, time)


def is_repeated(column: RawColumn) -> bool:
    return column.distinct > 0 and column.present / column.distinct > ROWS_AN_ENTITY

"""Rows that many times refer to one entity are summed up by it, in a table of their own."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import routes
from boathouse.recommendation import Phase, Recommendation, Subject
from boathouse.schema import is_number

PHASE: Phase = "aggregate.rows"

MOST_COLUMNS = 8  # of each kind: more would be three features each that nobody looks at
FUNCTIONS = {"numeric_continuous": ["sum", "mean", "max"], "numeric_discrete": ["sum", "mean"], "datetime": ["min", "max"],
             "categorical_nominal": ["count_distinct"], "categorical_ordinal": ["count_distinct"]}  # fmt: skip


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Count the rows, and sum up what was measured of each."""
    for route in routes(subject.findings):
        if route.table == subject.table and route.by in subject.schema:
            yield Recommendation(
                table=subject.table,
                step={"step": "aggregate", "by": [route.by], "count": "count", "columns": _columns(subject, route.by)},
                because=f"foreign_keys.{route.last.child_column}: {route.last.child} refers to {route.last.parent}, many rows to one",
                findings=(f"foreign_keys.{route.last.child_column}",),
                risk="rows from after the moment of prediction count as well, for there is no cutoff: that leaks the future",
                layer="silver", category="aggregation", action="sum",
            )  # fmt: skip


def _columns(subject: Subject, by: str) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for kind, functions in FUNCTIONS.items():
        for column in subject.columns(kind)[:MOST_COLUMNS]:
            numeric = is_number(subject.schema[column.name].type)
            if column.name != by and numeric == kind.startswith("numeric"):
                chosen[column.name] = functions
    return chosen

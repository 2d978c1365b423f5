"""Rows that many times refer to one entity are summed up by it, in a table of their own."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import routes
from boathouse.measures import is_category, totals
from boathouse.probe import ColumnProfile
from boathouse.recommendation import Phase, Recommendation, Subject
from boathouse.schema import is_number

PHASE: Phase = "aggregate.rows"


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
    """Take the amounts, the first and the last time, and how many different categories there were; codes are no amounts."""
    chosen: dict[str, list[str]] = {}
    for column in subject.columns("numeric_continuous", "numeric_discrete"):
        if is_number(subject.schema[column.name].type) and totals(column):
            chosen[column.name] = list(totals(column))
    times = [column.name for column in subject.columns("datetime", "feature_timestamp")]
    time = subject.data.time_column if subject.data.time_column in times else next(iter(times), None)
    if time is not None and subject.schema[time].type in ("date", "timestamp"):
        chosen[time] = ["min", "max"]
    for column in _categories(subject):
        chosen[column.name] = ["count_distinct"]
    return {name: functions for name, functions in chosen.items() if name != by}


def _categories(subject: Subject) -> list[ColumnProfile]:
    """Of columns that are one thing twice, such as a code and its description, take the first."""
    alike: dict[tuple[int, int], ColumnProfile] = {}
    for column in subject.columns("categorical_nominal", "categorical_ordinal"):
        if subject.schema[column.name].type == "string" and is_category(column):
            metrics = column.universal_metrics
            alike.setdefault((metrics["distinct_count"], metrics["null_count"]), column)
    return list(alike.values())

"""Features of an entity come from the tables that refer to it, summed up, and from those that it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boathouse.layout import Lookup, Route, lookups, routes, silver
from boathouse.recommendation import Phase, Recommendation, Subject

PHASE: Phase = "features.joins"

USEFUL = (
    "numeric_continuous",
    "numeric_discrete",
    "binary",
    "categorical_nominal",
    "categorical_ordinal",
    "categorical_cyclical",
)


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Keep every entity, whether there is a partner or not; no join makes a row twice, for the other side is there once."""
    for route in routes(subject.findings):
        if route.table in subject.lake:
            yield _totals(subject, route)
    for lookup in lookups(subject.findings):
        columns = _useful(subject, lookup)
        if columns and _is_key(subject, lookup):
            yield _details(subject, lookup, columns)


def _totals(subject: Subject, route: Route) -> Recommendation:
    last = route.last
    return _join(
        subject, {"with": str(route.table), "on": {last.parent_column: route.by}, "prefix": route.prefix}, last.child_column,
        f"{route.data.name} summed up by {route.by}", "an entity without any rows and one whose rows were lost look the same",
    )  # fmt: skip


def _details(subject: Subject, lookup: Lookup, columns: list[str]) -> Recommendation:
    link = lookup.link
    other = silver(subject.findings.dataset(link.parent))
    more = {
        "with": str(other),
        "on": {link.child_column: link.parent_column},
        "columns": columns,
        "prefix": lookup.prefix,
    }
    why, risk = (
        f"{link.child} refers to {link.parent}",
        f"what {link.parent} says today may not have been so when the target came about",
    )
    return _join(subject, more, link.child_column, why, risk)


def _join(subject: Subject, more: dict[str, Any], column: str, why: str, risk: str) -> Recommendation:
    # What the relationship is and what becomes of rows without a partner are two things: `relation` and `how`.
    step = {"step": "join", **more, "how": "left", "relation": "many_to_one"}
    return Recommendation(
        table=subject.table, step=step, because=f"foreign_keys.{column}: {why}", findings=(f"foreign_keys.{column}",), risk=risk,
        layer="silver", category="join", action="join",
    )  # fmt: skip


def _useful(subject: Subject, lookup: Lookup) -> list[str]:
    data = subject.findings.dataset(lookup.link.parent)
    schema = subject.lake.get(silver(data))
    personal = {finding.column for finding in data.of("pii")} | {finding.column for finding in data.of("constant")}
    keys = {link.parent_column for link in subject.findings.relationships if link.parent == data.name}
    return [
        column.name
        for column in data.columns
        if schema and column.name in schema and column.inferred_type in USEFUL and column.name not in personal | keys
    ]


def _is_key(subject: Subject, lookup: Lookup) -> bool:
    """Tell whether the other side holds each key once, by measurement or once its duplicates are gone."""
    link = lookup.link
    found = subject.findings.dataset(link.parent).of("keys", link.parent_column)
    deduped = {"step": "dedupe", "key": [link.parent_column]}.items()
    repaired = any(
        item.table.table == link.parent
        and deduped <= {name: item.step[name] for name in ("step", "key") if name in item.step}.items()
        for item in subject.before
    )
    return any(finding.numbers["unique"] for finding in found) or repaired

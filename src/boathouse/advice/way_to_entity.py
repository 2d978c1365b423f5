"""Rows that refer to the entity through another table get its key from there."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import routes, silver
from boathouse.names import slug
from boathouse.recommendation import Phase, Recommendation, Subject

PHASE: Phase = "aggregate.route"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Join the one column that names the entity, many rows to one."""
    for route in routes(subject.findings):
        if route.table == subject.table and route.first is not None:
            first, last = route.first, route.last
            yield Recommendation(
                table=subject.table,
                step={
                    "step": "join", "with": str(silver(subject.findings.dataset(first.parent))),
                    "on": {first.child_column: first.parent_column}, "how": "left", "relation": "many_to_one",
                    "columns": [last.child_column], "prefix": f"{slug(first.parent)}_",
                },
                because=f"foreign_keys.{first.child_column}: {first.child} refers to {first.parent}, which refers to {last.parent}",
                findings=(f"foreign_keys.{first.child_column}",),
                risk=f"rows whose {first.child_column} is not there belong to no {last.parent}, and count for none",
                layer="silver", category="join", action="join",
            )  # fmt: skip

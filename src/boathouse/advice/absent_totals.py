"""An entity that no row refers to has 0 rows and a sum of 0; a left join says NULL."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import routes
from boathouse.recommendation import Phase, Recommendation, Subject

PHASE: Phase = "features.absent"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Fill counts and sums; a mean of nothing stays NULL."""
    for route in routes(subject.findings):
        made = subject.lake.get(route.table)
        for column in made or ():
            name = f"{route.prefix}{column.name}"
            if name in subject.schema and (column.name == "count" or column.name.endswith("_sum")):
                zero = "0" if column.type.startswith("decimal") else 0
                yield Recommendation(
                    table=subject.table,
                    step={"step": "fill_nulls", "column": name, "using": "constant", "value": zero},
                    because=f"foreign_keys.{route.last.child_column}: an entity without rows of {route.data.name} has none to sum up",
                    findings=(f"foreign_keys.{route.last.child_column}",),
                    risk="where all amounts of an entity are unknown, its sum is said to be 0",
                    layer="bronze", category="null", action="impute",
                )  # fmt: skip

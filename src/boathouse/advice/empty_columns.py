"""Columns without any value go: they say nothing, and nobody can say what type they have."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.columns"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Drop them in one step; columns with one value in all rows stay in silver, for one value is a fact."""
    empty = [
        found for found in subject.of("constant") if found.numbers["all_null"] and found.column not in subject.fixed
    ]
    if empty and len(empty) < len(subject.schema):
        yield Recommendation(
            table=subject.table,
            step={"step": "drop_columns", "columns": [finding.column for finding in empty]},
            **because(*empty),
            risk="a source that fills them tomorrow would not be seen",
            layer="bronze", category="filtering", action="drop_column",
        )  # fmt: skip

"""Where many values are missing, that they are is kept in a column of its own before they are filled."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.missing import Missing, missing
from boathouse.recommendation import Phase, Recommendation, Subject

PHASE: Phase = "silver.flags"

LEAST = 0.05  # of the rows: fewer flags say too little to be worth a column
KINDS = (
    "numeric_continuous",
    "numeric_discrete",
    "binary",
    "categorical_nominal",
    "categorical_ordinal",
    "categorical_cyclical",
)


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Flag the columns of entities in one step; whether a value is missing often tells more than the value."""
    if subject.is_events:
        return
    gaps = [missing(subject.data, column) for column in subject.columns(*KINDS)]
    many = [gap for gap in gaps if LEAST <= gap.share < 1]
    if many:
        yield _flags(subject, many)


def _flags(subject: Subject, gaps: list[Missing]) -> Recommendation:
    return Recommendation(
        table=subject.table, step={"step": "flag_nulls", "columns": [gap.column for gap in gaps]},
        because="; ".join(gap.says for gap in gaps), findings=tuple(name for gap in gaps for name in gap.findings),
        risk="columns more, which say little where values are missing by chance",
        layer="bronze", category="null", action="indicator",
    )  # fmt: skip

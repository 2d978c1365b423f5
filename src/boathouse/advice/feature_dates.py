"""Dates become numbers that a model can use: the year, the month, the day of the week."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.recommendation import Phase, Recommendation, Subject, noted

PHASE: Phase = "features.dates"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Take each date of the entity apart; the date itself stays, for a cutoff needs it."""
    for column in subject.columns("datetime"):
        if subject.schema[column.name].type in ("date", "timestamp"):
            yield Recommendation(
                table=subject.table,
                step={"step": "date_parts", "column": column.name, "parts": ["year", "month", "day_of_week"]},
                **noted(subject.data, "dates_in_text", [column.name], f"{column.name} is a date, which no model reads as it stands"),
                risk="a year that the training never saw means nothing to a model",
                layer="silver", category="derived", action="date_parts",
            )  # fmt: skip

"""Text that holds dates becomes dates, by the patterns that were found, in the order in which they fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.types"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Parse each column by its own patterns; which number is the day was decided by the values, or is said to be open."""
    for finding in subject.of("dates_in_text"):
        if finding.column in subject.fixed or subject.schema[str(finding.column)].type != "string":
            continue
        numbers = finding.numbers
        yield Recommendation(
            table=subject.table,
            step=_step(str(finding.column), list(numbers["formats"]), numbers["type"]),
            **because(finding),
            risk=_risk(numbers["unparsed"], ambiguous=numbers["ambiguous"], two_digits=numbers["two_digit_years"]),
            layer="bronze", category="type", action="cast",
        )  # fmt: skip


def _step(column: str, formats: list[str], type_: str) -> dict[str, Any]:
    # Instants with fractions or an offset are what a cast reads, and what no pattern of both engines does.
    instants = any(part in text for text in formats for part in ("SSSSSS", "XXX"))
    if instants and all(text.startswith("yyyy-MM-dd") for text in formats):
        return {"step": "cast", "columns": {column: type_}}
    return {"step": "parse_dates", "column": column, "formats": formats, "to": type_}


def _risk(unparsed: int, *, ambiguous: bool, two_digits: bool) -> str:
    if ambiguous:
        return "no value tells the day from the month: all dates could be the wrong way round"
    if unparsed:
        return f"{unparsed:,} values that are no dates become NULL"
    return (
        "a year of two digits could be of another century"
        if two_digits
        else "a date of tomorrow in another form becomes NULL"
    )

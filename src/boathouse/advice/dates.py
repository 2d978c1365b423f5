"""Text that holds dates becomes dates, by the patterns that were found, in the order in which they fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boathouse.probe import Finding
from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.types"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Parse each column by its own patterns; which number is the day was decided by the values, or is said to be open."""
    instants: list[Finding] = []
    for finding in subject.of("dates_in_text"):
        if finding.column in subject.fixed or subject.schema[str(finding.column)].type != "string":
            continue
        numbers = finding.numbers
        if _is_read_by_cast(list(numbers["formats"])):
            instants.append(finding)
        else:
            step = {
                "step": "parse_dates",
                "column": finding.column,
                "formats": list(numbers["formats"]),
                "to": numbers["type"],
            }
            yield _parsed(subject, step, finding)
    if instants:
        step = {"step": "cast", "columns": {str(finding.column): finding.numbers["type"] for finding in instants}}
        yield _parsed(subject, step, *instants)


def _is_read_by_cast(formats: list[str]) -> bool:
    # Instants with fractions or an offset are what a cast reads, and what no pattern of both engines does.
    instants = any(part in text for text in formats for part in ("SSSSSS", "XXX"))
    return instants and all(text.startswith("yyyy-MM-dd") for text in formats)


def _parsed(subject: Subject, step: dict[str, Any], *findings: Finding) -> Recommendation:
    numbers = [finding.numbers for finding in findings]
    risk = _risk(
        sum(each["unparsed"] for each in numbers),
        ambiguous=any(each["ambiguous"] for each in numbers),
        two_digits=any(each["two_digit_years"] for each in numbers),
    )
    return Recommendation(
        table=subject.table, step=step, **because(*findings), risk=risk, layer="bronze", category="type", action="cast"
    )


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

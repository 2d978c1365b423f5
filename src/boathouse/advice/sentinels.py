"""Numbers that stand for "nothing", such as -999, become NULL: every mean and every fence would lean towards them."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.sentinels"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Look at columns that are numbers by now, so that -999 and -999.0 are the same."""
    for finding in subject.of("placeholders"):
        if finding.numbers["numeric"] and finding.column not in subject.fixed:
            values = [_number(value) for value in finding.numbers["values"]]
            yield Recommendation(
                table=subject.table,
                step={"step": "null_if", "columns": [finding.column], "values": values},
                **because(finding),
                risk=f"a true {' or '.join(map(str, values))} would be lost",
                layer="bronze", category="null", action="null_if",
            )  # fmt: skip


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value

"""Words that stand for "nothing", such as ? and N/A, become NULL before anything is learnt from the column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from boathouse.probe import Finding
from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.placeholders"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Take the columns with the same words together; a word that may be a category's own name is left to a person."""
    alike: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in subject.of("placeholders"):
        if not finding.numbers["numeric"] and finding.numbers["risk"] != "high":
            alike[tuple(sorted({value.strip().lower() for value in finding.numbers["values"]}))].append(finding)
    for values, findings in alike.items():
        yield Recommendation(
            table=subject.table,
            step={"step": "null_if", "columns": [finding.column for finding in findings], "values": list(values)},
            **because(*findings),
            risk="a value that means something here, such as a code `NA`, would be lost",
            layer="bronze", category="null", action="null_if",
        )  # fmt: skip

"""Rows that are there twice become one: every count and every sum would count them twice."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import key
from boathouse.probe import Finding
from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.rows"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Drop rows that are equal in every column; then keep one row of each key that nearly is one."""
    for finding in subject.of("duplicates"):
        yield Recommendation(
            table=subject.table, step={"step": "dedupe"}, **because(finding),
            risk="two events that were truly the same, such as two equal purchases in one minute, become one",
            layer="bronze", category="deduplication", action="drop_exact_duplicates",
        )  # fmt: skip
    for finding in subject.of("keys", key(subject.findings, subject.data) or ""):
        numbers = finding.numbers
        exact = sum(int(found.numbers["duplicate_rows"]) for found in subject.of("duplicates"))
        # Rows without a key, of which dedupe would keep one, are gone by now: see rows_without_key.py.
        if numbers["duplicate_rows"] > exact:
            yield _one_of_each(subject, finding)


def _one_of_each(subject: Subject, finding: Finding) -> Recommendation:
    time = subject.data.time_column
    latest = {"latest_by": time} if time in subject.schema else {"keep": "first"}
    kept = f"the latest by {time}" if time in subject.schema else "the first in order"
    return Recommendation(
        table=subject.table, step={"step": "dedupe", "key": [finding.column], **latest}, **because(finding),
        risk=f"of rows that contradict each other {kept} is kept, right or wrong",
        layer="bronze", category="deduplication", action="keep_last" if time in subject.schema else "keep_first",
    )  # fmt: skip

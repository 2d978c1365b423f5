"""A few rows without a key go: they name nothing, join nothing, and of all of them deduplication would keep one."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.layout import key
from boathouse.quoting import spark_reference
from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.keys"

MOST = 0.01  # of the rows: a key that more rows lack is none, and the rows say something without it


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Keep the rows that have the key of their entity."""
    for finding in subject.of("keys", key(subject.findings, subject.data) or ""):
        if 0 < finding.numbers["null_count"] <= MOST * subject.data.row_count:
            yield Recommendation(
                table=subject.table,
                step={"step": "filter_rows", "where": f"{spark_reference(str(finding.column))} IS NOT NULL"},
                **because(finding),
                risk=f"{finding.numbers['null_count']:,} rows are lost; the totals of the table fall short by them",
                layer="bronze", category="filtering", action="drop",
            )  # fmt: skip

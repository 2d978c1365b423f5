"""Score columns and data sets by their findings, as the seed does: 100, less nulls, criticals and warnings."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.probe import ColumnProfile, DatasetFindings, Finding

MOST_FOR_NULLS, FOR_NULLS = 30.0, 0.5
FOR_CRITICAL, FOR_WARNING = 15, 5


@dataclass(frozen=True)
class Quality:
    """What the findings of a data set come to."""

    score: float
    columns: dict[str, float]
    critical: tuple[str, ...]
    warnings: tuple[str, ...]
    blocking: tuple[str, ...]  # what a model must not be made on top of

    @property
    def modeling_ready(self) -> bool:
        return not self.blocking


def quality_of(data: DatasetFindings) -> Quality:
    scores = {column.name: column_score(column, issues_of(data, column.name)) for column in data.columns}
    return Quality(
        round(sum(scores.values()) / len(scores), 2) if scores else 0.0,
        scores,
        tuple(found.says for found in data.findings if found.severity == "critical"),
        tuple(found.says for found in data.findings if found.severity == "warning"),
        tuple(blocking(data)),
    )


def issues_of(data: DatasetFindings, column: str) -> list[Finding]:
    return [found for found in data.findings if found.column == column and found.severity != "info"]


def column_score(column: ColumnProfile, issues: list[Finding]) -> float:
    """Take off half a point for each percent of nulls (30 at most), 15 for a critical finding, 5 for a warning."""
    nulls = float(column.universal_metrics.get("null_percentage", 0.0))
    criticals = sum(found.severity == "critical" for found in issues)
    warnings = sum(found.severity == "warning" for found in issues)
    return max(
        0.0, round(100 - min(MOST_FOR_NULLS, FOR_NULLS * nulls) - FOR_CRITICAL * criticals - FOR_WARNING * warnings, 2)
    )


def blocking(data: DatasetFindings) -> list[str]:
    """Name what stands between the data and a model: no rows, no target, one class, a column that tells the target."""
    reasons = [] if data.row_count else ["there are no rows"]
    if data.target is None:
        reasons.append("no column is known to be the target")
    return reasons + [
        found.says for found in data.findings if found.probe in ("leakage", "target") and found.severity == "critical"
    ]

"""Distances between two distributions: Jensen and Shannon's over bins, Kolmogorov and Smirnov's over the values."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log2, sqrt

from boathouse.engines.duckdb import DuckDB


def jensen_shannon(reference: Sequence[float], current: Sequence[float]) -> float:
    """Give the distance of two lists of shares: 0 where they are the same, 1 where no bin is in both."""
    divergence = 0.0
    for p, q in zip(reference, current, strict=True):
        middle = (p + q) / 2
        divergence += sum(share * log2(share / middle) for share in (p, q) if share) / 2
    return sqrt(min(1.0, max(0.0, divergence)))


def kolmogorov_smirnov(engine: DuckDB, reference: str, current: str) -> tuple[float, float] | None:
    """Give the largest distance of the two cumulative shares, and its p-value; None where a side has no number.

    Both are queries of one column `v`, without nulls and NaN.
    """
    both = f"SELECT v, 1 AS old, 0 AS new FROM ({reference}) UNION ALL SELECT v, 0, 1 FROM ({current})"
    steps = f"SELECT v, sum(old) AS old, sum(new) AS new FROM ({both}) GROUP BY v"
    sums = "SELECT sum(old) OVER up AS old, sum(new) OVER up AS new, sum(old) OVER () AS m, sum(new) OVER () AS n"
    row = engine.row(
        f"SELECT max(abs(old / nullif(m, 0) - new / nullif(n, 0))) AS d, max(m) AS m, max(n) AS n "
        f"FROM ({sums} FROM ({steps}) WINDOW up AS (ORDER BY v))"
    )
    if row["d"] is None:
        return None
    return row["d"], _p_value(row["d"], int(row["m"]), int(row["n"]))


def _p_value(distance: float, m: int, n: int) -> float:
    """Give Kolmogorov's asymptotic tail, with Stephens' correction for small samples."""
    size = sqrt(m * n / (m + n))
    at = (size + 0.12 + 0.11 / size) * distance
    if at < 0.2:  # noqa: PLR2004 - there the series alternates for long, and its sum is 1 to ten digits
        return 1.0
    return min(1.0, max(0.0, 2 * sum((1 if k % 2 else -1) * exp(-2 * k * k * at * at) for k in range(1, 101))))

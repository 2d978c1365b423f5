"""Closeness: how far two numbers may lie apart and still count as equal, as a condition for DuckDB."""

from __future__ import annotations

# Sums of doubles depend on the order of their rows; this much is the noise of that, and counts as equal.
NOISE = 1e-12
# Where a difference is taken (a value near the mean that it is scaled by), the sign of the last digit depends on the
# order of the rows in the mean; so far below the column's largest value, nothing can be told of two doubles.
CANCELLED = 1e-15


def near_sql(pair: tuple[str, str], column: tuple[str, str], within: float, *, absolute: bool = False) -> str:
    """Write that a pair is finite and lies within a relative distance; `column` is where its values stand, and its table."""
    (own, table), (left, right) = column, (f"CAST({value} AS DOUBLE)" for value in pair)
    own = f"CAST({own} AS DOUBLE)"
    size = f"greatest(abs({left}), abs({right}){', 1' if absolute else ''})"
    least = f"{CANCELLED!r} * coalesce((SELECT max(abs({own})) FROM {table} WHERE isfinite({own})), 0)"
    close = f"abs({left} - {right}) <= greatest({within!r} * {size}, {least})"
    return f"isfinite({left}) AND isfinite({right}) AND {close}"

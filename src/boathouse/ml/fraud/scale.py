"""Scale: amounts are predicted by their logarithm: twice as much is as odd of 50 as of 5,000."""

from __future__ import annotations

import numpy as np

LONG_TAIL = 3  # times as far from the median to the 99th percentile as to the 1st
SMALLEST = 0.1  # of the median is added, so that 0 has a logarithm, in every unit


def learn_shifts(rows: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Say of each column what is added before its logarithm is taken, and NaN where it is left as it is."""
    return np.array([np.nan if count else _shift(rows[:, column]) for column, count in enumerate(levels)])


def scaled(rows: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Take the logarithms; below 0, where training had nothing, it goes on as a straight line."""
    found = rows.copy()
    for column in np.flatnonzero(~np.isnan(shifts)):
        values, shift = rows[:, column], shifts[column]
        found[:, column] = np.log(np.maximum(values, 0) + shift) + np.minimum(values, 0) / shift
    return found


def unscaled(values: np.ndarray, shift: float) -> np.ndarray:
    """Give what a column's numbers in its scale are in its own unit."""
    return values if np.isnan(shift) else np.exp(values) - shift


def _shift(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    positive = known[known > 0]
    if not len(positive) or known.min() < 0:
        return float("nan")
    low, middle, high = np.quantile(known, [0.01, 0.5, 0.99])
    is_skewed = high > middle and high - middle > LONG_TAIL * (middle - low)
    return SMALLEST * float(np.median(positive)) if is_skewed else float("nan")

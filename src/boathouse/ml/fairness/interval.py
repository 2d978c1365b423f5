"""Intervals of rates: Wilson's for one, and for the ratio of two the one that is recovered from both of theirs."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

Interval = tuple[float, float]


def wilson(hits: int, of: int, confidence: float) -> Interval:
    """Give Wilson's score interval of a rate; it stays within 0 and 1, and says something at 0 hits too."""
    if of == 0:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    rate = hits / of
    middle = (rate + z2 / (2 * of)) / (1 + z2 / of)
    half = sqrt(z2) / (1 + z2 / of) * sqrt(rate * (1 - rate) / of + z2 / (4 * of * of))
    # Rounding leaves 1e-17 at the ends, where the interval is known to touch.
    return (0.0 if hits == 0 else max(0.0, middle - half)), (1.0 if hits == of else min(1.0, middle + half))


def ratio(low: tuple[int, int], high: tuple[int, int], confidence: float) -> Interval | None:
    """Give the interval of low's rate by high's, from (hits, of) each; None where nothing was hit in `high`.

    MOVER-R (Donner and Zou 2012, https://doi.org/10.1177/0962280210383433) needs no logarithm, so a rate of 0 has one.
    """
    (p1, (l1, u1)), (p2, (l2, u2)) = (
        (hits / of if of else 0.0, wilson(hits, of, confidence)) for hits, of in (low, high)
    )
    if p2 == 0 or l2 == 0:
        return None
    product = p1 * p2
    lower = (product - sqrt(max(0.0, product**2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2)))) / (u2 * (2 * p2 - u2))
    upper = (product + sqrt(max(0.0, product**2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2)))) / (l2 * (2 * p2 - l2))
    return max(0.0, lower), upper

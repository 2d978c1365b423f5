"""Correction for many comparisons: of twenty fair ones, one looks unfair by chance."""

from __future__ import annotations

from collections.abc import Sequence

from boathouse.ml.fairness.criteria import Correction


def adjusted(p_values: Sequence[float], correction: Correction) -> list[float]:
    """Raise p-values for how many there are: Holm's hold the chance of any error, Benjamini and Hochberg's its share."""
    if correction == "none":
        return list(p_values)
    return _holm(p_values) if correction == "holm" else _benjamini_hochberg(p_values)


def _holm(p_values: Sequence[float]) -> list[float]:
    made, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[at] * (len(p_values) - rank)))
        made[at] = highest
    return made


def _benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    made, lowest = [0.0] * len(p_values), 1.0
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank in range(len(order), 0, -1):
        at = order[rank - 1]
        lowest = min(lowest, p_values[at] * len(p_values) / rank)
        made[at] = lowest
    return made

"""Aggregation: of the surprisals of a row's values one score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def calibrated(excess: np.ndarray) -> np.ndarray:
    """Give the mean: weighted nats a column above what is usual, 0 for a row as surprising as the rows at training were."""
    return np.asarray(excess.mean(axis=1))


def l1(excess: np.ndarray) -> np.ndarray:
    """Give the sum of what is above usual."""
    return np.asarray(np.maximum(excess, 0).sum(axis=1))


def l2(excess: np.ndarray) -> np.ndarray:
    """Give the root of the sum of squares of what is above usual: few large ones count more than many small ones."""
    return np.asarray(np.sqrt((np.maximum(excess, 0) ** 2).sum(axis=1)))


def largest(excess: np.ndarray) -> np.ndarray:
    """Give the most surprising value's."""
    return np.asarray(excess.max(axis=1))


AGGREGATES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "calibrated": calibrated, "l1": l1, "l2": l2, "max": largest,
}  # fmt: skip

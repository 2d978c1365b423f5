"""Verdict: how near a forecast of counts came where it was tried on the past, beside the naive ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.ml.forecast.outlook import LEVELS, Bounds

VERDICT_FIELDS = [
    ("tried", pa.int32()),
    ("error", pa.float64()),
    ("naive_error", pa.float64()),
    ("beats_naive", pa.bool_()),
    *((f"coverage_{level}", pa.float64()) for level in LEVELS),
]


@dataclass(frozen=True)
class Trial:
    """What was expected once, what came, and what each naive forecast would have said."""

    actual: np.ndarray
    expected: np.ndarray
    naive: Sequence[np.ndarray]
    bounds: Bounds


@dataclass(frozen=True)
class Verdict:
    """How far off, and the share of what came between the bounds; without a trial nothing is known of it.

    The error is the root of the mean square: what is expected is a mean, and by absolute errors the best forecast of
    rare events is that there will be none.
    """

    tried: int = 0
    error: float | None = None
    naive_error: float | None = None  # of the nearest naive forecast
    coverage: dict[int, float] = field(default_factory=dict)

    @property
    def beats_naive(self) -> bool | None:
        if self.error is None or self.naive_error is None:
            return None
        return self.error < self.naive_error

    @property
    def columns(self) -> dict[str, Any]:
        """Give what a table says of it, the same in every row."""
        held = {f"coverage_{level}": self.coverage.get(level) for level in LEVELS}
        told = {"tried": self.tried, "error": self.error, "naive_error": self.naive_error}
        return told | {"beats_naive": self.beats_naive} | held


def verdict(trials: Iterable[Trial]) -> Verdict:
    """Judge all trials together."""
    known = [trial for trial in trials if len(trial.actual)]
    if not known:
        return Verdict()
    actual = np.concatenate([trial.actual for trial in known])
    expected = np.concatenate([trial.expected for trial in known])
    naive = [np.concatenate(parts) for parts in zip(*(trial.naive for trial in known), strict=True)]
    coverage = {}
    for level in LEVELS:
        low, high = (np.concatenate([trial.bounds[level][side] for trial in known]) for side in (0, 1))
        coverage[level] = float(((actual >= low) & (actual <= high)).mean())
    errors = [float(np.sqrt(((actual - each) ** 2).mean())) for each in (expected, *naive)]
    return Verdict(len(actual), errors[0], min(errors[1:]), coverage)

"""Shrinkage: how far a group differs from all, as far as its few numbers can tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ALIKE = 1e6  # events that a group is drawn to the mean by, where groups differ no more than by chance


@dataclass(frozen=True)
class Shrunk:
    """For each group, the factor by which it has more or fewer events than expected: a gamma of events over expected."""

    events: np.ndarray
    expected: np.ndarray

    @property
    def factor(self) -> np.ndarray:
        found: np.ndarray = self.events / self.expected
        return found

    def drawn(self, random: np.random.Generator, draws: int) -> np.ndarray:
        found: np.ndarray = random.gamma(self.events, 1 / self.expected, (draws, len(self.events)))
        return found


def shrunk(observed: np.ndarray, expected: np.ndarray) -> Shrunk:
    """Draw each group's own factor towards 1, the more the less the groups differ beyond chance (empirical Bayes)."""
    known = expected > 0
    excess = ((observed[known] - expected[known]) ** 2 / expected[known]).sum() - max(0, known.sum() - 1)
    differ = excess / expected.sum() if known.any() else 0.0  # the variance of the factors, by the method of moments
    weight = 1 / differ if differ > 1 / ALIKE else ALIKE
    return Shrunk(observed + weight, expected + weight)

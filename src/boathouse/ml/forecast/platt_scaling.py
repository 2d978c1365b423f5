"""Platt scaling: margins of trees as probabilities that come true as often as they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TURNS = 50
CLOSE = 1e-10


@dataclass(frozen=True)
class PlattScaling:
    """A probability by the logistic function of a margin, stretched and moved."""

    slope: float = 1.0
    intercept: float = 0.0

    def probability(self, margins: np.ndarray) -> np.ndarray:
        return logistic(self.slope * margins + self.intercept)


def logistic(log_odds: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))
    return found


def fit_platt_scaling(margins: np.ndarray, happened: np.ndarray) -> PlattScaling:
    """Fit slope and intercept by Newton's steps, to targets a little within 0 and 1, as Platt (1999) has them.

    A slope below 0 would turn the order round: there the margins tell nothing, and everybody has the mean.
    """
    count = happened.sum()
    target = np.where(happened == 1, (count + 1) / (count + 2), 1 / (len(happened) - count + 2))
    design = np.column_stack([margins, np.ones(len(margins))])
    found = np.array([1.0, 0.0])
    for _ in range(TURNS):
        probability = logistic(design @ found)
        weight = probability * (1 - probability)
        step = np.linalg.solve((design.T * weight) @ design + 1e-9 * np.eye(2), design.T @ (target - probability))
        found = found + step
        if np.abs(step).max() < CLOSE:
            break
    if found[0] > 0 and np.isfinite(found).all():
        return PlattScaling(float(found[0]), float(found[1]))
    mean = target.mean()
    return PlattScaling(0.0, float(np.log(mean / (1 - mean))))


def folds_of(entities: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Give each row a fold, all rows of an entity the same one."""
    _, places = np.unique(entities, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(places.max() + 1 if len(places) else 0) % folds
    found: np.ndarray = drawn[places]
    return found

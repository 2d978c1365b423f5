"""Age and cohort: shares of a triangle parted into what the age does and what the cohort does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TURNS = 30  # after which nothing moves by a thousandth
LEAST = 1e-3  # the least variance between ages or cohorts
LEAST_NOISE = 0.05


@dataclass(frozen=True)
class AgeAndCohort:
    """Log odds of a share: a mean, and the effects of each age and each cohort, which are known with a variance."""

    mean: float
    age: np.ndarray
    age_variance: np.ndarray
    cohort: np.ndarray
    cohort_variance: np.ndarray
    noise: float  # the variance of a cell over that of a binomial

    def share(self, cohorts: np.ndarray, ages: np.ndarray, shift: np.ndarray | float = 0.0) -> np.ndarray:
        """Expect the share of cells; an age that nobody has had yet has the effect of the last one that is known."""
        of_age = self.age[np.minimum(ages, len(self.age) - 1)]
        return _logistic(self.mean + of_age + self.cohort[cohorts] + shift)

    def drawn(self, cohorts: np.ndarray, ages: np.ndarray, random: np.random.Generator, draws: int) -> np.ndarray:
        """Draw shares, as uncertain as the effects are; an age to come may be a step further, for each month, than any was."""
        of_cohort = random.normal(0, np.sqrt(self.cohort_variance), (draws, len(self.cohort)))
        step = np.mean(np.diff(self.age) ** 2) if len(self.age) > 1 else 0.0
        beyond = np.maximum(0, np.arange(ages.max() + 1) - len(self.age) + 1)
        known = self.age_variance[np.minimum(np.arange(ages.max() + 1), len(self.age) - 1)]
        of_age = random.normal(0, np.sqrt(known + step * beyond), (draws, ages.max() + 1))
        return self.share(cohorts, ages, of_cohort[:, cohorts] + of_age[:, ages])


def part(active: np.ndarray, users: np.ndarray) -> AgeAndCohort:
    """Fit both effects in turns, each drawn towards none as far as its fellows are alike; NaN is not known.

    The chain ladder of actuaries, on log odds: multiplied shares of young cohorts ended above one.
    """
    known = ~np.isnan(active)
    count, done = np.where(known, users[:, None], 0).astype(float), np.where(known, active, 0)
    age, cohort = np.zeros(active.shape[1]), np.zeros(len(users))
    mean = float(np.log((done.sum() + 0.5) / ((count - done).sum() + 0.5)))
    alike_age, alike_cohort, noise = 0.5, 0.5, 1.0
    age_variance, variance = np.full(len(age), alike_age), np.full(len(users), alike_cohort)
    for _ in range(TURNS):
        fitted = mean + cohort[:, None] + age
        spread = count * _logistic(fitted) * _logistic(-fitted)
        weight = spread / noise
        working = fitted + (done - count * _logistic(fitted)) / np.maximum(spread, 1e-9)
        mean = float((weight * (working - age - cohort[:, None])).sum() / max(weight.sum(), 1e-9))
        age, age_variance, alike_age = _drawn_together(weight, working - mean - cohort[:, None], alike_age, axis=0)
        cohort, variance, alike_cohort = _drawn_together(weight, working - mean - age, alike_cohort, axis=1)
        noise = _noise(done, count, _logistic(mean + cohort[:, None] + age))
    return AgeAndCohort(mean, _carried(age, known.any(axis=0)), age_variance, cohort, variance, noise)


def _drawn_together(
    weight: np.ndarray, rest: np.ndarray, alike: float, axis: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Give the effects, how sure each is, and how much they vary among themselves (one turn of EM)."""
    variance = 1 / (weight.sum(axis=axis) + 1 / alike)
    effect = variance * (weight * rest).sum(axis=axis)
    known = weight.sum(axis=axis) > 0
    return effect, variance, max(LEAST, float((effect[known] ** 2 + variance[known]).mean()))


def _noise(done: np.ndarray, count: np.ndarray, share: np.ndarray) -> float:
    """Estimate by how much cells vary more, or less, than coins: the same users come back, or all stay away at once."""
    known = count > 0
    free = known.sum() - known.any(axis=0).sum() - known.any(axis=1).sum() + 1
    if free < 1:
        return 1.0
    of_coins = np.maximum(count * share * (1 - share), 1e-9)
    return max(LEAST_NOISE, float((((done - count * share) ** 2 / of_coins)[known]).sum() / free))


def _carried(effects: np.ndarray, known: np.ndarray) -> np.ndarray:
    places = np.where(known, np.arange(len(known)), np.flatnonzero(known)[0])
    found: np.ndarray = effects[np.maximum.accumulate(places)]
    return found


def _logistic(log_odds: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return found

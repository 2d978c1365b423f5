"""Surprise: how surprising each value of a row is, alone and given the rest of the row, above what is usual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boathouse.ml.fraud.conditional import Conditional, describe, expectations, trained
from boathouse.ml.fraud.folds import FOLDS, fingerprints
from boathouse.ml.fraud.marginal import Marginal, learn_density
from boathouse.ml.fraud.scale import learn_shifts, scaled, unscaled
from boathouse.ml.fraud.tree_library import TreeLibrary
from boathouse.ml.fraud.usual import usual_rows

MANY, MOST_REPEATS = 40_000, 4  # divisions into folds are averaged while they make no more rows: AP .274 -> .278 with 6
STEADIEST = 0.05  # nats: a column that varies less counts no more for it
UNKNOWN = Marginal(np.empty(0))  # of a column whose rarity counts nothing


@dataclass(frozen=True)
class Surprise:
    """What each column is held against, an entry a column."""

    library: TreeLibrary
    marginals: tuple[Marginal, ...]
    conditionals: tuple[Conditional, ...]
    shifts: np.ndarray  # of the logarithm by which a number is predicted; NaN where it is predicted as it is
    rarity: np.ndarray  # what a nat of being rare counts, beside one of not following from the row
    usual: np.ndarray  # mean surprisal over the training rows, out of fold
    weights: np.ndarray  # what a nat above usual counts
    seed: int

    def excess(self, rows: np.ndarray) -> np.ndarray:
        """Give weighted nats above usual, a column a value; a value that is not known is as surprising as usual: 0."""
        total = np.empty_like(rows)
        in_scale = scaled(rows, self.shifts)
        for index, expected in enumerate(self._expected(rows, in_scale)):
            total[:, index] = self.conditionals[index].surprisal(in_scale[:, index], expected)
            if self.rarity[index]:
                total[:, index] += self.rarity[index] * self.marginals[index].surprisal(rows[:, index])
        found = (total - self.usual) * self.weights
        return np.where(np.isnan(found), 0.0, found)

    def expected(self, rows: np.ndarray) -> list[np.ndarray]:
        """Predict each column of the rows: a number, or a probability a class, a row."""
        found = self._expected(rows, scaled(rows, self.shifts))
        return [unscaled(values, shift) for values, shift in zip(found, self.shifts, strict=True)]

    def _expected(self, rows: np.ndarray, in_scale: np.ndarray) -> list[np.ndarray]:
        return expectations(self.library, self.conditionals, in_scale, fingerprints(rows, self.seed))


def learn_surprise(
    library: TreeLibrary, rows: np.ndarray, levels: np.ndarray, seed: int, most: int
) -> tuple[Surprise, np.ndarray]:
    """Learn from the rows, and give their own excess: out of fold, by models that have not seen them."""
    shifts = learn_shifts(rows, levels)
    in_scale, prints = scaled(rows, shifts), fingerprints(rows, seed)
    order = np.argsort(prints, kind="stable")[: (FOLDS + 1) * most]  # the same whatever the rows' order
    order = order[usual_rows(library, in_scale[order], levels)]
    learnt, repeats = in_scale[order], int(np.clip(MANY // len(rows), 1, MOST_REPEATS))
    bare = [describe(column, in_scale[:, column], learnt[:, column], int(count)) for column, count in enumerate(levels)]
    found = trained(library, bare, learnt, prints[order], repeats=repeats, most=most)
    total, skills = np.empty_like(rows), np.empty(len(levels))
    for column, expected in enumerate(expectations(library, found, in_scale, prints)):
        values = in_scale[:, column]
        found[column] = found[column].scaled(values, expected)
        total[:, column] = found[column].surprisal(values, expected)
        skills[column] = found[column].skill(values, total[:, column])
    rarity = rarity_counts(levels, skills)
    marginals = tuple(learn_density(rows[:, column]) if count else UNKNOWN for column, count in enumerate(rarity))
    for column, count in enumerate(rarity):
        if count:
            total[:, column] += count * marginals[column].surprisal(rows[:, column])
    usual, weights = _usual(total)
    excess = np.nan_to_num((total - usual) * weights)
    return Surprise(library, marginals, tuple(found), shifts, rarity, usual, weights, seed), excess


def rarity_counts(levels: np.ndarray, skills: np.ndarray) -> np.ndarray:
    """Say what being rare counts of each column: the less, the better it and the categories follow from the row.

    What the rest of the row explains is no fraud: a dear claim for a dear procedure. And a category's rarity is in its
    conditional probability already. Generated claims: AUC .784, AP .120; .696, .057 if both count alike.
    """
    is_number = levels == 0
    best = skills[~is_number].max(initial=0.0)
    return np.where(is_number, (1 - skills) * (1 - best), 0.0)


def _usual(total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each column's mean, and the weight that lets one that varies much count less: AUC .761 -> .765 on 80 sets."""
    known = ~np.isnan(total)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, total, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, total - mean, 0) ** 2).sum(axis=0) / count)
    return mean, 1 / np.sqrt(np.maximum(spread, STEADIEST))

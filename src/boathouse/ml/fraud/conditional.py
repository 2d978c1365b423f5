"""Conditional: how surprising a value is to trees that know the rest of its row, and have not seen the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from boathouse.ml.fraud.folds import FOLDS, fold_of
from boathouse.ml.fraud.tree_library import Target, TreeLibrary

FEWEST_ROWS = 10  # to learn a column from
MOST_CLASSES = 8  # levels that are told apart; the rarer ones are one class, shared out by their frequency
SHARE_OF_FREQUENCY = 0.01  # so that no level is impossible: at most 4.6 nats more surprising than it is rare
REACH = 10  # how many times the range of 99.8 % of its values a number may lie beyond it; more is not more surprising
FREEDOM = 3  # of the t distribution that residuals are held against: heavy tails, as money has


@dataclass(frozen=True)
class Conditional:
    """One column's models, a list a repeat with one a fold, and what their errors are measured by."""

    column: int
    centre: float = 0.0  # what is expected where there is no model
    spread: float = 1.0
    limits: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0  # a usual error; one an eighth of what is expected: AUC .745, AP .348, not .750, .356 (82 sets)
    shares: np.ndarray = field(default_factory=lambda: np.empty(0))  # of each level; none for a number
    models: tuple[tuple[Any, ...], ...] = ()

    @property
    def target(self) -> Target:
        """Say what is predicted; without labels."""
        return Target(self.column, np.empty(0), min(len(self.shares), MOST_CLASSES + 1))

    def predicted(self, library: TreeLibrary, model: Any, rows: np.ndarray) -> np.ndarray:
        """Predict the column of rows by one model: a number, or a probability a class, a row."""
        if model is None:
            nothing = self.class_shares() if self.target.classes else self.centre
            return np.broadcast_to(nothing, (len(rows), self.target.classes) if self.target.classes else len(rows))
        found = library.predict(model, rows, self.target)
        found *= 1 - SHARE_OF_FREQUENCY if self.target.classes else self.spread
        found += SHARE_OF_FREQUENCY * self.class_shares() if self.target.classes else self.centre
        return found

    def surprisal(self, values: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Give each value's surprisal in nats; NaN where the value is not known."""
        if not len(self.shares):
            error = (np.clip(values, *self.limits) - expected) / self.scale
            return np.asarray((FREEDOM + 1) / 2 * np.log1p(error**2 / FREEDOM))
        known = ~np.isnan(values)
        codes = np.where(known, values, 0).astype(np.int64)
        classes = np.minimum(codes, MOST_CLASSES)
        within = self.shares[codes] / self.class_shares()[classes]  # of a rare level among the rare ones
        found = -np.log(expected[np.arange(len(codes)), classes] * within)
        return np.where(known, found, np.nan)

    def class_shares(self) -> np.ndarray:
        """Give the share of each class: of the frequent levels, and of all the others together."""
        rest = self.shares[MOST_CLASSES:]
        return np.append(self.shares[:MOST_CLASSES], rest.sum()) if len(rest) else self.shares

    def labels(self, values: np.ndarray) -> np.ndarray:
        """Give the values as the trees are to learn them."""
        if len(self.shares):
            return np.asarray(np.minimum(values, MOST_CLASSES))
        return np.asarray((np.clip(values, *self.limits) - self.centre) / self.spread)

    def skill(self, values: np.ndarray, surprisals: np.ndarray) -> float:
        """Say how much of the surprise the rest of the row takes away, from 0 to 1."""
        known = ~np.isnan(surprisals)
        if not known.any():
            return 0.0
        nothing = self.class_shares() if self.target.classes else np.float64(self.centre)
        expected = np.broadcast_to(nothing, (len(values), *nothing.shape))
        alone = self.scaled(values, expected)
        before, after = float(alone.surprisal(values, expected)[known].mean()), float(surprisals[known].mean())
        if len(self.shares):
            return float(np.clip(1 - after / max(before, 1e-9), 0, 1))
        gain = before - after + np.log(alone.scale / self.scale)  # nats, of which the scale is a part
        return float(np.clip(-np.expm1(-gain), 0, 1))

    def scaled(self, values: np.ndarray, expected: np.ndarray) -> Conditional:
        """Measure a usual error by rows that the models have not seen."""
        if len(self.shares):
            return self
        errors = np.abs(np.clip(values, *self.limits) - expected)
        errors = errors[~np.isnan(errors)]
        if not len(errors):
            return self
        # Few large errors count little, and a column that is mostly right is not held to nothing.
        return replace(self, scale=float(max(1.4826 * np.median(errors), errors.mean() / 5, self.spread / 1000)))


def expectations(
    library: TreeLibrary, conditionals: Sequence[Conditional], rows: np.ndarray, prints: np.ndarray
) -> list[np.ndarray]:
    """Predict each column of the rows by the models that have not seen them, and give the mean of the repeats."""
    shapes = [(len(rows), found.target.classes) if found.target.classes else (len(rows),) for found in conditionals]
    totals = [np.zeros(shape) for shape in shapes]
    repeats = len(conditionals[0].models)
    for repeat in range(repeats):
        fold = fold_of(prints, repeat)
        for number in range(FOLDS):
            held = np.flatnonzero(fold == number)
            if not len(held):
                continue
            unseen = rows[held]  # once for all columns: copied for each it took a seventh of the time of 1M rows
            for total, found in zip(totals, conditionals, strict=True):
                total[held] += found.predicted(library, found.models[repeat][number], unseen) / repeats
    return totals


def describe(column: int, values: np.ndarray, learnt: np.ndarray, levels: int) -> Conditional:
    """Say of a column what holds without a model, by its values and those of the rows that are learnt from."""
    known = ~np.isnan(values)
    if levels:
        counts = np.bincount(values[known].astype(np.int64), minlength=levels)
        return Conditional(column, shares=np.maximum(counts, 1) / np.maximum(counts, 1).sum())
    kept = learnt[~np.isnan(learnt)]
    kept = kept if len(kept) else np.sort(values[known])
    if not len(kept):
        return Conditional(column)
    low, high = np.quantile(values[known], [0.001, 0.999], method="nearest")
    if high <= low:
        low, high = kept.min(), kept.max()
    limits = (float(low - REACH * (high - low)), float(high + REACH * (high - low)))
    kept = np.clip(kept, *limits)
    return Conditional(column, float(np.median(kept)), float(kept.std()) or 1.0, limits)


def trained(
    library: TreeLibrary,
    conditionals: Sequence[Conditional],
    rows: np.ndarray,
    prints: np.ndarray,
    *,
    repeats: int,
    most: int,
) -> list[Conditional]:
    """Train a model a column, fold and repeat, each without the rows of its fold, on `most` rows at most."""
    models: list[list[list[Any]]] = [[[] for _ in range(repeats)] for _ in conditionals]
    for repeat in range(repeats):
        for fold in range(FOLDS):
            sample = rows[fold_of(prints, repeat) != fold][:most]
            prepared = library.prepare(sample) if len(sample) >= FEWEST_ROWS else None
            for conditional, found in zip(conditionals, models, strict=True):
                found[repeat].append(trained_once(library, prepared, sample, conditional))
    return [
        replace(conditional, models=tuple(map(tuple, found)))
        for conditional, found in zip(conditionals, models, strict=True)
    ]


def trained_once(library: TreeLibrary, prepared: Any, sample: np.ndarray, conditional: Conditional) -> Any:
    """Train one model of a column by the rows that know it; None where there is nothing to learn."""
    values = sample[:, conditional.column]
    known = ~np.isnan(values)
    labels = conditional.labels(values[known])
    learnable = sample.shape[1] > 1 and len(labels) >= FEWEST_ROWS and labels.min() < labels.max()
    if prepared is None or not learnable:
        return None
    return library.train(prepared, known, replace(conditional.target, labels=labels))

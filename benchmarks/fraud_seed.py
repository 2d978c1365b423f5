"""Fraud's seed: the formula that these fraud scores replace, to be measured beside them.

A boosted model a column on all the others (100 trees of depth 6, rate 0.1), asked for the very rows it has learnt; the
error of a number is its square in the column's own unit, that of a category 0 or 1, missing or not; the root of the sum
of their squares is the score.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from boathouse.ml.fraud.encoding import learn_encoding, split_columns

PARAMS = {
    "max_depth": 6, "eta": 0.1, "subsample": 0.8, "colsample_bytree": 0.8, "tree_method": "hist", "nthread": 1,
    "verbosity": 0,
}  # fmt: skip
TREES, MOST_CLASSES = 100, 30  # of a category with more levels the rare ones are one, or a set would take an hour


def seed_scores(table: pa.Table, seed: int) -> np.ndarray:
    """Give the formula's score of each row."""
    encoding = learn_encoding(table, *split_columns(table))
    rows, levels = encoding.matrix(table), encoding.level_counts()
    filled = rows.copy()
    for index, count in enumerate(levels):
        known = rows[~np.isnan(rows[:, index]), index]
        nothing = count if count or not len(known) else np.median(known)
        filled[:, index] = np.nan_to_num(rows[:, index], nan=nothing)
    errors = [_errors(filled, rows[:, index], index, int(count), seed) for index, count in enumerate(levels)]
    return np.asarray(np.linalg.norm(np.column_stack(errors), axis=1))


def _errors(filled: np.ndarray, values: np.ndarray, index: int, levels: int, seed: int) -> np.ndarray:
    import xgboost

    known = ~np.isnan(values)
    labels = np.minimum(values[known], MOST_CLASSES - 1) if levels else values[known]
    if len(np.unique(labels)) < 2:  # noqa: PLR2004 - nothing to learn
        return np.where(known, 0.0, float(levels > 0))
    others = np.delete(filled, index, axis=1)
    classes = {"objective": "multi:softmax", "num_class": int(labels.max()) + 1} if levels else {}
    params = {**PARAMS, **classes, "seed": seed}
    model = xgboost.train(params, xgboost.DMatrix(others[known], labels, nthread=1), TREES)
    predicted = model.predict(xgboost.DMatrix(others, nthread=1))
    if levels:
        return np.asarray(np.minimum(values, MOST_CLASSES - 1) != predicted, dtype=float)
    return np.where(known, (values - predicted) ** 2, 0.0)

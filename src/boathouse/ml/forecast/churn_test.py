"""Churn test: a classifier held against a rule of thumb, on snapshots whose outcome no row of the training knew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UserError
from boathouse.frame import arrow_table
from boathouse.ml.forecast.churn_features import labels_of, numbers
from boathouse.ml.forecast.daily_series import day_numbers
from boathouse.ml.tracking.metrics import auc, average_precision

TOP = 0.10  # the share of customers that somebody has time to call
TELLING = 0.95  # an AUC that no column has by itself of what happens later

Fit = Callable[[pa.Table], Callable[[pa.Table], np.ndarray]]


@dataclass(frozen=True)
class Rule:
    """Who has been away the longest, and came the least: ranks of recency and frequency, added up."""

    recency: str = "days_since_last_purchase"
    frequency: str = "purchase_days_90d"

    def score(self, table: pa.Table) -> np.ndarray:
        found: np.ndarray = _ranks(numbers(table, self.recency)) + _ranks(-numbers(table, self.frequency))
        return found


def time_split(data: Any, time: str, test_on: date, outcome_days: int) -> tuple[pa.Table, pa.Table]:
    """Give the rows whose outcome was known at the start of `test_on`, and those of that day.

    A snapshot is learnt from only when its own outcome window is over by then: one of the month before knows who came
    back in the days that are to be forecast.
    """
    table = arrow_table(data)
    days, on = day_numbers(table, time), (test_on - date(1970, 1, 1)).days
    train, test = table.filter(pa.array(days + outcome_days <= on)), table.filter(pa.array(days == on))
    if not train.num_rows or not test.num_rows:
        there = sorted(set(_dates(table, time)))
        earliest = there[0] + timedelta(days=outcome_days) if there else None
        raise UserError(
            f"there are {train.num_rows} rows to learn from and {test.num_rows} to test on {test_on}",
            hint=f"test on a snapshot from {earliest} on" if earliest else "the table has no rows",
        )
    return train, test


def churn_test(data: Any, fit: Fit, *, label: str, time: str, test_on: Sequence[date], outcome_days: int) -> pa.Table:
    """Train before each day and test on it; a row for the model and one for the rule of thumb."""
    rows = []
    for day in test_on:
        train, test = time_split(data, time, day, outcome_days)
        happened = labels_of(test, label)
        known = ~np.isnan(happened)
        if not 0 < happened[known].sum() < known.sum():
            raise UserError(f"on {day} it is not known who stopped, or all did, or nobody")
        base = np.nanmean(labels_of(train, label))
        model, rule = fit(train)(test), Rule().score(test)
        same = {"test_on": day, "learnt_from": train.num_rows, "tested_on": int(known.sum())}
        found = [_measured(each[known], happened[known]) for each in (model, rule)]
        brier = [float(((guess - happened[known]) ** 2).mean()) for guess in (model[known], np.full(known.sum(), base))]
        for name, measures, error in zip(("model", "rule"), found, brier, strict=True):
            rows.append({**same, "by": name, **measures, "brier": error, "beats_rule": _beats(found, name)})
    return pa.Table.from_pylist(rows)


def suspects(data: Any, columns: Sequence[str], label: str) -> Mapping[str, float]:
    """Name the columns that tell the outcome nearly alone, with their AUC: what was written after it did so, as a rule."""
    table = arrow_table(data)
    happened = labels_of(table, label)
    known = ~np.isnan(happened)
    found = {name: _telling(numbers(table, name)[known], happened[known] == 1) for name in columns}
    return {name: value for name, value in found.items() if value >= TELLING}


def _telling(values: np.ndarray, happened: np.ndarray) -> float:
    """Give the AUC of a column in either direction, missing values by themselves at either end."""
    if not 0 < happened.sum() < len(happened):
        return 0.5
    filled = [np.where(np.isnan(values), end, values) for end in (-np.inf, np.inf)]
    return max(max(found, 1 - found) for found in (auc(each, happened) for each in filled))


def _measured(scores: np.ndarray, happened: np.ndarray) -> dict[str, float]:
    positive = happened == 1
    first = np.argsort(-scores, kind="stable")[: max(1, round(len(scores) * TOP))]
    return {
        "auc": auc(scores, positive),
        "average_precision": average_precision(scores, positive),
        "lift_of_first_tenth": float(happened[first].mean() / happened.mean()),
    }


def _beats(found: Sequence[Mapping[str, float]], name: str) -> bool | None:
    return None if name == "rule" else all(found[0][measure] > found[1][measure] for measure in found[0])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Give the mean rank of each value, ties alike, what is missing in the middle."""
    values = np.where(np.isnan(values), np.nanmedian(values) if np.isfinite(values).any() else 0.0, values)
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return found


def _dates(table: pa.Table, time: str) -> list[date]:
    return [day for day in pc.unique(table[time].cast(pa.date32())).to_pylist() if day is not None]

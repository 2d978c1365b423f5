"""Waiting: who began on a day, and after how many days it happened, for those to whom it has not happened yet, too.

Whoever began yesterday has had one day and not thirty: they count for the days that they have had, and no further
(Kaplan and Meier). So a young day is neither a failure nor left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UserError
from boathouse.frame import arrow_table
from boathouse.ml.forecast.daily_series import day_numbers
from boathouse.ml.forecast.outlook import DRAWS


@dataclass(frozen=True)
class Waiting:
    """How many began on each day, and how many of them were done after 0, 1, 2 ... days, as known at the start of a day."""

    first: int  # days since 1970
    as_of: int
    began: np.ndarray  # by day
    done: np.ndarray  # by day and delay

    @property
    def ages(self) -> np.ndarray:
        """How many days are known of those who began on each day; on the first of them the delay is 0."""
        found: np.ndarray = self.as_of - self.first - np.arange(len(self.began))
        return found

    @property
    def open(self) -> np.ndarray:
        """How many of each day are not done."""
        found: np.ndarray = self.began - self.done.sum(axis=1)
        return found

    @property
    def days(self) -> pa.Array:
        return pa.array((self.first + np.arange(len(self.began))).astype(np.int32)).cast(pa.date32())

    def known_at(self, as_of: int) -> Waiting:
        """Give what was known at the start of an earlier day."""
        count = max(0, min(len(self.began), as_of - self.first))
        ages = as_of - self.first - np.arange(count)
        seen = np.arange(self.done.shape[1]) < ages[:, None]
        return Waiting(self.first, as_of, self.began[:count], np.where(seen, self.done[:count], 0))

    def of_days(self, chosen: np.ndarray) -> Waiting:
        """Keep those who began on some of the days."""
        return Waiting(self.first, self.as_of, np.where(chosen, self.began, 0), np.where(chosen[:, None], self.done, 0))

    @cached_property
    def at_risk(self) -> np.ndarray:
        """How many were known and not yet done at each delay."""
        delays = np.arange(self.done.shape[1])
        before = np.cumsum(self.done, axis=1) - self.done
        found: np.ndarray = np.where(delays < self.ages[:, None], self.began[:, None] - before, 0).sum(axis=0)
        return found

    @property
    def hazard(self) -> np.ndarray:
        """The share of those at risk to whom it happens at each delay."""
        found: np.ndarray = self.done.sum(axis=0) / np.maximum(1, self.at_risk)
        return found

    def drawn_hazard(self, random: np.random.Generator, draws: int = DRAWS) -> np.ndarray:
        """Draw what the hazard may be, as few as were seen: a beta of what happened, with half an event for all delays."""
        happened, at_risk = self.done.sum(axis=0), self.at_risk
        shape = (draws, len(at_risk))
        drawn = random.beta(happened + 0.5 / max(1, len(at_risk)), at_risk - happened + 0.5, shape)
        found: np.ndarray = np.where(at_risk > 0, drawn, 0.0)
        return found


def share_done(hazard: np.ndarray) -> np.ndarray:
    """Turn hazards (last axis) into the share that is done within 0, 1, 2 ... days."""
    left = np.cumprod(1 - hazard, axis=-1)
    found: np.ndarray = 1 - np.concatenate([np.ones((*hazard.shape[:-1], 1)), left], axis=-1)
    return found


def waiting(data: Any, began: str, happened: str, *, within: int, as_of: date | None = None) -> Waiting:
    """Count rows by the day that they began and the whole days until it happened, up to `within` days.

    Rows that have not begun are left out; what happened at or after `as_of`, by default the day after the last one, is
    not known yet; what is said to have happened before it began happened at once.
    """
    if within < 1:
        raise UserError(f"{within} days are too few to wait", hint="wait for one day or more")
    table = arrow_table(data)
    start, end = day_numbers(table, began), day_numbers(table, happened)
    known = np.isfinite(start)
    if not known.any():
        raise UserError(f"no row has a `{began}`")
    last = np.nanmax(np.concatenate([start[known], end[known]]))
    today = int(last) + 1 if as_of is None else (as_of - date(1970, 1, 1)).days
    known &= start < today
    if not known.any():
        raise UserError(f"no row has a `{began}` before {as_of}")
    return _counted(start[known].astype(int), np.maximum(end[known], start[known]), today, within)


def _counted(start: np.ndarray, end: np.ndarray, today: int, within: int) -> Waiting:
    first = int(start.min())
    days = today - first
    delay = np.where(end < today, end - start, np.inf)
    soon = delay < within
    cells = (start[soon] - first) * within + delay[soon].astype(int)
    done = np.bincount(cells, minlength=days * within).reshape(days, within)
    return Waiting(first, today, np.bincount(start - first, minlength=days), done)


def months(days: pa.Array) -> np.ndarray:
    """Name the month of each day, 2024-01."""
    return np.array(pc.strftime(days, format="%Y-%m").to_pylist(), dtype=object)

"""Retention: which share of a month's new users is active in the months to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.forecast.age_and_cohort import part
from boathouse.ml.forecast.outlook import DRAWS, SEED, SIDES, Bounds, quantile_bounds, sides
from boathouse.ml.forecast.verdict import VERDICT_FIELDS, Trial, verdict

COLUMNS = ("cohort_month", "months_since", "users", "active_users")
MONTHS = 3
SCHEMA = pa.schema(
    [
        ("cohort_month", pa.date32()),
        ("months_since", pa.int32()),
        ("month", pa.date32()),
        ("users", pa.int64()),
        ("expected_active_users", pa.float64()),
        ("retention", pa.float64()),
        *((side, pa.float64()) for side in SIDES),
        *VERDICT_FIELDS,
    ]
)


@dataclass(frozen=True)
class Triangle:
    """Active users by cohort (a month after the other) and months since it began, NaN where nothing is known."""

    first: int  # months since year 0
    users: np.ndarray
    active: np.ndarray

    @property
    def month(self) -> np.ndarray:
        """The month of each cell, counted from the first cohort."""
        found: np.ndarray = np.add.outer(np.arange(len(self.users)), np.arange(self.active.shape[1]))
        return found

    @property
    def last(self) -> int:
        return int(self.month[~np.isnan(self.active)].max())

    def known_until(self, last: int) -> Triangle:
        """Hide what came after a month."""
        return Triangle(self.first, self.users, np.where(self.month <= last, self.active, np.nan))


def retention(data: Any, *, months: int = MONTHS) -> pa.Table:
    """Expect the share of each cohort that is active in the next months.

    The rows are those of `gold.retention_cohort`: cohort_month, months_since, users, active_users, of whole months.
    """
    if months < 1:
        raise UserError("the months ahead are 1 or more")
    triangle = _triangle(data)
    cohorts, ages = _ahead(triangle, months)
    share, bounds = _expected(triangle, cohorts, ages)
    months_since_zero = triangle.first + cohorts
    columns = {
        "cohort_month": [_day(month) for month in months_since_zero],
        "months_since": ages,
        "month": [_day(month) for month in months_since_zero + ages],
        "users": triangle.users[cohorts],
        "expected_active_users": share * triangle.users[cohorts],
        "retention": share,
        **sides(bounds),
    }
    columns |= {name: [value] * len(cohorts) for name, value in verdict(_trials(triangle, months)).columns.items()}
    return pa.table([pa.array(columns[part.name], part.type) for part in SCHEMA], schema=SCHEMA)


def _triangle(data: Any) -> Triangle:
    table = arrow_table(data)
    if missing := [name for name in COLUMNS if name not in table.column_names]:
        raise UnknownName("column", missing[0], table.column_names)
    rows = table.select(COLUMNS).drop_null().to_pylist()
    if not rows:
        raise UserError("no cohort has a month that is known")
    starts = np.array([row["cohort_month"].year * 12 + row["cohort_month"].month - 1 for row in rows])
    since = np.array([row["months_since"] for row in rows])
    if since.min() < 0:
        raise UserError("`months_since` is negative", hint="a cohort begins with the month that it signed up in")
    first = int(starts.min())
    users = np.zeros(starts.max() - first + 1, dtype=int)
    active = np.full((len(users), since.max() + 1), np.nan)
    for start, age, row in zip(starts - first, since, rows, strict=True):
        users[start] = row["users"]
        active[start, age] = np.nansum([active[start, age], row["active_users"]])
    return Triangle(first, users, active)


def _day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _ahead(triangle: Triangle, months: int) -> tuple[np.ndarray, np.ndarray]:
    """List the cells of the next months, of the cohorts that have users and have begun."""
    cohorts = np.repeat(
        np.flatnonzero((triangle.users > 0) & (np.arange(len(triangle.users)) <= triangle.last)), months
    )
    later = np.tile(np.arange(1, months + 1), len(cohorts) // months)
    return cohorts, triangle.last + later - cohorts


def _expected(triangle: Triangle, cohorts: np.ndarray, ages: np.ndarray) -> tuple[np.ndarray, Bounds]:
    """Take the share that the age and the cohort have, and draw how many come."""
    random = np.random.default_rng(SEED)
    fit, count = part(triangle.active, triangle.users), triangle.users[cohorts]
    drawn = fit.drawn(cohorts, ages, random, DRAWS)
    spread = np.sqrt(fit.noise * count * drawn * (1 - drawn))
    users = np.clip(np.rint(random.normal(count * drawn, spread)), 0, count)
    return fit.share(cohorts, ages), quantile_bounds(users / count)


def _trials(triangle: Triangle, months: int) -> Iterator[Trial]:
    """Hide the last month, the last two ..., and expect them from what was known before."""
    for back in range(1, months + 1):
        before = triangle.known_until(triangle.last - back)
        known = ~np.isnan(before.active)
        if known.sum() < 2:  # noqa: PLR2004 - of one cell nothing can be learnt
            return
        cohorts, ages = _ahead(before, back)
        inside = ages < triangle.active.shape[1]
        inside[inside] = ~np.isnan(triangle.active[cohorts[inside], ages[inside]]) & known.any(axis=1)[cohorts[inside]]
        if not inside.any():
            continue
        cohorts, ages = cohorts[inside], ages[inside]
        share, bounds = _expected(before, cohorts, ages)
        shares = before.active / np.maximum(1, before.users)[:, None]
        last = [row[~np.isnan(row)][-1] for row in shares[cohorts]]
        mean = [np.nanmean(row) for row in shares[cohorts]]
        actual = triangle.active[cohorts, ages] / triangle.users[cohorts]
        yield Trial(actual, share, (np.array(last), np.array(mean)), bounds)

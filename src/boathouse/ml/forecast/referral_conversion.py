"""Referral conversion: how many of a day's invitations will be answered, though the latest have hardly had the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.ml.forecast.daily_series import day_of
from boathouse.ml.forecast.outlook import DRAWS, SEED, SIDES, Bounds, quantile_bounds, sides
from boathouse.ml.forecast.verdict import VERDICT_FIELDS, Trial, Verdict, verdict
from boathouse.ml.forecast.waiting import Waiting, months, share_done, waiting

WITHIN = 14  # days after which an invitation is not waited for any more
WINDOWS, APART = 4, 7  # days from which it is tried, and how far they are apart
SCHEMA = pa.schema(
    [
        ("sent_on", pa.date32()),
        ("invitations", pa.int64()),
        ("conversions", pa.int64()),
        ("waiting", pa.int64()),
        ("expected_conversions", pa.float64()),
        ("conversion", pa.float64()),
        *((side, pa.float64()) for side in SIDES),
        ("is_final", pa.bool_()),
        ("as_of", pa.date32()),
        *VERDICT_FIELDS,
    ]
)
CURVE_SCHEMA = pa.schema(
    [
        ("cohort", pa.string()),
        ("delay_days", pa.int32()),
        ("at_risk", pa.int64()),
        ("conversions", pa.int64()),
        ("conversion", pa.float64()),
        *((side, pa.float64()) for side in SIDES),
    ]
)


def referral_conversion(
    data: Any,
    *,
    sent: str = "sent_at",
    converted: str = "converted_at",
    within: int = WITHIN,
    as_of: date | None = None,
) -> pa.Table:
    """Expect, of the invitations of each day, how many convert within so many days, with bounds for the share."""
    known = waiting(data, sent, converted, within=within, as_of=as_of)
    expected, bounds = _expected(known)
    there = known.began > 0
    invited = known.began[there]
    columns = {
        "sent_on": known.days.filter(pa.array(there)),
        "invitations": invited,
        "conversions": known.done.sum(axis=1)[there],
        "waiting": np.where(known.ages < within, known.open, 0)[there],
        "expected_conversions": expected[there],
        "conversion": expected[there] / invited,
        **sides({level: (low[there] / invited, high[there] / invited) for level, (low, high) in bounds.items()}),
        "is_final": known.ages[there] >= within,
        **_same(int(there.sum()), known, verdict(_trials(known, within))),
    }
    return pa.table([pa.array(columns[part.name], part.type) for part in SCHEMA], schema=SCHEMA)


def conversion_curve(
    data: Any,
    *,
    sent: str = "sent_at",
    converted: str = "converted_at",
    within: int = WITHIN,
    as_of: date | None = None,
) -> pa.Table:
    """Say by month of sending, and for `all`, which share has converted within 0, 1, 2 ... days (Kaplan and Meier)."""
    known = waiting(data, sent, converted, within=within, as_of=as_of)
    month = months(known.days)
    cohorts = [("all", known), *((name, known.of_days(month == name)) for name in sorted(set(month)))]
    return pa.concat_tables([_curve(name, of) for name, of in cohorts if of.began.any()])


def _curve(name: str, known: Waiting) -> pa.Table:
    seen = known.at_risk > 0  # where nobody has waited so long, nothing is said
    bounds = quantile_bounds(share_done(known.drawn_hazard(np.random.default_rng(SEED)))[:, 1:])
    columns = {
        "cohort": [name] * int(seen.sum()),
        "delay_days": np.flatnonzero(seen),
        "at_risk": known.at_risk[seen],
        "conversions": known.done.sum(axis=0)[seen],
        "conversion": share_done(known.hazard)[1:][seen],
        **sides({level: (low[seen], high[seen]) for level, (low, high) in bounds.items()}),
    }
    return pa.table([pa.array(columns[part.name], part.type) for part in CURVE_SCHEMA], schema=CURVE_SCHEMA)


def _expected(known: Waiting) -> tuple[np.ndarray, Bounds]:
    """Add to what has converted what those who wait will: by the share that is left of the curve at their age."""
    random = np.random.default_rng(SEED)
    so_far, still = known.done.sum(axis=1), known.open
    ages = np.minimum(known.ages, known.done.shape[1])
    expected = so_far + still * _rest(share_done(known.hazard), ages)
    chance = _rest(share_done(known.drawn_hazard(random, DRAWS)), ages)
    return expected, quantile_bounds(so_far + random.binomial(still, chance))


def _rest(share: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """Give the chance that it happens after an age, to whom it has not happened up to it."""
    left = 1 - share[..., ages]
    end = 1 - share[..., -1:]
    found: np.ndarray = np.clip(1 - np.divide(end, left, out=np.ones_like(left), where=left > 0), 0, 1)
    return found


def _trials(known: Waiting, within: int) -> Iterator[Trial]:
    """Try it from earlier days on those who were waiting then, all of whom are known to the end by now."""
    for window in range(WINDOWS):
        then = known.known_at(known.as_of - within - APART * window)
        if then.began.sum() == 0 or len(then.began) < 2 * within:
            return
        young = (then.ages < within) & (then.began > 0)
        expected, bounds = _expected(then)
        so_far = then.done.sum(axis=1)
        old = ~young & (then.ages >= within)
        usual = so_far[old].sum() / max(1, then.began[old].sum())
        yield Trial(
            actual=known.done.sum(axis=1)[: len(young)][young],
            expected=expected[young],
            # As it stands; and as the days did whose time is over.
            naive=(so_far[young], np.maximum(so_far, usual * then.began)[young]),
            bounds={level: (low[young], high[young]) for level, (low, high) in bounds.items()},
        )


def _same(count: int, known: Waiting, found: Verdict) -> dict[str, list[Any]]:
    return {name: [value] * count for name, value in {"as_of": day_of(known.as_of), **found.columns}.items()}

"""Reward liability: what the rewards that are not redeemed yet will cost, day by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.forecast.daily_series import day_numbers, day_of
from boathouse.ml.forecast.outlook import DRAWS, LEVELS, SEED, SIDES, quantile_bounds, sides
from boathouse.ml.forecast.verdict import VERDICT_FIELDS, Trial, Verdict, verdict
from boathouse.ml.forecast.waiting import Waiting, share_done, waiting

WITHIN = 180  # days after which a reward is taken for never redeemed
HORIZON = 28
WINDOWS = 4
RECENT = 28  # days whose mean the naive forecast carries on
ALL = "all"
COLUMNS = ["reward_type", "awarded_at", "redeemed_at"]
SCHEMA = pa.schema(
    [
        ("reward_type", pa.string()),
        ("day", pa.date32()),
        ("outstanding", pa.int64()),
        ("outstanding_value", pa.float64()),
        ("expected_redemptions", pa.float64()),
        ("expected_payout", pa.float64()),
        *((f"payout_{side}", pa.float64()) for side in SIDES),
        ("ultimate_payout", pa.float64()),
        ("as_of", pa.date32()),
        *VERDICT_FIELDS,
    ]
)


def reward_liability(
    data: Any,
    values: Mapping[str, float],
    *,
    horizon: int = HORIZON,
    within: int = WITHIN,
    as_of: date | None = None,
) -> pa.Table:
    """Expect what rewards given so far will cost from `as_of` up to each of the next days, by type and in all.

    `values` says what a reward of each type is worth. `ultimate_payout` is what all of them will cost in the end, as
    far as the curve of redemption reaches; the rest of `outstanding_value` is not expected to be asked for. The
    columns are those of `fct_rewards`: reward_type, awarded_at, redeemed_at.
    """
    table = _rewards(arrow_table(data))
    if horizon < 1:
        raise UserError("the horizon is one day or more")
    as_of = as_of or _next_day(table)
    kinds = sorted(set(table["reward_type"].drop_null().to_pylist()))
    if missing := [kind for kind in kinds if kind not in values]:
        raise UserError(f"what a {missing[0]} is worth is not said", hint="give a value for every type of reward")
    random = np.random.default_rng(SEED)
    total, tables = np.zeros((DRAWS, horizon)), []
    for kind in kinds:
        of = table.filter(pc.equal(table["reward_type"], kind))
        known = waiting(of, "awarded_at", "redeemed_at", within=within, as_of=as_of)
        redeemed = _run_off(known, horizon, random)
        total += redeemed * values[kind]
        tables.append(_rows(kind, known, values[kind], redeemed, horizon))
    return pa.concat_tables([*tables, _in_all(tables, total)]) if tables else SCHEMA.empty_table()


def _rewards(table: pa.Table) -> pa.Table:
    """Keep the columns that are read, the type as plain text: views of texts cannot be compared."""
    for name in COLUMNS:
        if name not in table.column_names:
            raise UnknownName("column", name, table.column_names)
    kept = table.select(COLUMNS)
    return kept.set_column(0, COLUMNS[0], kept[COLUMNS[0]].cast(pa.string()))


def _next_day(table: pa.Table) -> date:
    days = np.concatenate([day_numbers(table, name) for name in ("awarded_at", "redeemed_at")])
    if not np.isfinite(days).any():
        raise UserError("no reward was awarded")
    return day_of(np.nanmax(days) + 1)


def _still_open(known: Waiting) -> np.ndarray:
    """Count those who may still be redeemed: whoever is older than the curve is not expected to be."""
    found: np.ndarray = np.where(known.ages < known.done.shape[1], known.open, 0)
    return found


def _run_off(known: Waiting, horizon: int, random: np.random.Generator) -> np.ndarray:
    """Draw how many are redeemed up to each day ahead: a day's hazard after the other, so that a draw never falls."""
    hazard = known.drawn_hazard(random)
    left = np.repeat(_still_open(known)[None], DRAWS, axis=0)
    redeemed = np.zeros((DRAWS, horizon))
    for ahead in range(horizon):
        now = random.binomial(left, _at(hazard, known.ages + ahead))
        left = left - now
        redeemed[:, ahead] = now.sum(axis=1)
    return np.cumsum(redeemed, axis=1)


def _at(hazard: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """Give the hazard at ages, none beyond those that the curve knows."""
    found: np.ndarray = np.where(ages < hazard.shape[-1], hazard[..., np.minimum(ages, hazard.shape[-1] - 1)], 0.0)
    return found


def expected_redemptions(known: Waiting, horizon: int) -> np.ndarray:
    """Expect how many of those outstanding are redeemed up to each day ahead."""
    share = share_done(known.hazard)
    left = 1 - share[np.minimum(known.ages, len(known.hazard))]
    then = 1 - share[np.minimum(known.ages[:, None] + np.arange(1, horizon + 1), len(known.hazard))]
    chance = 1 - np.divide(then, left[:, None], out=np.ones_like(then), where=left[:, None] > 0)
    found: np.ndarray = _still_open(known) @ chance
    return found


def _rows(kind: str, known: Waiting, value: float, redeemed: np.ndarray, horizon: int) -> pa.Table:
    expected = expected_redemptions(known, horizon)
    outstanding = int(known.open.sum())
    said = verdict(_trials(known, horizon))
    columns = {
        "reward_type": kind,
        "outstanding": outstanding,
        "outstanding_value": outstanding * value,
        "expected_redemptions": expected,
        "expected_payout": expected * value,
        **sides(quantile_bounds(redeemed * value), "payout_"),
        "ultimate_payout": float(expected_redemptions(known, known.done.shape[1])[-1]) * value,
        **_days(known, horizon),
        **said.columns,
    }
    return _table(columns, horizon)


def _in_all(tables: list[pa.Table], total: np.ndarray) -> pa.Table:
    """Add the types up; the bounds are those of the sum, which are closer than the sums of the bounds."""
    horizon = total.shape[1]
    summed = ("outstanding", "outstanding_value", "expected_redemptions", "expected_payout", "ultimate_payout")
    columns: dict[str, Any] = {name: sum(table[name].to_numpy() for table in tables) for name in summed}
    same = {name: tables[0][name].to_numpy(zero_copy_only=False) for name in ("day", "as_of")}
    return _table(
        {"reward_type": ALL, **columns, **same, **sides(quantile_bounds(total), "payout_"), **_together(tables)},
        horizon,
    )


def _together(tables: list[pa.Table]) -> dict[str, Any]:
    """Judge all types together as the mean of their verdicts, by how many days each was tried on."""
    rows = [table.slice(0, 1).to_pylist()[0] for table in tables]
    tried = [row["tried"] for row in rows]
    if not sum(tried):
        return Verdict().columns
    mean = {
        name: float(np.average([row[name] or 0.0 for row in rows], weights=tried))
        for name in ("error", "naive_error", *(f"coverage_{level}" for level in LEVELS))
    }
    return {"tried": sum(tried), **mean, "beats_naive": mean["error"] < mean["naive_error"]}


def _trials(known: Waiting, horizon: int) -> Iterator[Trial]:
    """Try it from earlier days, on what has been redeemed since of those who were outstanding then."""
    random = np.random.default_rng(SEED)
    for window in range(1, WINDOWS + 1):
        then = known.known_at(known.as_of - horizon * window)
        if len(then.began) <= horizon or not then.open.sum():
            return
        ahead = then.ages[:, None] + np.arange(horizon)
        inside = ahead < known.done.shape[1]
        days = np.arange(len(then.began))[:, None]
        came = np.where(inside, known.done[days, np.minimum(ahead, known.done.shape[1] - 1)], 0).sum(axis=0)
        usual = _redeemed_lately(then) * np.arange(1, horizon + 1)
        yield Trial(
            actual=np.cumsum(came),
            expected=expected_redemptions(then, horizon),
            # As many a day as lately, up to all; and all of them on the first day, which is what the books show.
            naive=(np.minimum(usual, then.open.sum()), np.full(horizon, float(then.open.sum()))),
            bounds=quantile_bounds(_run_off(then, horizon, random)),
        )


def _redeemed_lately(known: Waiting) -> float:
    """Give the mean of redemptions a day over the last weeks."""
    days, delays = np.nonzero(known.done)
    recent = known.first + days + delays >= known.as_of - RECENT
    return float(known.done[days[recent], delays[recent]].sum() / min(RECENT, len(known.began)))


def _days(known: Waiting, horizon: int) -> dict[str, Any]:
    ahead = known.as_of + np.arange(horizon)
    return {"day": pa.array(ahead.astype(np.int32)).cast(pa.date32()), "as_of": day_of(known.as_of)}


def _table(columns: Mapping[str, Any], count: int) -> pa.Table:
    """Write the columns as a table, those of one value in every row."""
    whole = {
        name: column if isinstance(column, (np.ndarray, pa.Array)) else [column] * count
        for name, column in columns.items()
    }
    return pa.table([pa.array(whole[part.name], part.type) for part in SCHEMA], schema=SCHEMA)

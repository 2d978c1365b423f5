"""Backtest: a method tried on the past, beside the naive ones, and how often its bounds held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from boathouse.errors import UnknownName, UserError
from boathouse.ml.forecast.auto_ets import auto_ets
from boathouse.ml.forecast.daily_series import DailySeries
from boathouse.ml.forecast.naive import naive, seasonal_naive
from boathouse.ml.forecast.outlook import LEVELS, Outlook
from boathouse.ml.forecast.smoothing import smoothing

Method = Callable[[np.ndarray, int, int], Outlook]
METHODS: Mapping[str, Method] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "smoothing": smoothing,
    "auto_ets": auto_ets,
}
NAIVE = ("naive", "seasonal_naive")
WINDOWS = 4
WEEK = 7


@dataclass(frozen=True)
class Backtest:
    """How far off a method was, on average over windows that it had not seen.

    MASE is the error in units of what a seasonal naive forecast errs by one season ahead; None where that is 0.
    """

    windows: int
    error: float
    naive_error: float
    seasonal_naive_error: float
    mase: float | None
    naive_mase: float | None
    seasonal_naive_mase: float | None
    coverage: Mapping[int, float]

    @property
    def beats_naive(self) -> bool:
        return self.error < min(self.naive_error, self.seasonal_naive_error)


def method_of(name: str) -> Method:
    if name not in METHODS:
        raise UnknownName("forecasting method", name, METHODS)
    return METHODS[name]


def outlook(values: np.ndarray, method: str, horizon: int, season: int = WEEK) -> Outlook:
    """Ask a method; a series that never was negative is not expected to become so."""
    said = method_of(method)(values, horizon, season)
    return said.at_least(0.0) if values.min() >= 0 else said


def least_days(horizon: int, season: int = WEEK) -> int:
    """Say how long a series has to be: two seasons to begin with, one horizon to learn errors from and one to try."""
    return 2 * season + 2 * horizon + 1


def backtest(
    series: DailySeries, method: str, *, horizon: int = 28, windows: int = WINDOWS, season: int = WEEK
) -> Backtest:
    """Forecast the last windows of a series, each from what was known before it."""
    days, least = len(series.values), least_days(horizon, season)
    if horizon < 1 or windows < 1 or season < 1:
        raise UserError("horizon, windows and season are 1 or more")
    if days < least:
        raise UserError(
            f"the series `{series.name}` has {days} days; {least} are needed to forecast {horizon} and to try it",
            hint="shorten the horizon" if days >= least_days(1, season) else "wait for more days",
        )
    windows = min(windows, 1 + (days - least) // horizon)
    tried = [_tried(series.values[: days - horizon * back], method, horizon, season) for back in range(windows)]
    errors, scaled, held = (np.array(part).mean(axis=0) for part in zip(*tried, strict=True))
    mase, naive_mase, seasonal_naive_mase = (None if np.isnan(value) else float(value) for value in scaled)
    return Backtest(
        windows=windows,
        error=float(errors[0]),
        naive_error=float(errors[1]),
        seasonal_naive_error=float(errors[2]),
        mase=mase,
        naive_mase=naive_mase,
        seasonal_naive_mase=seasonal_naive_mase,
        coverage={level: float(share) for level, share in zip(LEVELS, held, strict=True)},
    )


def _tried(values: np.ndarray, method: str, horizon: int, season: int) -> tuple[list[float], np.ndarray, list[float]]:
    """Hide the last days, and give the error of the method and the naive ones, the same scaled, and how often bounds held."""
    before, actual = values[:-horizon], values[-horizon:]
    said = outlook(before, method, horizon, season)
    others = [outlook(before, name, horizon, season) for name in NAIVE]
    errors = [float(np.abs(actual - each.expected).mean()) for each in (said, *others)]
    scale = float(np.abs(before[season:] - before[:-season]).mean())
    held = [float(((actual >= low) & (actual <= high)).mean()) for low, high in said.bounds.values()]
    return errors, np.array(errors) / scale if scale else np.full(3, np.nan), held

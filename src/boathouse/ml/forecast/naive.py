"""Naive methods, which every other one has to beat: tomorrow is as today, or as the same day a week ago."""

from __future__ import annotations

import numpy as np

from boathouse.ml.forecast.outlook import Outlook, conformal


def naive(values: np.ndarray, horizon: int, season: int) -> Outlook:
    """Expect the last value of every day ahead."""
    return _repeated(values, horizon, season, 1)


def seasonal_naive(values: np.ndarray, horizon: int, season: int) -> Outlook:
    """Expect of every day ahead the value that the same day of the last season had."""
    return _repeated(values, horizon, season, season)


def _repeated(values: np.ndarray, horizon: int, season: int, period: int) -> Outlook:
    ahead = np.arange(horizon)
    back = period - ahead % period  # days before the first day ahead

    origins = np.arange(season, len(values))
    days = origins[:, None] + ahead
    known = np.where(days < len(values), values[np.minimum(days, len(values) - 1)], np.nan)
    return conformal(values[len(values) - back], known - values[origins[:, None] - back])

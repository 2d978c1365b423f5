"""Daily forecast: the days ahead of each series as a table, which says by itself whether it beats the naive forecasts."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from boathouse.ml.forecast.backtest import WEEK, WINDOWS, Backtest, backtest, outlook
from boathouse.ml.forecast.daily_series import DailySeries
from boathouse.ml.forecast.outlook import LEVELS, SIDES, sides

SCHEMA = pa.schema(
    [
        ("series", pa.string()),
        ("day", pa.date32()),
        ("expected", pa.float64()),
        *((side, pa.float64()) for side in SIDES),
        ("known_until", pa.date32()),
        ("method", pa.string()),
        ("windows", pa.int32()),
        ("mase", pa.float64()),
        ("naive_mase", pa.float64()),
        ("seasonal_naive_mase", pa.float64()),
        ("beats_naive", pa.bool_()),
        *((f"coverage_{level}", pa.float64()) for level in LEVELS),
    ]
)


def daily_forecast(
    series: Iterable[DailySeries],
    *,
    method: str = "smoothing",
    horizon: int = 28,
    windows: int = WINDOWS,
    season: int = WEEK,
) -> pa.Table:
    """Forecast the next days of each series; every row carries what the backtest of its series found."""
    tables = []
    for each in series:
        tried = backtest(each, method, horizon=horizon, windows=windows, season=season)
        tables.append(_rows(each, method, horizon, season, tried))
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def _rows(series: DailySeries, method: str, horizon: int, season: int, tried: Backtest) -> pa.Table:
    said = outlook(series.values, method, horizon, season)
    same = {
        "series": series.name,
        "known_until": series.last,
        "method": method,
        "windows": tried.windows,
        "mase": tried.mase,
        "naive_mase": tried.naive_mase,
        "seasonal_naive_mase": tried.seasonal_naive_mase,
        "beats_naive": tried.beats_naive,
        **{f"coverage_{level}": tried.coverage[level] for level in LEVELS},
    }
    columns = {"day": series.following(horizon), "expected": said.expected, **sides(said.bounds)}
    columns |= {name: [value] * horizon for name, value in same.items()}
    return pa.table([pa.array(columns[field.name], field.type) for field in SCHEMA], schema=SCHEMA)

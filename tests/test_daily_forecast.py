"""Forecasts of daily series: known answers, what is undefined and said so, and bounds that hold as often as they say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.errors import UnknownName, UserError
from boathouse.ml.forecast.backtest import backtest, least_days, outlook
from boathouse.ml.forecast.daily_forecast import daily_forecast
from boathouse.ml.forecast.daily_series import DailySeries, daily_series
from boathouse.ml.forecast.outlook import conformal

FIRST = date(2024, 1, 1)  # a Monday
WEEK = np.array([10.0, 12, 11, 13, 20, 30, 25])


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=number) for number in range(count)]


def series(values: Any, name: str = "sales") -> DailySeries:
    return DailySeries(name, FIRST, np.asarray(values, dtype=float))


def noisy(seed: int, count: int = 200, spread: float = 2.0) -> DailySeries:
    random = np.random.default_rng(seed)
    return series(np.resize(WEEK, count) + random.normal(0, spread, count))


def test_rows_of_a_day_are_summed_and_days_without_rows_are_zero() -> None:
    data = {
        "day": [date(2024, 1, 3), date(2024, 1, 1), date(2024, 1, 1), None, date(2024, 1, 4)],
        "sold": [5, 1, 2, 99, None],  # without a day, or without a value: nothing
    }
    found = daily_series(data, "day", "sold", name="sales")
    assert (found.first, found.last, list(found.values)) == (FIRST, date(2024, 1, 3), [3, 0, 5])
    assert list(daily_series(data, "day").values) == [2, 0, 1, 1]  # rows, where no column is named


def test_a_series_can_go_on_after_its_last_row_and_end_before_it() -> None:
    data = {"day": days(3), "sold": [1, 2, 3]}
    assert list(daily_series(data, "day", "sold", until=date(2024, 1, 5)).values) == [1, 2, 3, 0, 0]
    assert list(daily_series(data, "day", "sold", until=date(2024, 1, 2)).values) == [1, 2]


def test_a_gap_is_zero_or_the_week_before_or_an_error() -> None:
    data = {"day": [*days(8), FIRST + timedelta(days=9)], "sold": [1, 2, 3, 4, 5, 6, 7, 8, 10]}
    assert list(daily_series(data, "day", "sold").values)[8] == 0
    assert list(daily_series(data, "day", "sold", gaps="carry").values)[8] == 2
    with pytest.raises(UserError, match="has no rows on 2024-01-09"):
        daily_series(data, "day", "sold", gaps="fail")


def test_a_timestamp_belongs_to_its_day_in_utc() -> None:
    late = datetime(2024, 1, 1, 23, 59, tzinfo=UTC)
    for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
        column = pa.array([late, late + timedelta(minutes=2)], pa.timestamp("us", tz="UTC")).cast(
            pa.timestamp("us", tz=zone)
        )
        assert list(daily_series(pa.table({"at": column}), "at").values) == [1, 1]


@pytest.mark.parametrize(
    ("data", "value", "said"),
    [
        ({"day": [None, None], "n": [1, 2]}, "n", "no day with a value"),
        ({"day": days(2), "n": [None, None]}, "n", "no day with a value"),
        ({"day": days(2), "n": [1.0, float("nan")]}, "n", "infinite or none"),
        ({"day": days(2), "n": [1.0, float("inf")]}, "n", "infinite or none"),
        ({"day": days(2), "n": ["a", "b"]}, "n", "holds no numbers"),
        ({"day": [True, False], "n": [1, 2]}, "n", "holds no days"),
        ({"day": ["monday"], "n": [1]}, "n", "holds no days"),
    ],
)
def test_what_is_no_series_is_said(data: dict[str, list[Any]], value: str, said: str) -> None:
    types = {"day": pa.date32(), "n": pa.int64()}
    table = pa.table(
        {name: pa.array(column, None if column[0] is not None else types[name]) for name, column in data.items()}
    )
    with pytest.raises(UserError, match=said):
        daily_series(table, "day", value)


def test_a_column_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `day`"):
        daily_series({"day": days(3)}, "dya")
    with pytest.raises(UnknownName, match="smoothing"):
        outlook(WEEK, "smothing", 1)


def test_a_week_that_repeats_is_forecast_exactly() -> None:
    values = np.resize(WEEK, 140)
    for method in ("smoothing", "seasonal_naive"):
        said = outlook(values, method, 10)
        assert said.expected == pytest.approx(np.resize(WEEK, 150)[140:], abs=1e-6)
        for low, high in said.bounds.values():
            assert high - low == pytest.approx(np.zeros(10), abs=1e-6)


def test_naive_is_the_last_day_and_seasonal_naive_the_last_week() -> None:
    values = np.arange(30.0)
    assert list(outlook(values, "naive", 3).expected) == [29, 29, 29]
    assert list(outlook(values, "seasonal_naive", 9).expected) == [23, 24, 25, 26, 27, 28, 29, 23, 24]


def test_smoothing_beats_both_naive_forecasts_on_weeks_with_noise_and_naive_ones_do_not_beat_themselves() -> None:
    tried = [backtest(noisy(seed), "smoothing", horizon=14) for seed in range(5)]
    assert all(each.beats_naive for each in tried)
    # The mean of a weekday errs by sd sqrt(2/pi), the last one by sqrt(2) times that: .71 of the seasonal naive error.
    assert np.mean([each.mase or 0 for each in tried]) == pytest.approx(0.72, abs=0.06)
    assert not backtest(noisy(1), "naive", horizon=14).beats_naive
    assert not backtest(noisy(1), "seasonal_naive", horizon=14).beats_naive


def test_a_random_walk_is_not_beaten_and_the_table_says_so() -> None:
    walk = 100 + np.cumsum(np.random.default_rng(3).normal(0, 1, 300))
    table = daily_forecast([series(walk, "walk"), noisy(2)], horizon=14)
    said = {row["series"]: row for row in table.to_pylist()}
    assert said["sales"]["beats_naive"] is True
    assert said["walk"]["beats_naive"] is (
        said["walk"]["mase"] < min(said["walk"]["naive_mase"], said["walk"]["seasonal_naive_mase"])
    )
    assert daily_forecast([noisy(2)], method="naive", horizon=14)["beats_naive"].to_pylist() == [False] * 14


def test_bounds_hold_as_often_as_they_say() -> None:
    held = {80: [], 95: []}  # type: dict[int, list[float]]
    for seed in range(30):
        for level, share in backtest(noisy(seed), "smoothing", horizon=14).coverage.items():
            held[level].append(share)
    assert 0.78 <= np.mean(held[80]) <= 0.92  # on the safe side: neighbouring errors do not count one by one
    assert 0.94 <= np.mean(held[95]) <= 1.0


def test_what_was_never_negative_is_not_forecast_so() -> None:
    counts = series(np.random.default_rng(0).poisson(0.3, 120))
    table = daily_forecast([counts], horizon=14)
    assert min(table["lower_95"].to_pylist()) == 0
    below = daily_forecast([series(np.random.default_rng(0).normal(0, 5, 120))], horizon=14)
    assert min(below["lower_95"].to_pylist()) < 0


def test_zeros_only_are_forecast_as_zeros_and_beat_nothing() -> None:
    row = daily_forecast([series(np.zeros(100))], horizon=14).to_pylist()[0]
    assert (row["expected"], row["lower_95"], row["upper_95"]) == (0, 0, 0)
    assert (row["mase"], row["naive_mase"], row["beats_naive"]) == (None, None, False)


def test_three_points_are_too_few_and_the_shortest_series_is_enough() -> None:
    with pytest.raises(UserError, match=r"has 3 days; 71 are needed to forecast 28 and to try it; wait for more days"):
        daily_forecast([series([1, 2, 3])])
    with pytest.raises(UserError, match="shorten the horizon"):
        daily_forecast([series(np.ones(60))])
    for horizon in (1, 7, 28):
        shortest = daily_forecast([series(np.resize(WEEK, least_days(horizon)))], horizon=horizon)
        assert shortest.num_rows == horizon
        assert not any(value is None or np.isnan(value) for value in shortest["upper_95"].to_pylist())
    with pytest.raises(UserError, match="1 or more"):
        daily_forecast([series(np.ones(100))], horizon=0)


def test_no_series_is_no_rows_and_the_same_series_is_the_same_table() -> None:
    assert daily_forecast([]).num_rows == 0
    assert daily_forecast([]).schema == daily_forecast([noisy(1)], horizon=7).schema
    assert daily_forecast([noisy(1)], horizon=7).equals(daily_forecast([noisy(1)], horizon=7))


def test_a_forecast_knows_nothing_of_what_it_is_tried_on() -> None:
    """A last window that is all wrong changes what the backtest finds, and not what was expected of it."""
    values = noisy(5).values
    spoiled = np.concatenate([values[:-28], values[-28:] * 100])
    before = outlook(values[:-28], "smoothing", 28)
    assert list(before.expected) == list(outlook(spoiled[:-28], "smoothing", 28).expected)
    assert backtest(series(spoiled), "smoothing").error > backtest(series(values), "smoothing").error * 10


def test_conformal_bounds_are_the_quantile_that_the_errors_promise() -> None:
    errors = np.arange(-50.0, 50)[:, None]  # 100 errors of one day ahead count as 200 halves of a horizon
    said = conformal(np.zeros(1), errors)
    assert said.bounds[80][1][0] == pytest.approx(np.quantile(np.abs(errors), 0.8 * (1 + 1 / 200)))
    assert -said.bounds[80][0][0] == said.bounds[80][1][0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 1_000) | st.sampled_from([0, 0, 10**9]), min_size=least_days(5), max_size=90),
    st.sampled_from(["smoothing", "naive", "seasonal_naive"]),
)
def test_any_counts_are_forecast_by_numbers_in_order(counts: list[int], method: str) -> None:
    for row in daily_forecast([series(counts)], method=method, horizon=5).to_pylist():
        assert 0 <= row["lower_95"] <= row["lower_80"] <= row["expected"] <= row["upper_80"] <= row["upper_95"]
        assert row["beats_naive"] in (True, False)
        assert 0 <= row["coverage_80"] <= row["coverage_95"] <= 1
        assert row["mase"] is None or row["mase"] >= 0


@pytest.mark.models
def test_auto_ets_of_statsforecast_is_a_method_like_the_others() -> None:
    table = daily_forecast([noisy(1)], method="auto_ets", horizon=14)
    row = table.to_pylist()[0]
    assert row["beats_naive"] is True
    assert row["lower_95"] < row["lower_80"] < row["expected"] < row["upper_80"] < row["upper_95"]


def test_auto_ets_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "statsforecast", None)
    with pytest.raises(UserError, match=r"pip install 'boathouse\[forecast\]'"):
        daily_forecast([noisy(1)], method="auto_ets", horizon=14)

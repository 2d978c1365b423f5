"""Windows of events end at the reference date: nothing of later is in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import mean
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.errors import UnknownName, UserError
from boathouse.ml.features.temporal import TemporalFeatureDefinition, compute_features
from boathouse.ml.features.time_window import TimeWindowAggregator

DAY = datetime(2024, 1, 1, tzinfo=UTC)
EVENTS: dict[str, list[Any]] = {
    "customer_id": [1, 1, 1, 2, None],
    "at": [DAY, DAY + timedelta(days=5), DAY + timedelta(days=20), DAY + timedelta(days=20), DAY],
    "amount": [1.0, 2.0, 100.0, 50.0, 7.0],
    "plan": ["a", "b", "c", "a", "z"],
}
AGGREGATOR = TimeWindowAggregator("customer_id", "at")


def test_nothing_of_after_the_reference_date_is_there() -> None:
    found = AGGREGATOR.aggregate(EVENTS, ["7d", "all_time"], ["amount"], ["sum"], DAY + timedelta(days=6))
    assert found == {
        "customer_id": [1],  # customer 2 had no event yet
        "feature_timestamp": [DAY + timedelta(days=6)],
        "event_count_7d": [2], "amount_sum_7d": [3.0], "event_count_all_time": [2], "amount_sum_all_time": [3.0],
    }  # fmt: skip


def test_a_window_begins_after_its_first_instant_and_has_its_last() -> None:
    found = AGGREGATOR.aggregate(EVENTS, ["5d", "120h", "6d"], reference_date=DAY + timedelta(days=5))
    assert [found[f"event_count_{window}"] for window in ("5d", "120h", "6d")] == [[1], [1], [2]]


def test_each_function_and_what_it_says_of_nothing() -> None:
    functions = ["sum", "mean", "min", "max", "count", "count_distinct", "std", "median", "first", "last"]
    found = AGGREGATOR.aggregate(
        EVENTS, ["1d"], ["amount"], functions, [date(2024, 1, 6), date(2024, 1, 4)], include_event_count=False
    )
    told = {name.removeprefix("amount_").removesuffix("_1d"): values for name, values in found.items()}
    assert told.pop("feature_timestamp") == [DAY + timedelta(days=3), DAY + timedelta(days=5)]
    assert told == {
        "customer_id": [1, 1], "sum": [0, 2.0], "mean": [None, 2.0], "min": [None, 2.0], "max": [None, 2.0], "count": [0, 1],
        "count_distinct": [0, 1], "std": [None, None], "median": [None, 2.0], "first": [None, 2.0], "last": [None, 2.0],
    }  # fmt: skip


def test_recency_and_tenure_and_the_newest_event_as_the_date() -> None:
    options = {"include_event_count": False, "include_recency": True, "include_tenure": True}
    found = AGGREGATOR.aggregate(pd.DataFrame(EVENTS), [], **options)  # type: ignore[arg-type]
    assert list(found.columns) == [
        "customer_id",
        "feature_timestamp",
        "days_since_last_event",
        "days_since_first_event",
    ]
    assert found["days_since_last_event"].tolist() == [0.0, 0.0]
    assert found["days_since_first_event"].tolist() == [20.0, 0.0]


event = st.fixed_dictionaries({
    "id": st.sampled_from([1, 2, None]), "t": st.one_of(st.none(), st.integers(0, 6)), "x": st.one_of(st.none(), st.integers(-3, 3)),
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(events=st.lists(event, min_size=1, max_size=8), at=st.integers(0, 6), days=st.integers(1, 4))
def test_it_gives_what_one_counts_by_hand(events: list[dict[str, Any]], at: int, days: int) -> None:
    times = [None if each["t"] is None else DAY + timedelta(days=each["t"]) for each in events]
    frame = pl.DataFrame(
        {"id": [each["id"] for each in events], "t": times, "x": [each["x"] for each in events]},
        schema={"id": pl.Int64, "t": pl.Datetime("us", "UTC"), "x": pl.Int64},
    )
    functions = ["sum", "mean", "min", "count", "count_distinct"]
    end = DAY + timedelta(days=at)
    found = TimeWindowAggregator("id", "t").aggregate(frame, [f"{days}d"], ["x"], functions, end)
    assert isinstance(found, pl.DataFrame)
    seen = [each for each in events if each["id"] and each["t"] is not None and each["t"] <= at]
    wanted = []
    for key in sorted({each["id"] for each in seen}):
        inside = [each["x"] for each in seen if each["id"] == key and each["t"] > at - days]
        values = [value for value in inside if value is not None]
        wanted.append({
            "id": key, "feature_timestamp": end, f"event_count_{days}d": len(inside), f"x_sum_{days}d": sum(values),
            f"x_mean_{days}d": mean(values) if values else None, f"x_min_{days}d": min(values, default=None),
            f"x_count_{days}d": len(values), f"x_count_distinct_{days}d": len({*values}),
        })  # fmt: skip
    assert found.to_dicts() == wanted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"windows": ["7 days"]}, "`7 days` is no window; write 24h, 7d, 4w, 6mo, 1y or all_time"),
        ({"windows": []}, "nothing is asked for"),
        ({"windows": ["7d"], "value_columns": ["amont"]}, "there is no column `amont`; did you mean `amount`?"),
        ({"windows": ["7d"], "value_columns": ["amount"], "agg_funcs": ["avg"]}, "there is no aggregation `avg`"),
        ({"windows": ["7d"], "value_columns": ["plan"], "agg_funcs": ["sum"]}, "only numbers have a sum"),
        ({"windows": ["7d"], "include_recencies": True}, "did you mean `include_recency`"),
    ],
)
def test_what_cannot_be_asked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        AGGREGATOR.aggregate(EVENTS, **arguments)
    assert message in str(error.value)


def feature(name: str, source: str | tuple[str, ...] = (), **said: Any) -> TemporalFeatureDefinition:
    sources = (source,) if isinstance(source, str) else source
    return TemporalFeatureDefinition(name, "", "customer_id", sources, "at", **said)


def test_definitions_are_computed_in_their_order() -> None:
    found = compute_features(
        [
            feature("customer_plan_latest", "plan", data_type="string"),
            feature("customer_spend_7d", "amount", computation_type="window", aggregation="sum", window_days=7),
            feature("customer_spend_all_time", "amount", computation_type="aggregation", aggregation="sum"),
            feature("customer_share_7d", ("customer_spend_7d", "customer_spend_all_time"), computation_type="ratio"),
            feature("customer_square_7d", ("customer_spend_7d", "customer_spend_7d"), computation_type="interaction"),
            feature("customer_is_big_7d", computation_type="derived", derivation_formula="customer_square_7d > 9", data_type="boolean"),
            feature("customer_low_1d", "amount", computation_type="window", aggregation="min", window_days=1, fill_value=-1),
        ],
        EVENTS,
        [DAY + timedelta(days=6), DAY + timedelta(days=19)],
    )  # fmt: skip
    assert {name: values for name, values in found.items() if name.startswith("customer")} == {
        "customer_id": [1, 1],
        "customer_plan_latest": ["b", "b"],
        "customer_spend_7d": [3.0, 0.0],
        "customer_spend_all_time": [3.0, 3.0],
        "customer_share_7d": [1.0, 0.0],
        "customer_square_7d": [9.0, 0.0],
        "customer_is_big_7d": [False, False],
        "customer_low_1d": [-1.0, -1.0],
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"computation_type": "window", "aggregation": "sum"}, "says no window_days"),
        ({"computation_type": "window", "window_days": 3}, "says no aggregation"),
        ({"computation_type": "derived"}, "says no derivation_formula"),
        ({"computation_type": "ratio"}, "says no two source_columns"),
        ({"computation_type": "sliding"}, "there is no computation_type `sliding`"),
        ({"leakage_risk": "none"}, "there is no leakage_risk `none`"),
        ({"data_type": "number"}, "`number` is no type"),
    ],
)
def test_a_definition_that_cannot_be(said: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        feature("customer_spend_7d", "amount", **said)
    assert message in str(error.value)


def test_a_derived_feature_knows_only_those_before_it() -> None:
    late = feature("b_x_1d", computation_type="derived", derivation_formula="c_x_1d + 1")
    with pytest.raises(UnknownName, match="c_x_1d"):
        compute_features([feature("a_x_1d", "amount"), late], EVENTS)

"""The point-in-time join gives what was known of a key at a time, and nothing of later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.ml.features.feature_reference import Wanted
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.point_in_time import historical_features
from boathouse.ml.features.seen_rows import ViewRows
from feature_oracle import as_of

ENGINE = DuckDB(threads=1)
DAY = datetime(2024, 1, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", "UTC")

# Few values, so that keys meet and times tie; a second around a whole day, so that a limit is met exactly.
keys = st.sampled_from([1, 2, None])
plans = st.sampled_from(["a", "b", None])
times = st.one_of(
    st.none(),
    st.builds(
        lambda days, seconds: DAY + timedelta(days=days, seconds=seconds),
        st.integers(0, 3),
        st.sampled_from([-1, 0, 1]),
    ),
)
values = st.one_of(st.none(), st.integers(0, 2))
row = st.fixed_dictionaries({"id": keys, "plan": plans, "time": times, "created": times, "x": values, "y": values})
entity = st.fixed_dictionaries({"id": keys, "plan": plans, "at": times})
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("plan", pa.string()),
        ("time", INSTANT),
        ("created", INSTANT),
        ("x", pa.int64()),
        ("y", pa.int64()),
    ]
)
ENTITY = pa.schema([("id", pa.int64()), ("plan", pa.string()), ("at", INSTANT)])


def rows_of(config: FeatureViewConfig, rows: pa.Table, *, is_unique: bool = False, row_count: int = 0) -> ViewRows:
    ENGINE.register("given", config.name, rows)
    return ViewRows(config, f'SELECT * FROM given."{config.name}"', is_unique, row_count)


def joined(entities: pa.Table, views: list[ViewRows], features: list[str], timestamp: str = "at") -> pa.Table:
    parts = [name.split(":") for name in features]
    asked = [Wanted(view, feature, f"{view}_{feature}") for view, feature in parts]
    return historical_features(ENGINE, entities, timestamp, {view.config.name: view for view in views}, asked)


configs = st.builds(
    FeatureViewConfig,
    st.just("v"),
    st.sampled_from([("id",), ("id", "plan")]),
    st.just(("x", "y")),
    st.just("time"),
    st.sampled_from([None, "created"]),
    st.sampled_from([None, 1, 1.5]),
)
row_counts = st.sampled_from([0, 1_000])  # of a great view only those keys are read that are asked for


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(row, max_size=8), entities=st.lists(entity, max_size=4), config=configs, row_count=row_counts)
def test_it_gives_what_one_finds_by_hand(
    rows: list[dict[str, Any]], entities: list[dict[str, Any]], config: FeatureViewConfig, row_count: int
) -> None:
    other = FeatureViewConfig("w", ("id",), ("plan",), "time")
    table, given_rows = pa.Table.from_pylist(rows, SCHEMA), pa.Table.from_pylist(entities, ENTITY)
    views = [rows_of(config, table, row_count=row_count), rows_of(other, table)]
    found = joined(given_rows, views, ["v:y", "w:plan", "v:x"])
    assert found.column_names == ["v_y", "w_plan", "v_x"]
    wanted = [(as_of(config, rows, each, each["at"]), as_of(other, rows, each, each["at"])) for each in entities]
    assert found.to_pylist() == [{"v_y": one["y"], "w_plan": two["plan"], "v_x": one["x"]} for one, two in wanted]


def spend(**columns: list[Any]) -> ViewRows:
    """Give a view of spend by customer."""
    config = FeatureViewConfig("spend", "id", ("x",), "time", "created" if "created" in columns else None)
    return rows_of(config, pa.table(columns))


def at(*times: Any, kind: Any = None) -> pa.Table:
    return pa.table({"id": [1] * len(times), "at": pa.array(times, kind)})


def test_a_value_of_the_very_instant_is_seen_and_one_of_later_is_not() -> None:
    view = spend(id=[1, 1], time=[DAY, DAY + timedelta(days=1)], x=[10, 20])
    before = timedelta(microseconds=1)
    entities = at(DAY - before, DAY, DAY + timedelta(days=1) - before, DAY + timedelta(days=9))
    assert joined(entities, [view], ["spend:x"])["spend_x"].to_pylist() == [None, 10, 10, 20]


def test_a_late_row_is_not_seen_before_it_is_created_and_never_replaces_a_newer_one() -> None:
    days = [DAY + timedelta(days=n) for n in range(5)]
    view = spend(id=[1, 1, 1], time=[days[0], days[1], days[0]], created=[days[0], days[3], days[4]], x=[10, 20, 30])
    assert joined(at(*days), [view], ["spend:x"])["spend_x"].to_pylist() == [10, 10, 10, 20, 20]


def test_a_correction_replaces_what_it_corrects_from_when_it_is_created() -> None:
    view = spend(id=[1, 1], time=[DAY, DAY], created=[DAY, DAY + timedelta(days=2)], x=[10, 11])
    assert joined(at(DAY, DAY + timedelta(days=3)), [view], ["spend:x"])["spend_x"].to_pylist() == [10, 11]


def test_a_row_that_was_never_said_to_be_created_is_not_seen() -> None:
    view = spend(id=[1], time=[DAY], created=pa.array([None], INSTANT), x=[10])
    assert joined(at(DAY), [view], ["spend:x"])["spend_x"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("given_times", "kind"),
    [
        ([datetime(2024, 1, 1), datetime(2023, 12, 31, 23)], pa.timestamp("ns")),  # noqa: DTZ001 - without a zone, on purpose
        ([date(2024, 1, 1), date(2023, 12, 31)], pa.date32()),
        ([DAY, DAY - timedelta(hours=1)], pa.timestamp("ms", "America/New_York")),
        ([DAY, DAY - timedelta(hours=1)], pa.timestamp("ns", "UTC")),  # as pandas 2 has them
        ([DAY, None], pa.timestamp("s")),
    ],
)
@pytest.mark.parametrize(
    "stored", [pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.timestamp("us", "Asia/Tokyo"), pa.date32()]
)
def test_times_of_all_kinds_are_instants(given_times: list[Any], kind: Any, stored: Any) -> None:
    view = spend(id=[1], time=pa.array([DAY]).cast(stored), x=[10])
    assert joined(at(*given_times, kind=kind), [view], ["spend:x"])["spend_x"].to_pylist() == [10, None]


@pytest.mark.parametrize(
    ("given_keys", "found"),
    [
        (pa.array([1, 2], pa.int8()), [10, None]),
        (pa.array([1.0, None]), [10, None]),  # as pandas writes whole numbers where one is missing
        (pa.array([1.5, float("nan")]), [None, None]),
        (pa.array([None, None]), [None, None]),
    ],
)
def test_whole_numbers_match_whatever_holds_them(given_keys: Any, found: list[Any]) -> None:
    view = spend(id=[1], time=[DAY], x=[10])
    entities = pa.table({"id": given_keys, "at": [DAY, DAY]})
    assert joined(entities, [view], ["spend:x"])["spend_x"].to_pylist() == found


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        (
            {"id": ["1"], "at": [DAY]},
            "the key `id` is string in the rows that were given, and bigint in spend; cast one",
        ),
        ({"id": [1], "at": ["2024-01-01"]}, "the time `at` of the rows that were given is string; give timestamps"),
        ({"id": [1], "when": [DAY]}, "there is no column `at` in the rows that were given"),
        ({"idd": [1], "at": [DAY]}, "there is no column `id` in the rows that were given; did you mean `idd`"),
    ],
)
def test_what_cannot_be_matched_is_an_error_that_says_why(entities: dict[str, list[Any]], message: str) -> None:
    view = spend(id=[1], time=[DAY], x=[10])
    with pytest.raises(UserError) as error:
        joined(pa.table(entities), [view], ["spend:x"])
    assert message in str(error.value)


def test_names_of_a_users_table_are_names_and_nothing_else() -> None:
    odd = 'x"); DROP TABLE "given"."spend"; --'.replace(";", "").replace("(", "").replace(")", "").replace(" ", "_")
    config = FeatureViewConfig("odd", ('k"', "row"), (odd, "time"), "at", "seen_at")
    table = pa.table({'k"': [1], "row": [2], "at": [DAY], "seen_at": [DAY], odd: [3], "time": [4]})
    entities = pa.table({'k"': [1, 1], "row": [2, 3], "key_0": [DAY, DAY]})
    found = joined(entities, [rows_of(config, table)], [f"odd:{odd}", "odd:time"], "key_0")
    assert found.to_pylist() == [{f"odd_{odd}": 3, "odd_time": 4}, {f"odd_{odd}": None, "odd_time": None}]


def test_rows_keep_their_order_and_their_number_also_of_many() -> None:
    count = 50_000
    view = spend(id=list(range(count)), time=[DAY] * count, x=list(range(count)))
    order = [(number * 7919) % count for number in range(count)]
    entities = pa.table({"id": order, "at": [DAY] * count})
    assert joined(entities, [view], ["spend:x"])["spend_x"].to_pylist() == order


def test_a_view_whose_rows_are_known_to_be_unique_gives_the_same() -> None:
    config = FeatureViewConfig("spend", "id", ("x",), "time", ttl_days=1)
    table = pa.table({"id": [1, 1], "time": [DAY, DAY + timedelta(days=1)], "x": [10, 20]})
    entities = at(DAY, DAY + timedelta(hours=30), DAY + timedelta(days=3))
    found = [joined(entities, [rows_of(config, table, is_unique=known)], ["spend:x"]) for known in (True, False)]
    assert found[0].to_pylist() == found[1].to_pylist() == [{"spend_x": 10}, {"spend_x": 20}, {"spend_x": None}]

"""A feature store of a folder: register, train, serve; and the gold tables of a project as feature views."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse.errors import EngineError, FileError, UserError
from boathouse.file_lock import held
from boathouse.ml.features.feature_name import FeatureNameWarning
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.local_store import LocalFeatureStore
from boathouse.ml.features.store import get_feature_store
from feature_oracle import as_of
from projects import project

DAY = datetime(2024, 1, 1, tzinfo=UTC)
SPEND = FeatureViewConfig("customer_features", "customer_id", ["customer_spend_30d", "customer_visits_7d"])
ROWS: dict[str, list[Any]] = {
    "customer_id": [1, 1, 2],
    "feature_timestamp": [DAY, DAY + timedelta(days=9), DAY + timedelta(days=4)],
    "customer_spend_30d": [10.0, 20.0, 30.0],
    "customer_visits_7d": [1, 2, 3],
}
REFERENCES = ["customer_features:customer_spend_30d", "customer_features:customer_visits_7d"]


@pytest.fixture
def store(tmp_path: Path) -> LocalFeatureStore:
    found = get_feature_store(repo_path=tmp_path / "feature_repo")
    assert isinstance(found, LocalFeatureStore)
    return found


@pytest.fixture
def spend(store: LocalFeatureStore) -> LocalFeatureStore:
    store.register_feature_view(SPEND, ROWS)
    return store


def test_a_view_is_a_delta_table_and_a_file_that_says_what_it_is(store: LocalFeatureStore) -> None:
    path = store.register_feature_view(SPEND, ROWS)
    told = LocalFeatureStore(store.root).get_table_metadata("customer_features")  # as another process finds it
    assert told == {
        "config": SPEND,
        "path": path,
        "version": 0,
        "rows": 3,
        "columns": {
            "customer_id": "bigint", "feature_timestamp": "timestamp", "customer_spend_30d": "double", "customer_visits_7d": "bigint",
        },
        "is_online": False,
    }  # fmt: skip
    assert store.list_tables() == ["customer_features"]


def test_features_stand_beside_the_rows_in_the_kind_of_frame_that_is_given(spend: LocalFeatureStore) -> None:
    labels = pd.DataFrame(
        {
            "event_timestamp": pd.to_datetime(["2024-01-05", "2023-12-31", "2024-02-01"]).astype("datetime64[ns]"),
            "customer_id": [2, 1, 3],
            "churned": ["yes", "no", "no"],
        },
        index=[7, 3, 7],
    ).astype({"customer_id": "int32", "churned": "category"})
    found = spend.get_historical_features(labels, REFERENCES)
    pd.testing.assert_frame_equal(found[labels.columns.tolist()], labels)  # as they were: order, index, types
    assert found["customer_spend_30d"].fillna(-1).tolist() == [30.0, -1, -1]
    polars = spend.get_historical_features(pl.DataFrame(labels), REFERENCES)
    assert polars.columns == [*labels.columns, "customer_spend_30d", "customer_visits_7d"]
    assert polars["customer_visits_7d"].to_list() == [3, None, None]
    arrow = spend.get_historical_features(pa.Table.from_pandas(labels, preserve_index=False), REFERENCES)
    assert arrow["customer_visits_7d"].to_pylist() == [3, None, None]
    reader = pa.Table.from_pandas(labels, preserve_index=False).to_reader()  # which can be read once
    assert spend.get_historical_features(reader, REFERENCES)["customer_visits_7d"].to_pylist() == [3, None, None]
    given_dict = spend.get_historical_features({"customer_id": [1], "event_timestamp": [date(2024, 1, 1)]}, REFERENCES)
    assert given_dict["customer_spend_30d"] == [10.0]


def test_two_views_with_the_same_feature_name_want_full_names(spend: LocalFeatureStore) -> None:
    spend.register_feature_view(FeatureViewConfig("other", "customer_id", ["customer_spend_30d"]), ROWS)
    both = ["customer_features:customer_spend_30d", "other:customer_spend_30d"]
    rows = {"customer_id": [1], "event_timestamp": [DAY]}
    with pytest.raises(UserError, match="also a column of customer_features; full_feature_names=True calls it other__"):
        spend.get_historical_features(rows, both)
    found = spend.get_historical_features(rows, both, full_feature_names=True)
    assert [*found] == ["customer_id", "event_timestamp", *(name.replace(":", "__") for name in both)]
    taken = {**rows, "customer_spend_30d": [0]}
    with pytest.raises(UserError, match="of the rows that were given"):
        spend.get_historical_features(taken, both[:1])


@pytest.mark.parametrize(
    ("references", "message"),
    [
        (["customer_feature:x"], "there is no feature view `customer_feature`; did you mean `customer_features`?"),
        (["customer_features:spend"], "there is no feature `spend` in `customer_features`; "),
        (["customer_spend_30d"], "`customer_spend_30d` names no feature; write view:feature"),
        ([], "no feature is asked for"),
    ],
)
def test_a_reference_that_names_nothing(spend: LocalFeatureStore, references: list[str], message: str) -> None:
    with pytest.raises(UserError) as error:
        spend.get_historical_features({"customer_id": [1], "event_timestamp": [DAY]}, references)
    assert message in str(error.value)


def test_rows_are_merged_by_key_and_time_and_each_version_can_be_read(spend: LocalFeatureStore) -> None:
    correction = {"customer_id": [1, 3], "feature_timestamp": [DAY, DAY], "customer_spend_30d": [11, 5]}
    spend.write_table("customer_features", correction)
    rows = spend.read_table("customer_features").to_pylist()
    values = [(row["customer_id"], row["customer_spend_30d"], row["customer_visits_7d"]) for row in rows]
    assert values == [(1, 11.0, 1), (1, 20.0, 2), (2, 30.0, 3), (3, 5.0, None)]  # what was not said, stays
    assert spend.read_table("customer_features", version=0).num_rows == 3
    spend.write_table("customer_features", ROWS, mode="overwrite")
    assert spend.read_table("customer_features").num_rows == 3
    with pytest.raises(UserError, match="did you mean `overwrite`"):
        spend.write_table("customer_features", ROWS, mode="overwrit")  # type: ignore[arg-type]


def test_registering_again_adds_features_and_never_changes_the_key(spend: LocalFeatureStore) -> None:
    more = FeatureViewConfig("customer_features", "customer_id", ["customer_age_latest"])
    spend.register_feature_view(more, {"customer_id": [1], "feature_timestamp": [DAY], "customer_age_latest": [40]})
    first = spend.read_table("customer_features").to_pylist()[0]
    assert (first["customer_spend_30d"], first["customer_age_latest"]) == (10.0, 40)
    other = FeatureViewConfig("customer_features", ("customer_id", "plan"), ["customer_spend_30d"])
    with pytest.raises(
        UserError, match="its key is customer_id, plan, feature_timestamp, and was customer_id, feature_t"
    ):
        spend.register_feature_view(other, ROWS)


def test_rows_of_one_key_and_time_are_one_whatever_their_order(store: LocalFeatureStore) -> None:
    config = FeatureViewConfig("v", "id", ["v_x_1d", "v_y_1d"])
    rows = [
        {"id": 1, "feature_timestamp": DAY, "v_x_1d": x, "v_y_1d": y} for x, y in [(None, 9), (2, None), (2, 1), (1, 5)]
    ]
    for given_rows in (rows, rows[::-1]):
        store.register_feature_view(config, pa.Table.from_pylist(given_rows))
        kept = {name: store.read_table("v").to_pylist()[0][name] for name in config.feature_names}
        assert kept == {"v_x_1d": 2, "v_y_1d": 1}
        store.delete_table("v")
    assert store.list_tables() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customer_id": [1, None, 2]}, "1 row for customer_features has no customer_id; a feature is of a key"),
        ({"feature_timestamp": [None, None, DAY]}, "2 rows for customer_features have no feature_timestamp"),
        ({"feature_timestamp": ["a", "b", "c"]}, "the time `feature_timestamp` for customer_features is string"),
        ({"customer_spend_30d": ["a", "b", "c"]}, "`customer_spend_30d` is string, and customer_features has double"),
        ({"customer_visits_7d": [1.5, 2.0, None]}, "`customer_visits_7d` is not whole everywhere"),
        ({"customer_spend_30d": None, "customer_visits_7d": None}, "have none of its features"),
        ({"feature_timestamp": None}, "there is no column `feature_timestamp` in the rows for customer_features"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(
    spend: LocalFeatureStore, change: dict[str, Any], message: str
) -> None:
    rows = {name: values for name, values in (ROWS | change).items() if values is not None}
    with pytest.raises(UserError) as error:
        spend.write_table("customer_features", rows)
    assert message in str(error.value)
    assert spend.get_table_metadata("customer_features")["version"] == 0


def test_what_is_later_than_the_cutoff_stays_out_and_a_hash_says_which_rows_it_has_to_be(
    store: LocalFeatureStore,
) -> None:
    config = FeatureViewConfig(**{**vars(SPEND), "cutoff_date": date(2024, 1, 5)})
    store.register_feature_view(config, ROWS)
    assert store.read_table("customer_features")["customer_spend_30d"].to_pylist() == [10.0, 30.0]
    sealed = FeatureViewConfig(**{**vars(config), "data_hash": store.data_hash("customer_features")})
    upside_down = {name: values[::-1] for name, values in ROWS.items()}
    store.register_feature_view(sealed, upside_down)
    with pytest.raises(UserError, match="not those that it was declared with"):
        store.register_feature_view(sealed, ROWS | {"customer_visits_7d": [1, 2, 4]})


def test_a_name_that_is_not_noun_metric_window_is_a_warning(store: LocalFeatureStore) -> None:
    rows = {"customer_id": [1], "feature_timestamp": [DAY], "spend": [1.0]}
    with pytest.warns(FeatureNameWarning, match="`spend` is not noun_metric_window: call it customer_spend_30d"):
        store.register_feature_view(FeatureViewConfig("v", "customer_id", ["spend"]), rows)


def test_one_process_writes_at_a_time(spend: LocalFeatureStore) -> None:
    with (
        held(spend.root / "write.lock", "busy"),
        pytest.raises(EngineError, match="another process is writing features"),
    ):
        spend.write_table("customer_features", ROWS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a b"}, "feature view `a b`: its name has to be plain"),
        ({"features": []}, "features is empty"),
        ({"features": ["x", "X"]}, "`X` is named twice"),
        ({"features": ["feature_timestamp"]}, "`feature_timestamp` is named twice"),
        ({"features": ["a b"]}, "`a b` is no column's name"),
        ({"ttl_days": 0}, "ttl_days is 0"),
        ({"cutoff_date": "soon"}, "`soon` is no time"),
    ],
)
def test_a_configuration_that_cannot_be(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        FeatureViewConfig(**{"name": "v", "entity_key": "id", "features": ["x_y_1d"], **change})
    assert message in str(error.value)


def test_online_has_the_newest_row_of_each_key_and_never_goes_back(spend: LocalFeatureStore) -> None:
    keys = {"customer_id": [2, 1, 9, None]}
    with pytest.raises(UserError, match=r'customer_features is not online yet; materialize\(\["customer_features"\]\)'):
        spend.get_online_features(keys, REFERENCES)
    assert spend.materialize(["customer_features"], end=DAY + timedelta(days=5)) == {"customer_features": 2}
    assert spend.get_online_features(keys, REFERENCES) == {
        **keys,
        "customer_spend_30d": [30.0, 10.0, None, None],
        "customer_visits_7d": [3, 1, None, None],
    }
    spend.materialize(end="2024-02-01")
    spend.materialize(end="2024-01-02")  # takes nothing back
    assert spend.get_online_features(keys, REFERENCES)["customer_visits_7d"] == [3, 2, None, None]
    correction = {"customer_id": [1], "feature_timestamp": [DAY + timedelta(days=9)], "customer_spend_30d": [1.0]}
    spend.write_table("customer_features", correction)
    spend.materialize("customer_features")
    assert spend.get_online_features(keys, REFERENCES[:1])["customer_spend_30d"] == [30.0, 1.0, None, None]


def test_a_view_that_is_made_anew_serves_nothing_of_the_one_before(spend: LocalFeatureStore) -> None:
    for factor in (1, 2):
        spend.register_feature_view(
            SPEND, {**ROWS, "customer_visits_7d": [n * factor for n in ROWS["customer_visits_7d"]]}
        )
        spend.materialize()
        assert spend.get_online_features({"customer_id": [2]}, REFERENCES)["customer_visits_7d"] == [3 * factor]
        spend.delete_table("customer_features")


def test_a_view_without_rows_and_one_of_many_kinds_of_values(store: LocalFeatureStore) -> None:
    row = {
        "id": "a", "feature_timestamp": DAY, "a_text_1d": "é", "a_true_1d": True, "a_sum_1d": Decimal("1.50"), "a_day_1d": date(2024, 1, 1),
        "a_time_1d": DAY, "a_vector_1d": [1.5, None], "a_bytes_1d": b"x",
    }  # fmt: skip
    config = FeatureViewConfig("v", "id", [name for name in row if name.startswith("a_")])
    table = pa.Table.from_pylist([row])
    store.register_feature_view(config, table.slice(0, 0))
    asked = {"id": ["a", "b"], "event_timestamp": [DAY, DAY]}
    references = [f"v:{name}" for name in config.feature_names]
    assert store.get_historical_features(asked, references)["a_vector_1d"] == [None, None]
    assert store.materialize() == {"v": 0}
    store.write_table("v", table)
    store.materialize()
    wanted = {name: [row[name], None] for name in config.feature_names}
    assert store.get_historical_features(asked, references) == {**asked, **wanted}
    assert store.get_online_features({"id": ["a", "b"]}, references) == {"id": ["a", "b"], **wanted}
    nested = {"id": ["a"], "feature_timestamp": [DAY], "a_text_1d": [{"x": 1}]}
    with pytest.raises(UserError, match="make a feature of each of its fields"):
        store.write_table("v", nested)


def test_what_is_online_starts_where_it_is_told_and_ends_where_a_row_expires(store: LocalFeatureStore) -> None:
    store.register_feature_view(FeatureViewConfig(**{**vars(SPEND), "ttl_days": 5}), ROWS)
    keys = {"customer_id": [1, 2]}
    store.materialize(start=DAY + timedelta(days=1), end=DAY + timedelta(days=4))
    assert store.get_online_features(keys, REFERENCES)["customer_visits_7d"] == [None, 3]
    store.materialize(end=DAY + timedelta(days=10))
    assert store.get_online_features(keys, REFERENCES)["customer_visits_7d"] == [2, None]


row = st.fixed_dictionaries({
    "id": st.integers(0, 2), "time": st.integers(0, 4), "created": st.integers(0, 4), "v_x_1d": st.one_of(st.none(), st.integers(0, 3)),
})  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.lists(row, min_size=1, max_size=4), min_size=1, max_size=2),
    ends=st.lists(st.integers(0, 5), min_size=1, max_size=2),
    created=st.sampled_from([None, "created"]),
    ttl=st.sampled_from([None, 2]),
)
def test_what_is_online_is_what_training_sees_at_that_time(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[dict[str, Any]]],
    ends: list[int],
    created: str | None,
    ttl: float | None,
) -> None:
    config = FeatureViewConfig("v", "id", "v_x_1d", "time", created, ttl)
    store = LocalFeatureStore(tmp_path_factory.mktemp("store"))
    for batch in batches:
        rows = [{**each, **{name: DAY + timedelta(days=each[name]) for name in ("time", "created")}} for each in batch]
        table = pa.Table.from_pylist(
            rows,
            pa.schema(
                [("id", pa.int8()), *((n, pa.timestamp("ns")) for n in ("time", "created")), ("v_x_1d", pa.int64())]
            ),
        )
        store.register_feature_view(config, table)
    for end in ends:
        store.materialize(end=DAY + timedelta(days=end))
    at = DAY + timedelta(days=max(ends))
    online = store.get_online_features({"id": [0, 1, 2]}, ["v:v_x_1d"])
    trained = store.get_historical_features({"id": [0, 1, 2], "event_timestamp": [at] * 3}, ["v:v_x_1d"])
    by_hand = [as_of(config, store.read_table("v").to_pylist(), {"id": key}, at)["v_x_1d"] for key in range(3)]
    assert online["v_x_1d"] == trained["v_x_1d"] == by_hand


GOLD = {
    "raw/spend.csv": "customer_id,day,customer_spend_1d\n1,2024-01-01,10\n1,2024-01-03,30\n2,2024-01-02,20\n",
    "tables/bronze/spend.yml": "source: {format: csv, path: raw/spend.csv}\n",
    "tables/gold/customer_features.yml": """\
reads: bronze.spend
steps:
  - {step: cast, columns: {customer_id: bigint, day: date, customer_spend_1d: double}}
contract:
  key: [customer_id, day]
feature_view: {timestamp_column: day, ttl_days: 30}
""",
}


def test_gold_tables_that_say_so_are_feature_views_as_the_release_has_them(tmp_path: Path) -> None:
    bench = project(tmp_path / "shop", GOLD)
    asked = ["customer_features:customer_spend_1d"]
    rows = {
        "customer_id": [1, 2, 1, 3],
        "event_timestamp": [date(2024, 1, 2), date(2024, 1, 1), date(2024, 3, 1), None],
    }
    assert get_feature_store(repo_path=bench.project.root).list_tables() == []  # not built yet
    bench.run()
    bench.release()
    store = get_feature_store(repo_path=bench.project.root)
    assert isinstance(store, LocalFeatureStore)
    assert store.get_historical_features(rows, asked)["customer_spend_1d"] == [10.0, None, None, None]
    config = store.get_table_metadata("customer_features")["config"]
    assert config == FeatureViewConfig("customer_features", "customer_id", "customer_spend_1d", "day", ttl_days=30)
    (bench.project.root / "raw/spend.csv").write_text(GOLD["raw/spend.csv"].replace("10", "11"))
    bench.run()  # and no release: training still sees the one that is current
    assert (
        get_feature_store(repo_path=bench.project.root).get_historical_features(rows, asked)["customer_spend_1d"][0]
        == 10
    )
    bench.release()
    assert (
        get_feature_store(repo_path=bench.project.root).get_historical_features(rows, asked)["customer_spend_1d"][0]
        == 11
    )
    store.materialize(end="2024-01-05")
    assert store.get_online_features({"customer_id": [1, 2]}, asked)["customer_spend_1d"] == [30.0, 20.0]
    for change in (
        lambda: store.write_table("customer_features", {}),
        lambda: store.delete_table("customer_features"),
        lambda: store.register_feature_view(config, {}),
    ):
        with pytest.raises(UserError, match="customer_features is a gold table, which its pipeline writes"):
            change()


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (
            "tables/silver/s.yml",
            "reads: bronze.spend\nfeature_view: {timestamp_column: day}\n",
            "s.yml:2:1: silver.s is no gold",
        ),
        (
            "tables/gold/g.yml",
            "reads: bronze.spend\nfeature_view: {timestamp_column: day}\n",
            "wants an entity and its time as its key",
        ),
        ("tables/gold/g.yml", "reads: bronze.spend\nfeature_view: {ttl: 3}\n", "ttl_days"),
    ],
)
def test_a_table_that_cannot_be_a_feature_view_is_refused_where_it_says_so(
    tmp_path: Path, path: str, text: str, message: str
) -> None:
    bench = project(tmp_path / "shop", {**GOLD, path: text})
    with pytest.raises(FileError) as error:
        bench.plan()
    assert message in str(error.value)


def test_a_laptop_with_spark_gets_the_folder_and_databricks_its_catalog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(get_feature_store(catalog="main", schema="features"), LocalFeatureStore)
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
    with pytest.raises(UserError, match="databricks-feature-engineering"):
        get_feature_store(catalog="main", schema="features")

"""Unity Catalog's feature tables have the methods of a folder's, and give the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from boathouse.errors import UnknownName, UserError
from boathouse.ml.features.databricks_store import DatabricksFeatureStore
from boathouse.ml.features.feature_view import PROPERTY, FeatureViewConfig
from boathouse.ml.features.local_store import LocalFeatureStore
from boathouse.ml.features.store import get_feature_store
from boathouse.sql_statement import fault, statements
from projects import project
from shop_project import exported
from unity_features import FeatureEngineeringClient, FeatureLookup

DAY = datetime(2024, 1, 1, tzinfo=UTC)
CONFIG = FeatureViewConfig(
    "customer_features",
    "customer_id",
    ["customer_spend_30d", "customer_visits_7d"],
    ttl_days=6,
    tags={"team": "o'hara"},
)
ROWS: dict[str, list[Any]] = {
    "customer_id": [1, 1, 2, 2],
    "feature_timestamp": [DAY, DAY + timedelta(days=9), DAY + timedelta(days=4), DAY + timedelta(days=4)],
    "customer_spend_30d": [10.0, 20.0, 30.0, None],
    "customer_visits_7d": [1, 2, 3, 4],
}
REFERENCES = ["customer_features:customer_visits_7d", "customer_features:customer_spend_30d"]


def methods(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_both_stores_have_the_same_methods() -> None:
    assert methods(DatabricksFeatureStore) - {"catalog", "schema", "client", "session", "lookup"} == methods(
        LocalFeatureStore
    ) - {"root", "gold", "data_hash"}


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
    monkeypatch.setitem(sys.modules, "databricks.feature_engineering", None)
    with pytest.raises(UserError, match="%pip install databricks-feature-engineering"):
        get_feature_store(catalog="main", schema="features")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"created_timestamp_column": "created"}, "has one time a row; make created the timestamp_column"),
        ({"data_hash": "abc"}, "data_hash is for a folder; name a version"),
    ],
)
def test_what_unity_catalog_does_not_know_is_refused(config: dict[str, str], message: str) -> None:
    store = DatabricksFeatureStore("main", "features", None, None, FeatureLookup)
    with pytest.raises(UserError) as error:
        store.register_feature_view(FeatureViewConfig("v", "id", "v_x_1d", **config), {})  # type: ignore[arg-type]
    assert message in str(error.value)


GOLD = {
    "raw/spend.csv": "customer_id,day,customer_spend_1d\n1,2024-01-01,10\n",
    "tables/bronze/spend.yml": "source: {format: csv, path: raw/spend.csv}\n",
    "tables/gold/customer_features.yml": """\
reads: bronze.spend
steps:
  - {step: cast, columns: {customer_id: bigint, day: date, customer_spend_1d: double}}
contract:
  key: [customer_id, day]
  columns: {customer_id: bigint not null, day: date not null, customer_spend_1d: double}
feature_view: {timestamp_column: day, ttl_days: 30}
""",
}


def test_a_gold_table_leaves_as_a_feature_table_that_the_store_finds(tmp_path: Path) -> None:
    bench = project(tmp_path / "shop", GOLD)
    said = list(statements(exported(bench, "unity-catalog")["07_constraints.sql"]))
    assert [why for one in said if (why := fault(one))] == []
    (key,) = (one for one in said if "ADD CONSTRAINT `customer_features_key`" in one)
    assert "PRIMARY KEY (`customer_id`, `day` TIMESERIES) NOT ENFORCED" in key
    (found,) = (one for one in said if PROPERTY in one)
    text = found.partition(f"'{PROPERTY}' = '")[2].removesuffix("')")
    wanted = FeatureViewConfig("customer_features", "customer_id", "customer_spend_1d", "day", ttl_days=30)
    assert FeatureViewConfig.from_json(text) == wanted


def test_a_gold_table_with_times_of_creation_leaves_as_a_table_and_says_why(tmp_path: Path) -> None:
    late = GOLD["tables/gold/customer_features.yml"].replace(
        "timestamp_column: day,", "timestamp_column: day, created_timestamp_column: seen,"
    )
    rows = GOLD["raw/spend.csv"].replace("day,", "day,seen,").replace("01-01,", "01-01,2024-01-02,")
    late = late.replace("day: date,", "day: date, seen: date,").replace(
        "day: date not null,", "day: date not null, seen: date,"
    )
    bench = project(tmp_path / "shop", {**GOLD, "raw/spend.csv": rows, "tables/gold/customer_features.yml": late})
    text = exported(bench, "unity-catalog")["07_constraints.sql"]
    assert "-- gold.customer_features is no feature table here: lookups of Unity Catalog know one time a row\n" in text
    assert PROPERTY not in text


@pytest.fixture
def unity(spark: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabricksFeatureStore]:
    """Be a cluster, as far as this code can see: the client's package is there, and a catalog with a schema."""
    package = ModuleType("databricks.feature_engineering")
    package.FeatureEngineeringClient = lambda: FeatureEngineeringClient(spark)  # type: ignore[attr-defined]
    package.FeatureLookup = FeatureLookup  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "databricks.feature_engineering", package)
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
    spark.sql("CREATE SCHEMA spark_catalog.features")
    store = get_feature_store(catalog="spark_catalog", schema="features")
    assert isinstance(store, DatabricksFeatureStore)
    yield store
    spark.sql("DROP SCHEMA spark_catalog.features CASCADE")


@pytest.mark.spark
def test_the_same_calls_give_the_same_on_spark_and_in_a_folder(unity: DatabricksFeatureStore, tmp_path: Path) -> None:
    folder = LocalFeatureStore(tmp_path)
    entities = {
        "event_timestamp": [DAY + timedelta(days=days) for days in (5, 9, 2, 8)],
        "customer_id": [2, 1, 3, 1],
        "churned": [True, False, None, False],
    }
    assert unity.register_feature_view(CONFIG, ROWS) == "spark_catalog.features.customer_features"
    folder.register_feature_view(CONFIG, pa.table(ROWS))
    found = [store.get_historical_features(entities, REFERENCES) for store in (unity, folder)]
    assert (
        found[0]
        == found[1]
        == {**entities, "customer_visits_7d": [3, 2, None, None], "customer_spend_30d": [30.0, 20.0, None, None]}
    )
    more = {
        "customer_id": [1, 3],
        "feature_timestamp": [DAY, DAY],
        "customer_spend_30d": [5.0, 6.0],
        "customer_visits_7d": [None, 6],
    }
    for store in (unity, folder):
        store.write_table("customer_features", pa.table(more))
        online = []
        for end in (5, 0, 9):
            store.materialize(end=DAY + timedelta(days=end))
            online.append(store.get_online_features({"customer_id": [3, 2, 1, 9]}, REFERENCES)["customer_spend_30d"])
        assert online == [[6.0, 30.0, 5.0, None], [6.0, 30.0, 5.0, None], [None, 30.0, 20.0, None]]
    told = [store.get_table_metadata("customer_features") for store in (unity, folder)]
    for key in ("config", "columns", "rows", "is_online"):
        assert told[0][key] == told[1][key], key


@pytest.mark.spark
def test_spark_frames_stay_spark_frames(unity: DatabricksFeatureStore, spark: Any) -> None:
    unity.register_feature_view(CONFIG, spark.createDataFrame(pa.table(ROWS)))
    entities = spark.createDataFrame([(1, DAY)], "customer_id bigint, event_timestamp timestamp")
    found = unity.get_historical_features(entities, REFERENCES[:1], full_feature_names=True)
    assert [row.asDict() for row in found.collect()] == [
        {"customer_id": 1, "event_timestamp": datetime(2024, 1, 1), "customer_features__customer_visits_7d": 1}  # noqa: DTZ001
    ]
    unity.register_feature_view(
        FeatureViewConfig("customer_features", "customer_id", "customer_age_latest"),
        {"customer_id": [1], "feature_timestamp": [DAY], "customer_age_latest": [40]},
    )
    assert unity.views["customer_features"].feature_names == (*CONFIG.feature_names, "customer_age_latest")
    unity.write_table("customer_features", ROWS, mode="overwrite")
    assert unity.read_table("customer_features").count() == unity.read_table("customer_features", 0).count() == 3
    with pytest.raises(UnknownName, match="did you mean `customer_features`"):
        unity.read_table("customer_feature")
    unity.delete_table("customer_features")
    assert unity.list_tables() == []

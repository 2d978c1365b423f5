"""Environments as their guide has a user write them: its files, its classes, its names, section by section."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boathouse import CatalogHelper, ConfigLoader, SparkSessionFactory
from boathouse.engines import spark as engine
from boathouse.errors import EngineError, UserError
from projects import write

LOCAL = """\
spark:
  app_name: "pipeline-local"
  master: "local[*]"
  config:
    spark.sql.shuffle.partitions: "4"
    spark.sql.adaptive.enabled: "true"

catalog:
  name: "local_catalog"
  schema: "dev_schema"
"""
PROD = """\
spark:
  app_name: "pipeline-prod"
  config:
    spark.sql.shuffle.partitions: "200"
    spark.sql.adaptive.enabled: "true"
    spark.databricks.delta.optimizeWrite.enabled: "true"

catalog:
  name: "prod_catalog"
  schema: "prod_schema"
"""
CUSTOMER_360 = "catalog: {name: analytics, schema: customer_360}\nspark: {app_name: customer-360}\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with the guide's config/."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "local.yaml").write_text(LOCAL, encoding="utf-8")
    (folder / "prod.yaml").write_text(PROD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


# ---- 1. Spark session management ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("config")
def test_1_the_configuration_loads_as_it_stands_in_the_guide() -> None:
    local, prod = ConfigLoader.load("local"), ConfigLoader.load("prod")
    assert (local.environment, local.spark.app_name, local.spark.master) == ("local", "pipeline-local", "local[*]")
    assert (prod.environment, prod.spark.master) == ("prod", None)
    assert prod.spark.config == {
        "spark.sql.shuffle.partitions": "200", "spark.sql.adaptive.enabled": "true",
        "spark.databricks.delta.optimizeWrite.enabled": "true",
    }  # fmt: skip
    assert (local.catalog.name, local.catalog.schema_) == ("local_catalog", "dev_schema")


def test_1_a_path_is_a_file_or_the_folder_of_the_files(config: Path, tmp_path: Path) -> None:
    found = [ConfigLoader.load("prod", str(path)) for path in (config / "prod.yaml", config, tmp_path)]
    assert {each.spark.app_name for each in found} == {"pipeline-prod"}


@pytest.mark.usefixtures("config")
def test_1_there_is_no_prod_session_on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)
    with pytest.raises(UserError, match="runs on Databricks, and this is not Databricks; set SPARK_REMOTE"):
        SparkSessionFactory.create("prod")


@pytest.mark.spark
@pytest.mark.usefixtures("config")
def test_1_the_local_session_has_delta_and_the_settings(spark: Any) -> None:
    before = {key: spark.conf.get(key) for key in ConfigLoader.load("local").spark.config}
    try:
        session = SparkSessionFactory.create("local")
        assert session.conf.get("spark.sql.shuffle.partitions") == "4"
        session.range(3).write.format("delta").mode("overwrite").saveAsTable("spark_catalog.examples.three")
        assert session.table("spark_catalog.examples.three").count() == 3
    finally:
        for key, value in before.items():
            spark.conf.set(key, value)


@pytest.mark.spark
@pytest.mark.usefixtures("config", "spark")
def test_1_on_databricks_the_session_is_the_clusters(monkeypatch: pytest.MonkeyPatch, spark: Any) -> None:
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    wanted = ConfigLoader.load("prod").spark.config
    before = {key: spark.conf.get(key, None) for key in wanted}
    try:
        session = SparkSessionFactory.create("prod")
        assert session is spark
        assert {key: session.conf.get(key) for key in wanted} == wanted
        with pytest.raises(EngineError, match=r"the cluster refuses the setting spark\.sql\.warehouse\.dir"):
            engine.distant_session({"spark.sql.warehouse.dir": "/tmp/x"})  # noqa: S108 - refused
    finally:
        for key, value in before.items():
            spark.conf.unset(key) if value is None else spark.conf.set(key, value)


# ---- 4. Configuration management ------------------------------------------------------------------------------------


def test_4_defaults_then_the_environment_at_every_depth(config: Path) -> None:
    """`{**base, **env}` would lose what defaults say of spark.config and catalog."""
    (config / "defaults.yaml").write_text(
        "spark: {config: {spark.sql.ansi.enabled: true, spark.sql.shuffle.partitions: 8}}\n"
        "catalog: {schema: customer_360}\nmonte_carlo: {team: data}\n"
    )
    (config / "dev.yaml").write_text(
        "spark: {app_name: d, config: {spark.sql.shuffle.partitions: 16}}\ncatalog: {name: a}\n"
    )
    dev = ConfigLoader.load("dev")
    assert dev.spark.config == {"spark.sql.ansi.enabled": "true", "spark.sql.shuffle.partitions": "16"}
    assert (dev.catalog.name, dev.catalog.schema_, dev.monte_carlo) == ("dev_a", "customer_360", {"team": "data"})


def test_4_overrides_come_last(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOATHOUSE__catalog__schema", "mine")
    monkeypatch.setenv("BOATHOUSE__SPARK__CONFIG__spark.sql.shuffle.partitions", "1")
    prod = ConfigLoader.load("prod", config)
    assert (prod.catalog.schema_, prod.spark.config["spark.sql.shuffle.partitions"]) == ("mine", "1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("catalog: {nmae: x}", "config/dev.yaml:1:11: unknown key `nmae`; did you mean `name`?"),
        ("catlog: {name: x}", "config/dev.yaml:1:1: unknown key `catlog`; did you mean `catalog`?"),
        ("catalog:\n  schema: a-b", "config/dev.yaml:2:3: `catalog.schema`: expected letters, digits and underscores"),
        ("spark:\n  config: [a]", "config/dev.yaml:2:3: `spark.config`: expected `key: value` pairs"),
        ("spark: {app_name: {}, master: {a: b}}", "config/dev.yaml:1:23: `spark.master`: expected text"),
        ("catalog: [", "config/dev.yaml:2:1: this is not YAML"),
        ("- a", "config/dev.yaml:1:1: expected `key: value` lines"),
    ],
)
def test_4_a_mistake_names_the_file_and_the_key(config: Path, text: str, says: str) -> None:
    write(config, {"defaults.yaml": CUSTOMER_360, "dev.yaml": text + "\n"})
    with pytest.raises(UserError) as caught:
        ConfigLoader.load("dev")
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("spark: {app_name: a}", "config/dev.yaml: `catalog` is missing"),
        ("spark: {app_name: a}\ncatalog: {name: a}", "config/dev.yaml:2:1: `catalog.schema` is missing"),
        ("catalog: {name: a, schema: b}\nspark:\n  master: local", "config/dev.yaml:2:1: `spark.app_name` is missing"),
    ],
)
def test_4_what_is_missing_names_the_file_and_the_key(config: Path, text: str, says: str) -> None:
    write(config, {"dev.yaml": text + "\n"})
    with pytest.raises(UserError) as caught:
        ConfigLoader.load("dev")
    assert str(caught.value) == says


# ---- 5. Unity Catalog patterns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "layer", "table", "name"),
    [
        ("dev", "bronze", "raw_customers", "dev_analytics.customer_360_bronze.raw_customers"),
        ("prod", "silver", "cleaned_customers", "prod_analytics.customer_360_silver.cleaned_customers"),
        ("lab", "gold", "customer_lifetime_value", "lab_analytics.customer_360_gold.customer_lifetime_value"),
    ],
)
def test_5_the_examples_of_names(tmp_path: Path, environment: str, layer: str, table: str, name: str) -> None:
    (tmp_path / "defaults.yaml").write_text(CUSTOMER_360, encoding="utf-8")
    (tmp_path / f"{environment}.yaml").write_text("", encoding="utf-8")
    assert CatalogHelper(ConfigLoader.load(environment, tmp_path)).table_name(layer, table) == name


def test_5_a_catalog_that_says_its_environment_already_is_left(config: Path) -> None:
    helper = CatalogHelper(ConfigLoader.load("prod", config))
    assert (helper.catalog, helper.schema_prefix) == ("prod_catalog", "prod_schema")
    assert helper.table_name("gold", "kpi") == "prod_catalog.prod_schema_gold.kpi"


def test_5_dev_cannot_name_prod(config: Path) -> None:
    (config / "dev.yaml").write_text(PROD, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        ConfigLoader.load("dev")
    assert str(caught.value) == (
        "config/dev.yaml:9:3: `prod_catalog` is a catalog of prod, and this is dev; "
        "write `catalog`, of which dev makes `dev_catalog`; or take the environment prod"
    )


def test_5_a_name_is_made_of_a_layer_and_a_table(config: Path) -> None:
    helper = CatalogHelper(ConfigLoader.load("prod", config))
    with pytest.raises(UserError, match="there is no layer `sliver`; did you mean `silver`"):
        helper.table_name("sliver", "orders")
    with pytest.raises(UserError, match="is no table name"):
        helper.table_name("silver", "orders; DROP TABLE x")

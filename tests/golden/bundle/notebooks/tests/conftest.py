"""One Spark session with Delta for all tests, since it takes seconds to start, and the sample as tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from notebook import run_notebook
from sample import frame_of

# The Delta that was built for the Spark of pyproject.toml; DELTA_JARS names a folder of jars where none may be fetched.
DELTA = "io.delta:delta-spark_4.2_2.13:4.4.0"
SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",  # of small tables, planning twice costs more than it saves
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # half the CPU of short runs
    "spark.ui.enabled": "false",
}
# A catalog that every Spark has, and schemas that no one else uses.
PARAMETERS = {
    "catalog": "spark_catalog",
    "schema": "churn_test",
    "run_id": "test",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = os.environ.get("DELTA_JARS")
    jars = {"spark.jars": ",".join(map(str, Path(folder).glob("*.jar")))} if folder else {"spark.jars.packages": DELTA}
    warehouse = {"spark.sql.warehouse.dir": tmp_path_factory.mktemp("warehouse").as_uri()}
    builder = SparkSession.builder.master("local[2]")
    for name, value in {**SETTINGS, **jars, **warehouse}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    for layer in ("bronze", "silver", "gold", "ops"):
        session.sql(f"CREATE SCHEMA IF NOT EXISTS {PARAMETERS['schema']}_{layer}")
    yield session
    session.stop()


def place(table: str) -> str:
    """Name a table in full: silver.orders stands in the schema that ends in _silver."""
    layer, name = table.split(".")
    return f"{PARAMETERS['catalog']}.{PARAMETERS['schema']}_{layer}.{name}"


@pytest.fixture
def sample(spark: SparkSession) -> Callable[[str], DataFrame]:
    """Give a table of the sample: sample("silver.orders")."""
    return lambda table: frame_of(spark, table)


@pytest.fixture
def keep(spark: SparkSession) -> Callable[[str], None]:
    """Make a table of the sample a table of Spark: keep("silver.orders")."""
    option = ("overwriteSchema", "true")
    return lambda table: (
        frame_of(spark, table).write.format("delta").mode("overwrite").option(*option).saveAsTable(place(table))
    )


@pytest.fixture
def made_by(spark: SparkSession, keep: Callable[[str], None]) -> Callable[..., DataFrame]:
    """Run a table's notebook on the tables that it reads, and give what it wrote."""

    def run(table: str, *reads: str, source_path: str = "") -> DataFrame:
        for name in reads:
            keep(name)
        run_notebook(spark, table.replace(".", "_"), PARAMETERS, source_path)
        return spark.table(place(table))

    return run


@pytest.fixture
def job(spark: SparkSession) -> Callable[[str], None]:
    """Run a notebook of the job as the job does: job("publish")."""
    return lambda name: run_notebook(spark, name, PARAMETERS)

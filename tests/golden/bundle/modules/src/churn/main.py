"""The tasks of the job: set up, build a table, test all of them, publish them, and say what was published.

On a laptop, with the raw files in raw/: python -m churn.main setup, then build, test, publish
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from churn.config import ConfigLoader, EnvironmentConfig
from churn.ops import OPS
from churn.session import SparkSessionFactory
from churn.tables import SOURCES, TABLES


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one task."""
    chosen = _parser().parse_args(arguments)
    names = {"name": chosen.catalog, "schema": chosen.schema}
    overrides = {"catalog": {key: value for key, value in names.items() if value}}
    config = ConfigLoader.load(chosen.env, overrides)
    spark = SparkSessionFactory.create(config)
    if chosen.task == "build":
        for table in chosen.tables or TABLES:
            build(spark, config, table, chosen.run_id)
    else:
        {"setup": setup, "test": test, "publish": publish, "notify": notify}[chosen.task](spark, config, chosen.run_id)


def build(spark: SparkSession, config: EnvironmentConfig, name: str, run_id: str) -> None:
    """Build a table; nothing is written unless its contract holds."""
    module = module_of(name)
    if name in SOURCES:
        df, quarantine = read(spark, config, name, module), None
    else:
        frames = [spark.table(config.table(other)) for other in module.READS]
        df, quarantine = transform(module, TABLES[name], frames or [spark], run_id)
    if hasattr(module, "check"):
        module.check(df, config.catalog.name, config.catalog.schema)
    if quarantine is not None:
        write(quarantine, config, f"{name}_quarantine")
    write(df, config, name)


def module_of(name: str) -> ModuleType:
    """Import a table's module."""
    layer, _ = name.split(".")
    return import_module(f".transformations.{layer}.{TABLES[name]}", __package__)


def read(spark: SparkSession, config: EnvironmentConfig, name: str, module: ModuleType) -> DataFrame:
    """Read the raw files of a bronze table."""
    function, path = getattr(module, TABLES[name]), f"{config.landing}/{SOURCES[name]}"
    if "checkpoint_path" in function.__annotations__:
        return function(spark, path, f"{config.checkpoints}/{name.split('.')[1]}")
    return function(spark, path)


def transform(
    module: ModuleType, function: str, given: Sequence[DataFrame | SparkSession], run_id: str
) -> tuple[DataFrame, DataFrame | None]:
    """Call a table's function; give its rows, and those that its contract sets apart."""
    if hasattr(module, f"{function}_with_quarantine"):
        return getattr(module, f"{function}_with_quarantine")(*given, run_id=run_id)
    return getattr(module, function)(*given), None


def write(df: DataFrame, config: EnvironmentConfig, name: str) -> None:
    """Write a table: a stream adds what has arrived, all else is written anew."""
    table = config.table(name)
    if df.isStreaming:
        checkpoint = f"{config.checkpoints}/{name.split('.')[1]}"
        stream = df.writeStream.option("checkpointLocation", checkpoint).option("mergeSchema", True)
        stream.trigger(availableNow=True).toTable(table).awaitTermination()
    else:
        df.write.format(config.format).mode("overwrite").option("overwriteSchema", True).saveAsTable(table)


def test(spark: SparkSession, config: EnvironmentConfig, run_id: str) -> None:
    """Hold every table against the columns that are promised; the rules of its contract held when it was written."""
    del run_id
    broken = []
    for name in TABLES:
        there = dict(spark.table(config.table(name)).dtypes)
        for column, kind in module_of(name).COLUMNS.items():
            if there.get(column) != kind:
                broken.append(f"{name}.{column} is {there.get(column)}, not {kind}")
    if broken:
        raise ValueError(f"{len(broken)} columns are not as promised: {'; '.join(broken)}")


def setup(spark: SparkSession, config: EnvironmentConfig, run_id: str) -> None:
    """Make what the other tasks write to, where the bundle has not made it."""
    del run_id
    for layer in ("bronze", "silver", "gold", "ops"):
        spark.sql(f"CREATE SCHEMA IF NOT EXISTS {config.schema(layer)}")
    for name, columns in OPS.items():
        written = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        spark.sql(f"CREATE TABLE IF NOT EXISTS {config.table(f'ops.{name}')} ({written}) USING {config.format}")


def publish(spark: SparkSession, config: EnvironmentConfig, run_id: str) -> None:
    """Write down which version of each table belongs together, so that readers can pin a whole release."""
    releases, latest = config.table("ops.releases"), config.table("ops.latest_release")
    number = 1 + (spark.table(releases).agg(F.max("release")).first()[0] or 0)
    now = datetime.now(UTC)
    rows = [(number, now, name, _version(spark, config, name), run_id, "") for name in TABLES]
    release = spark.createDataFrame(rows, spark.table(releases).schema)
    release.write.format(config.format).mode("append").saveAsTable(releases)
    release.write.format(config.format).mode("overwrite").saveAsTable(latest)


def notify(spark: SparkSession, config: EnvironmentConfig, run_id: str) -> None:
    """Say what was published; the job sends this task's success to those who wait for it."""
    releases = spark.table(config.table("ops.releases")).where(F.col("run_id") == run_id)
    for row in releases.orderBy("table_name").collect():
        print(f"{row.table_name}: version {row.delta_version} in release {row.release}")


def _version(spark: SparkSession, config: EnvironmentConfig, name: str) -> int | None:
    if config.format != "delta":
        return None
    return spark.sql(f"DESCRIBE HISTORY {config.table(name)} LIMIT 1").first()["version"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["setup", "build", "test", "publish", "notify"])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="what to build; by default all, in their order")
    parser.add_argument("--env", default="local")
    parser.add_argument("--catalog", default="", help="instead of the environment's own")
    parser.add_argument("--schema", default="", help="instead of the environment's own")
    parser.add_argument("--run-id", default=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    return parser


if __name__ == "__main__":
    main()

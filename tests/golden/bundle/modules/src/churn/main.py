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
    config = ConfigLoader.load(chosen.env, chosen.config, overrides)
    spark = SparkSessionFactory.create(chosen.env, chosen.config)
    if chosen.task == "build":
        for table in chosen.tables or TABLES:
            build(spark, config, table, chosen.run_id)
    else:
        {"setup": setup, "test": test, "publish": publish, "notify": notify}[chosen.task](spark, config, chosen.run_id)


def build(spark: SparkSession, config: EnvironmentConfig, name: str, run_id: str) -> None:
    """Build a table; what its contract finds is written down, and nothing else unless it holds."""
    module = module_of(name)
    frames = [spark.table(config.table(other)) for other in module.READS]
    given = [*raw(spark, config, name, module), *frames] if name in SOURCES else frames or [spark]
    if "models" in getattr(module, TABLES[name]).__annotations__:
        given = [*given, config.schema("gold")]
    df, quarantine = transform(module, TABLES[name], given, run_id)
    if hasattr(module, "check"):
        found = module.check(df, quarantine, config.catalog.name, config.catalog.schema, run_id)
        tell(spark, config, found)
        hold(name, found)
    if quarantine is not None:
        write(quarantine, config, f"{name}_quarantine")
    write(df, config, name)


def module_of(name: str) -> ModuleType:
    """Import a table's module."""
    layer, _ = name.split(".")
    return import_module(f".transformations.{layer}.{TABLES[name]}", __package__)


def raw(spark: SparkSession, config: EnvironmentConfig, name: str, module: ModuleType) -> list[SparkSession | str]:
    """Give what the function of a bronze table reads its raw files by: a stream remembers which it has taken."""
    given = [spark, f"{config.landing}/{SOURCES[name]}"]
    streams = "checkpoint_path" in getattr(module, TABLES[name]).__annotations__
    return [*given, f"{config.checkpoints}/{name.split('.')[1]}"] if streams else given


def transform(
    module: ModuleType, function: str, given: Sequence[DataFrame | SparkSession | str], run_id: str
) -> tuple[DataFrame, DataFrame | None]:
    """Call a table's function; give its rows, and those that its contract sets apart."""
    if hasattr(module, f"{function}_with_quarantine"):
        return getattr(module, f"{function}_with_quarantine")(*given, run_id=run_id)
    return getattr(module, function)(*given), None


def tell(spark: SparkSession, config: EnvironmentConfig, found: Sequence[tuple]) -> None:
    """Write down what rules found, a row a rule as ops.contract_results has it."""
    rows = spark.createDataFrame(found, ddl("contract_results"))
    rows.write.format(config.format).mode("append").saveAsTable(config.table("ops.contract_results"))


def hold(name: str, found: Sequence[tuple]) -> None:
    """Stop where a rule that must hold does not, and say where one that should hold does not."""
    broken = [(rule, action, what) for _, _, rule, action, _, holds, what in found if holds is False]
    if must := [rule for rule, action, _ in broken if action == "fail"]:
        raise ValueError(f"the contract of {name} does not hold: {must}")
    for rule, action, what in broken:
        if action == "warn":
            print(f"warning: {name}: {rule} does not hold, {what}")


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
    for name in OPS:
        table = config.table(f"ops.{name}")
        spark.sql(f"CREATE TABLE IF NOT EXISTS {table} ({ddl(name)}) USING {config.format}")


def ddl(name: str) -> str:
    """Give the columns of an ops table as Spark reads them."""
    return ", ".join(f"{column} {kind}" for column, kind in OPS[name].items())


def publish(spark: SparkSession, config: EnvironmentConfig, run_id: str) -> None:
    """Write down which version of each table belongs together, so that readers can pin a whole release."""
    releases, latest = config.table("ops.releases"), config.table("ops.latest_release")
    versions = {name: _version(spark, config, name) for name in written()}
    if versions == {row["table_name"]: row["delta_version"] for row in spark.table(latest).collect()}:
        return  # a task that is tried again releases nothing twice
    number = 1 + (spark.table(releases).agg(F.max("release")).first()[0] or 0)
    now = datetime.now(UTC)
    rows = [(number, now, name, version, run_id, "") for name, version in versions.items()]
    release = spark.createDataFrame(rows, spark.table(releases).schema)
    release.write.format(config.format).mode("append").saveAsTable(releases)
    release.write.format(config.format).mode("overwrite").saveAsTable(latest)


def notify(spark: SparkSession, config: EnvironmentConfig, run_id: str) -> None:
    """Say what was published; the job sends this task's success to those who wait for it."""
    releases = spark.table(config.table("ops.releases")).where(F.col("run_id") == run_id)
    for row in releases.orderBy("table_name").collect():
        print(f"{row.table_name}: version {row.delta_version} in release {row.release}")


def written() -> list[str]:
    """Name all tables that the tasks write: those of the pipeline, and where their refused rows stand."""
    refused = [name for name, function in TABLES.items() if hasattr(module_of(name), f"{function}_with_quarantine")]
    return [*TABLES, *(f"{name}_quarantine" for name in refused)]


def _version(spark: SparkSession, config: EnvironmentConfig, name: str) -> int | None:
    if config.format != "delta":
        return None
    return spark.sql(f"DESCRIBE HISTORY {config.table(name)} LIMIT 1").first()["version"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["setup", "build", "test", "publish", "notify"])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="what to build; by default all, in their order")
    parser.add_argument("--env", default="local")
    parser.add_argument("--config", default=None, help="the file of the environment's settings, instead of its own")
    parser.add_argument("--catalog", default="", help="instead of the environment's own")
    parser.add_argument("--schema", default="", help="instead of the environment's own")
    parser.add_argument("--run-id", default=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    return parser


if __name__ == "__main__":
    main()

"""The notebooks on Spark, run as a job runs them, and run again: what they tell, publish and merge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import churn_project
import projects
from boathouse.engines.spark import LOCAL_CATALOG, Spark
from boathouse.notebook import read_notebook
from boathouse.workbench import Workbench

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark
SCHEMA = "notebooks"


@pytest.fixture
def engine(spark: SparkSession, tmp_path: Path) -> Iterator[Spark]:
    made = Spark(spark)
    made.create_schema(SCHEMA, tmp_path / "schema")
    yield made
    made.drop_schema(SCHEMA)


def run_job(engine: Spark, bench: Workbench, *, only: tuple[str, ...] = ()) -> None:
    """Run the notebooks of a project in the order that they are written in, setup first and publish last."""
    bench.export()
    folder = bench.project.dist("databricks") / "notebooks"
    tables = [action.name.flat for action in bench.plan().actions]
    for name in only or ("setup", *tables, "publish"):
        constants = {"CATALOG": LOCAL_CATALOG, "SCHEMA": SCHEMA}
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        if "SOURCE_PATH" in text:
            constants["SOURCE_PATH"] = str(bench.project.root / f"raw/{name.removeprefix('bronze_')}.csv")
        engine.run_cells(read_notebook(text, constants))


def rows(engine: Spark, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in engine.session.sql(sql.replace("$", f"{LOCAL_CATALOG}.{SCHEMA}")).collect()]


def with_number(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Read what a rule found: a count or a share, which the engines write in their own way."""
    return (*row[:-1], float(row[-1]))


def test_what_rules_find_is_told_as_a_run_tells_it_and_is_published(engine: Spark, tmp_path: Path) -> None:
    bench = Workbench(churn_project.make(tmp_path / "churn").root)
    bench.run()
    told = "SELECT table_name, rule, action, holds, found FROM {}contract_results"
    here = sorted(with_number(tuple(row.values())) for row in bench.query(told.format("ops.")))

    run_job(engine, bench)

    there = sorted(map(with_number, rows(engine, told.format("$.ops_"))))
    assert there == here
    assert ("silver.customers", "valid_age", "drop", True, 0.0) in there
    assert rows(engine, "SELECT DISTINCT release FROM $.ops_latest_release") == [(1,)]

    run_job(engine, bench, only=("publish",))
    assert rows(engine, "SELECT DISTINCT release FROM $.ops_releases") == [(1,)]

    run_job(engine, bench)
    assert rows(engine, "SELECT release, count(*) FROM $.ops_releases GROUP BY 1 ORDER BY 1") == [(1, 7), (2, 7)]
    assert rows(engine, "SELECT table_name, delta_version FROM $.ops_latest_release ORDER BY 1")[0] == (
        "bronze.customers",
        1,
    )


FEED = "id,at,op,plan\n1,2024-01-01,I,basic\n1,2024-01-03,U,pro\n2,2024-01-01,I,basic\n3,2024-01-02,I,max\n"
LATER = "2,2024-01-05,D,\n1,2024-01-02,U,late\n4,2024-01-06,I,basic\n"
STEPS = """reads: bronze.feed
steps:
  - {{step: cast, columns: {{id: bigint, at: timestamp}}}}
  - {{step: {step}, key: [id], sequence_by: [at], delete_when: op = 'D', except_columns: [op]}}
"""


def test_a_change_feed_is_merged_and_rows_that_stay_are_not_written(engine: Spark, tmp_path: Path) -> None:
    files = {
        "raw/feed.csv": FEED,
        "tables/bronze/feed.yml": "source: {format: csv, path: raw/feed.csv}\n",
        "tables/silver/now.yml": STEPS.format(step="scd_type_1"),
        "tables/silver/history.yml": STEPS.format(step="scd_type_2"),
    }
    bench = projects.project(tmp_path / "feed", files)
    run_job(engine, bench)
    (bench.project.root / "raw/feed.csv").write_text(FEED + LATER, encoding="utf-8")
    bench.run()

    run_job(engine, bench)

    for table in ("now", "history"):
        columns = "id, plan" if table == "now" else "id, plan, is_current, CAST(valid_to AS date) AS valid_to"
        here = [tuple(row.values()) for row in bench.query(f"SELECT {columns} FROM silver.{table}")]
        assert sorted(rows(engine, f"SELECT {columns} FROM $.silver_{table}"), key=str) == sorted(here, key=str)
    last = engine.session.sql(f"DESCRIBE HISTORY {LOCAL_CATALOG}.{SCHEMA}.silver_now LIMIT 1").first()
    told = {name: last["operationMetrics"][f"numTargetRows{name}"] for name in ("Inserted", "Updated", "Deleted")}
    assert (last["operation"], told) == ("MERGE", {"Inserted": "1", "Updated": "0", "Deleted": "1"})


def test_a_query_may_call_its_tables_as_the_lake_does(engine: Spark, tmp_path: Path) -> None:
    del engine  # the proof has a schema of its own
    fees = (
        "SELECT customers.plan, sum(silver.customers.fee) AS fee FROM silver.customers GROUP BY silver.customers.plan"
    )
    bench = projects.project(tmp_path / "churn", {**projects.CHURN, "tables/gold/fees.sql": fees})
    bench.run()
    bench.export()

    proof = bench.prove()

    assert {table.table: table.why for table in proof.tables if not table.comparison.equal} == {}
    assert "gold.fees" in {table.table for table in proof.tables}

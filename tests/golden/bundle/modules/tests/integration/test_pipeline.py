"""Integration: the whole pipeline on the sample, from its raw tables to what is published."""

import pytest
from pyspark.testing import assertDataFrameEqual

from churn import main, tables

from sample import TABLES, frame_of, refused_by

pytestmark = [pytest.mark.integration, pytest.mark.slow]
DERIVED = [table for table in tables.TABLES if table in TABLES and table not in tables.SOURCES]


@pytest.fixture(scope="module")
def built(spark, config):
    """Build every table of the sample once, from raw tables that hold the sample's rows."""
    main.setup(spark, config, run_id="test")
    for table in TABLES:
        if table in tables.SOURCES:
            main.write(frame_of(spark, table), config, table)
    for table in DERIVED:
        if refused_by(table):
            main.write(frame_of(spark, table), config, table)
        else:
            main.build(spark, config, table, run_id="test")
    yield
    for layer in ("bronze", "silver", "gold", "ops"):
        spark.sql(f"DROP SCHEMA IF EXISTS {config.schema(layer)} CASCADE")


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("table", DERIVED)
def test_a_table_holds_what_the_local_engine_made(table, spark, config):
    assertDataFrameEqual(spark.table(config.table(table)), frame_of(spark, table))


@pytest.mark.usefixtures("built")
def test_what_the_rules_found_is_written_down(spark, config):
    asked = {table for table in DERIVED if hasattr(main.module_of(table), "check") and not refused_by(table)}
    found = spark.table(config.table("ops.contract_results")).where("run_id = 'test'")

    assert asked <= {row.table_name for row in found.collect()}


@pytest.mark.usefixtures("built")
def test_what_is_published_is_told(spark, config, monkeypatch, capsys):
    monkeypatch.setattr(main, "TABLES", {table: tables.TABLES[table] for table in DERIVED})

    main.publish(spark, config, "test")
    main.notify(spark, config, "test")

    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == sorted(main.written())

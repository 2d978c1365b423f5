"""The package of a bundle: its session, and what it writes down, sets apart and merges as the local run does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import churn_project
from boathouse.workbench import Workbench
from bundles import files_of, put
from test_bundle_code import ruff
from test_bundle_pipeline import REFERRING
from test_export_declarative import FEED

if TYPE_CHECKING:
    from boathouse.config import Project

FITS = (
    "reads: bronze.customers\nsteps:\n  - {step: cast, columns: {customer_id: bigint, age: int}, misfits: quarantine}\n"
)
TABLES = {
    **FEED,
    **REFERRING,
    "raw/seats.csv": "plan,seats\nbasic,1\npro,5\n",
    "tables/bronze/seats.yml": "source: {format: csv, path: raw/seats.csv}\ncontract: {drop: {few: seats <> '1'}}\n",
    "tables/silver/fits.yml": FITS,
    "tables/silver/fits_and_keeps.yml": f"{FITS}contract: {{drop: {{later: customer_id > 1}}}}\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return churn_project.make(tmp_path_factory.mktemp("projects") / "churn", TABLES)


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    return files_of(churn_project.planned(project), style="modules")


@pytest.fixture
def main(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the job's tasks, imported."""
    monkeypatch.syspath_prepend(str(put(tmp_path / "package", files) / "src"))
    yield import_module("churn.main")
    for name in [name for name in sys.modules if name.split(".")[0] == "churn"]:
        del sys.modules[name]


def transformation(files: dict[str, str], path: str) -> str:
    return files[f"src/churn/transformations/{path}.py"]


def test_rules_feeds_and_rows_that_do_not_fit_pass_the_packages_own_linter(
    files: dict[str, str], tmp_path: Path
) -> None:
    assert ruff(put(tmp_path, files)) == ""


def test_a_session_is_made_by_an_environment_and_a_file(files: dict[str, str]) -> None:
    assert "def create(env: str, config_path: str | None = None) -> SparkSession:" in files["src/churn/session.py"]


def test_a_rule_that_drops_rows_reads_other_tables_as_frames(files: dict[str, str]) -> None:
    known = transformation(files, "silver/known")

    assert "def known(silver_customers: DataFrame, silver_plans: DataFrame) -> DataFrame:" in known
    assert 'silver_plans.createOrReplaceTempView("silver_plans")' in known
    assert '"known": "`plan` IN (SELECT `plan` FROM silver_plans WHERE `plan` IS NOT NULL)"' in known


def test_raw_rows_that_break_a_rule_are_set_apart(files: dict[str, str]) -> None:
    seats = transformation(files, "bronze/seats")

    assert "def seats_with_quarantine(spark: SparkSession, source_path: str, run_id: str)" in seats
    assert "tests/unit/test_bronze_seats.py" not in files  # the sample holds the rows as they came


def test_a_landing_folder_has_a_test_that_has_a_file_arrive(files: dict[str, str]) -> None:
    text = files["tests/unit/test_bronze_changes.py"]

    assert 'made = changes(spark, str(tmp_path), checkpoint_path="")' in text
    assert 'header = ["id", "op", "at", "lsn", "plan", "visits"]' in text


def test_what_is_merged_is_merged_as_the_notebooks_do(project: Project, files: dict[str, str]) -> None:
    notebook = files_of(churn_project.planned(project))["src/notebooks/silver_now.py"]
    into = "WHEN MATCHED AND NOT ({same}) THEN UPDATE SET *"

    assert into in notebook
    assert into in files["src/churn/main.py"]
    assert 'MERGE_KEY = ("id",)' in transformation(files, "silver/now")


def test_a_package_without_a_change_feed_merges_nothing(tmp_path: Path) -> None:
    of = churn_project.planned(churn_project.make(tmp_path / "churn"))

    assert "merge(" not in files_of(of, style="modules")["src/churn/main.py"]


@pytest.mark.spark
def test_a_rule_that_must_hold_stops_the_task_and_one_that_should_is_told(
    main: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(action: str, *, holds: bool | None) -> tuple[Any, ...]:
        return ("run", "silver.x", f"{action}_rule", action, "x > 1", holds, "3")

    main.hold("silver.x", [found("fail", holds=True), found("fail", holds=None), found("drop", holds=False)])
    assert capsys.readouterr().out == ""

    main.hold("silver.x", [found("warn", holds=False)])
    assert capsys.readouterr().out == "warning: silver.x: warn_rule does not hold, 3\n"

    with pytest.raises(ValueError, match=r"the contract of silver.x does not hold: \['fail_rule'\]"):
        main.hold("silver.x", [found("fail", holds=False), found("warn", holds=False)])


@pytest.mark.spark
def test_what_rules_find_is_what_the_local_run_found_and_a_feed_is_merged(
    project: Project, main: ModuleType, spark: Any, tmp_path: Path
) -> None:
    bench = Workbench(project.root)
    bench.run()
    asked = "SELECT table_name, rule, action, holds, found FROM ops.contract_results"
    local = {tuple(row.values()) for row in bench.query(asked)}
    settings = {
        "catalog": {"name": "spark_catalog", "schema": "package"}, "format": "delta",
        "landing": str(project.root / "raw"), "checkpoints": str(tmp_path / "checkpoints"),
    }  # fmt: skip
    (tmp_path / "local.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    config = import_module("churn.config").ConfigLoader.load("local", str(tmp_path / "local.yaml"))

    main.setup(spark, config, "one")
    for table in main.TABLES:
        main.build(spark, config, table, "one")
    main.build(spark, config, "silver.now", "two")

    results = spark.table(config.table("ops.contract_results")).where("run_id = 'one'")
    columns = ("table_name", "rule", "action", "holds", "found")
    assert {tuple(row[name] for name in columns) for row in results.collect()} == local
    assert {("silver.fits", "fits"), ("silver.known", "known"), ("bronze.seats", "few")} <= {row[:2] for row in local}
    for table in main.TABLES:
        assert spark.table(config.table(table)).count() == bench.query(f"SELECT count(*) AS n FROM {table}")[0]["n"]
    history = spark.sql(f"DESCRIBE HISTORY {config.table('silver.now')}").collect()
    assert history[0]["operation"] == "MERGE"

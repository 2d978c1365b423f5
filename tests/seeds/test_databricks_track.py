"""The Databricks track as its guide has a user type it: findings to a registry, a registry to notebooks, a page and a job."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from boathouse import (
    DatabricksExporter,
    MultiDatasetFindings,
    PipelineDocGenerator,
    RecommendationRegistry,
    Workbench,
    config,
    findings_file,
    is_databricks,
    is_spark_available,
)
from boathouse.comparison import compare
from boathouse.engines.duckdb import DuckDB
from boathouse.engines.spark import LOCAL_CATALOG, session
from boathouse.explore import explore
from boathouse.notebook import read_notebook

FINDINGS = "./experiments/findings/multi_dataset_findings.yaml"
CUSTOMERS, WITHOUT_AGE, FAR_OUT = 300, 9, 230.0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with two raw files, explored."""
    monkeypatch.chdir(tmp_path)
    write_raw(tmp_path / "raw")
    findings_file.save(explore([tmp_path / "raw"], DuckDB(), target="churned"), Path(FINDINGS).parent)
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def write_raw(folder: Path) -> None:
    """Write customers, a few without an age and one who is charged far too much, and their orders."""
    folder.mkdir()
    rows = [customer(number) for number in range(CUSTOMERS)]
    (folder / "customers.csv").write_text(
        "customer_id,age,plan,monthly_charges,churned\n" + "".join(rows), encoding="utf-8"
    )
    orders = "".join(
        f"O{number:04d},C{number * 7 % CUSTOMERS:04d},{number % 90 + 0.25 * (number % 4)}\n" for number in range(900)
    )
    (folder / "orders.csv").write_text("order_id,customer_id,amount\n" + orders, encoding="utf-8")


def customer(number: int) -> str:
    age = "" if number < WITHOUT_AGE else 20 + number * 7 % 50
    charges = FAR_OUT if number == 100 else 20 + number * 37 % 80 + 0.5
    return f"C{number:04d},{age},{('basic', 'pro', 'team')[number % 3]},{charges},{int(number % 4 == 0)}\n"


def structure_of(registry: RecommendationRegistry) -> dict[str, Any]:
    exporter = DatabricksExporter(registry, catalog="your_catalog", schema="churn_pipeline")
    structure: dict[str, Any] = exporter.export_notebook_structure()
    return structure


def write_notebooks(structure: dict[str, Any]) -> None:
    """Save the notebooks as the guide's loop does."""
    for source_name, code in structure["bronze"].items():
        Path(f"notebooks/bronze_{source_name}.py").write_text(code, encoding="utf-8")
    Path("notebooks/silver_merge.py").write_text(structure["silver"], encoding="utf-8")
    Path("notebooks/gold_features.py").write_text(structure["gold"], encoding="utf-8")


@pytest.mark.usefixtures("here")
def test_findings_become_a_registry_and_a_registry_notebooks() -> None:
    multi = MultiDatasetFindings.load(FINDINGS)
    structure = structure_of(multi.to_recommendation_registry())
    write_notebooks(structure)

    assert sorted(structure["bronze"]) == ["customers", "orders"]
    written = sorted(path.name for path in Path("notebooks").iterdir())
    assert written == ["bronze_customers.py", "bronze_orders.py", "gold_features.py", "silver_merge.py"]
    for path in Path("notebooks").iterdir():
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Databricks notebook source\n# MAGIC %md\n# MAGIC # ")
        assert text.count('CATALOG = "your_catalog"') == text.count('SCHEMA = "churn_pipeline"') == 1
        assert "boathouse import" not in text
        compile(text, path.name, "exec")


@pytest.mark.usefixtures("here")
def test_each_layer_has_its_tables_in_order_with_one_heading_each() -> None:
    structure = structure_of(MultiDatasetFindings.load(FINDINGS).to_recommendation_registry())

    assert (
        'SOURCE_PATH = "/Volumes/your_catalog/churn_pipeline/landing/customers.csv"' in structure["bronze"]["customers"]
    )
    assert headings(structure["silver"]) == ["# Silver tables", "## Silver: customers", "## Silver: orders"]
    assert headings(structure["gold"]) == [
        "# Gold tables",
        "## Gold: orders_by_customer_id",
        "## Gold: customers_features",
    ]
    assert "# Null handling: age (median imputation)" in structure["silver"]
    assert "# Outlier capping: monthly_charges (IQR method)" in structure["silver"]
    assert structure["gold"].count("from pyspark.sql import functions as F") == 1


def headings(notebook: str) -> list[str]:
    return [line.removeprefix("# MAGIC ") for line in notebook.splitlines() if line.startswith("# MAGIC #")]


@pytest.mark.usefixtures("here")
def test_the_registry_has_the_rules_of_every_column_by_layer() -> None:
    registry = MultiDatasetFindings.load(FINDINGS).to_recommendation_registry()
    cleaned = {(each.category, each.action) for each in registry.layer("bronze")}
    columns = {str(each.step.get("column") or list(each.step.get("columns", ()))) for each in registry.layer("gold")}

    assert {("type", "cast"), ("null", "impute"), ("outlier", "cap")} <= cleaned
    assert [each.category for each in registry.layer("silver")] == ["aggregation", "join"]
    assert columns == {"age", "plan", "monthly_charges"}
    assert all(each.accepted and each.because and each.risk for each in registry.recommendations)


@pytest.mark.usefixtures("here")
def test_a_rejected_recommendation_leaves_the_notebooks() -> None:
    registry = MultiDatasetFindings.load(FINDINGS).to_recommendation_registry()
    capped = [each.id for each in registry.recommendations if each.category == "outlier"]

    assert "Outlier capping" not in structure_of(registry.without(capped))["silver"]


@pytest.mark.usefixtures("here")
def test_the_specification_takes_the_findings_as_its_second_argument() -> None:
    findings = MultiDatasetFindings.load("./experiments/findings")
    registry = findings.to_recommendation_registry()
    Path("pipeline_spec.md").write_text(PipelineDocGenerator(registry, findings).generate(), encoding="utf-8")
    page = Path("pipeline_spec.md").read_text(encoding="utf-8")

    assert "`main.default` on Databricks" in page
    sections = (
        "Assistant Instructions",
        "Data Overview",
        "Column Schema",
        "Bronze Layer",
        "Silver Layer",
        "Gold Layer",
    )
    assert [section for section in sections if f"\n## {section}\n" not in page] == []
    assert "### Execution Order" in page
    assert "Null handling: age (median imputation)" in page
    assert DatabricksExporter(registry, findings, "a_catalog", "a_schema").catalog == "a_catalog"


@pytest.mark.usefixtures("here")
def test_the_job_has_a_task_for_each_written_notebook() -> None:
    registry = MultiDatasetFindings.load(FINDINGS).to_recommendation_registry()
    workflow = DatabricksExporter(registry, catalog="your_catalog", schema="churn_pipeline").export_workflow()
    Path("workflow.json").write_text(json.dumps(workflow), encoding="utf-8")
    with open("workflow.json") as f:  # noqa: PTH123 - as the guide has it
        workflow = json.load(f)

    before = {
        task["task_key"]: [other["task_key"] for other in task.get("depends_on", [])] for task in workflow["tasks"]
    }
    assert before == {
        "bronze_customers": [], "bronze_orders": [],
        "silver_merge": ["bronze_customers", "bronze_orders"], "gold_features": ["silver_merge"],
    }  # fmt: skip
    assert workflow["tasks"][2]["notebook_task"]["notebook_path"] == "/Workspace/pipelines/churn_pipeline/silver_merge"


def test_the_export_of_a_project_has_a_task_a_table(here: Path) -> None:
    bench = built(here)
    bench.export("databricks", out=here / "orchestration/churn_prediction")
    with open("orchestration/churn_prediction/workflow.json") as f:  # noqa: PTH123 - as the guide has it
        workflow = json.load(f)

    before = {task["task_key"]: task.get("depends_on", []) for task in workflow["tasks"]}
    assert workflow["name"] == "churn_prediction_pipeline"
    assert before["gold_customers_features"] == [
        {"task_key": "gold_orders_by_customer_id"},
        {"task_key": "silver_customers"},
    ]


def built(here: Path) -> Workbench:
    """Take the same files through the verbs of the command line."""
    bench = Workbench(config.create(here / "churn_prediction").root)
    bench.explore([here / "raw"], target="churned")
    bench.advise(["all"])
    bench.run()
    return bench


def test_the_environment_is_told_by_what_databricks_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_RUNTIME_VERSION", raising=False)
    assert not is_databricks()
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "16.4")
    assert is_databricks()
    assert is_spark_available() is (importlib.util.find_spec("pyspark") is not None)


BRONZE = """\
source: {format: csv, path: ../raw/customers.csv}
steps:
  - {step: cast, columns: {age: int, monthly_charges: double, churned: int}}
  - {step: fill_nulls, column: age, using: median}
  - {step: cap_outliers, column: monthly_charges}
"""


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_bronze_notebook_fills_and_caps_on_spark(here: Path) -> None:
    project = config.create(here / "one")
    (project.tables / "bronze").mkdir(parents=True)
    (project.tables / "bronze/customers.yml").write_text(BRONZE, encoding="utf-8")
    (text,) = [
        path.read_text(encoding="utf-8")
        for path in Workbench(project.root).export("databricks", catalog="your_catalog", schema="churn_pipeline")
        if path.name == "bronze_customers.py"
    ]
    titles = [title for title, _ in read_notebook(text, {})]
    with session(local=True) as engine:
        engine.create_schema("bronze_alone", here / "spark")
        try:
            engine.run_cells(
                read_notebook(text, {**place("bronze_alone"), "SOURCE_PATH": str(here / "raw/customers.csv")})
            )
            rows = engine.session.table(f"{LOCAL_CATALOG}.bronze_alone.bronze_customers").collect()
        finally:
            engine.drop_schema("bronze_alone")

    # 291 ages from 20 to 69, and 300 charges, of which all but one lie between 20.5 and 99.5.
    assert titles[-3:] == [
        "Null handling: age (median imputation)", "Outlier capping: monthly_charges (IQR method)", "Write to Delta table",
    ]  # fmt: skip
    assert {row["age"] for row in rows if row["customer_id"] < f"C{WITHOUT_AGE:04d}"} == {45.0}
    assert 99.5 < max(row["monthly_charges"] for row in rows) < FAR_OUT


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_the_written_notebooks_make_the_tables_of_the_run(here: Path) -> None:
    write_notebooks(structure_of(MultiDatasetFindings.load(FINDINGS).to_recommendation_registry()))
    bench, made = built(here), here / "spark"
    with session(local=True) as engine:
        engine.create_schema("track", made)
        try:
            for name in ("bronze_customers", "bronze_orders", "silver_merge", "gold_features"):
                source = {"SOURCE_PATH": str(here / f"raw/{name[7:]}.csv")} if name.startswith("bronze") else {}
                text = Path(f"notebooks/{name}.py").read_text(encoding="utf-8")
                engine.run_cells(read_notebook(text, place("track") | source))
            verdicts = {
                str(action.name): compare(bench.project.lake(action.name), made / action.name.flat).verdict
                for action in bench.plan().actions
            }
        finally:
            engine.drop_schema("track")

    assert verdicts == dict.fromkeys(map(str, bench.plan().schemas), "PROVEN")


def place(schema: str) -> dict[str, str]:
    return {"CATALOG": LOCAL_CATALOG, "SCHEMA": schema}

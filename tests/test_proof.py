"""The proof: the files of an export make the same tables on Spark, and a file that does not is found out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import churn_project
from boathouse import export_files
from boathouse.errors import UserError
from boathouse.proof import Proof, prove
from boathouse.proofs.databricks import workflow_order
from boathouse.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.config import Project


def built(root: Path) -> Project:
    """Make the project, run it locally and export it."""
    project = churn_project.make(root)
    run(churn_project.planned(project), project)
    export_files.write(churn_project.exported(churn_project.planned(project)), project.dist("databricks"))
    return project


def proven(project: Project, **options: object) -> Proof:
    return prove(churn_project.planned(project), project, "databricks", project.dist("databricks"), **options)  # type: ignore[arg-type]


def change(project: Project, notebook: str, old: str, new: str) -> None:
    file = project.dist("databricks") / "notebooks" / f"{notebook}.py"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_proof_wants_an_export(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no export"):
        workflow_order(tmp_path)
    (tmp_path / "workflow.json").write_text('{"tasks": [{"task_key": "a", "depends_on": ["b"]}]}', encoding="utf-8")
    with pytest.raises(UserError, match="is no workflow"):
        workflow_order(tmp_path)


def test_notebooks_run_in_the_order_of_the_workflow(tmp_path: Path) -> None:
    tasks = [{"task_key": "b", "depends_on": [{"task_key": "a"}]}, {"task_key": "a"}]
    (tmp_path / "workflow.json").write_text(json.dumps({"tasks": tasks}), encoding="utf-8")

    assert workflow_order(tmp_path) == ["a", "b"]


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_every_table_is_proven(tmp_path: Path) -> None:
    proof = proven(built(tmp_path / "churn"))

    assert {table.table: (table.verdict, table.why) for table in proof.tables} == dict.fromkeys(
        (
            "bronze.customers",
            "bronze.plans",
            "silver.customers",
            "silver.customers_quarantine",
            "silver.plans",
            "gold.customer_features",
            "gold.spend",
        ),
        ("PROVEN", ""),
    )
    assert proof.proven
    assert proof.summary.startswith("7 of 7 tables are proven equal on Spark ")
    assert json.loads(proof.report.with_suffix(".json").read_text(encoding="utf-8"))["proven"] is True
    assert "Every table is proven" in proof.report.read_text(encoding="utf-8")


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_notebook_that_does_something_else_is_found_out(tmp_path: Path) -> None:
    project = built(tmp_path / "churn")
    change(project, "silver_customers", 'F.median("age")', 'F.avg("age")')
    change(project, "bronze_plans", 'CATALOG = "main"', 'KATALOG = "main"')
    change(project, "gold_spend", "count(*)", "counts(*)")
    proof = proven(project)
    tables = {table.table: table for table in proof.tables}

    assert not proof.proven
    silver = tables["silver.customers"].comparison
    assert (silver.verdict, silver.changed, silver.aligned_by) == ("DIFFERENT", 1, ("customer_id",))
    assert silver.columns[0].samples == (("customer_id=2", "39.0", "39.5"),)
    assert tables["bronze.customers"].verdict == "PROVEN"
    assert (tables["bronze.plans"].verdict, tables["bronze.plans"].why) == (
        "NOT COMPARABLE",
        "the notebook sets no constant CATALOG",
    )
    assert tables["gold.spend"].why == "silver.plans, which it reads, could not be made on Spark"
    assert "customer_id=2" in proof.report.read_text(encoding="utf-8")


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_what_fails_on_spark_is_said_in_its_first_sentence(tmp_path: Path) -> None:
    project = built(tmp_path / "churn")
    change(project, "gold_spend", "count(*)", "counts(*)")
    change(project, "gold_customer_features", "# Null handling", "df = df.union(df)\n# Null handling")
    why = {table.table: table.why for table in proven(project).tables}

    assert why["gold.spend"].startswith("Select from silver.customers, silver.plans: [UNRESOLVED_ROUTINE] ")
    said = "Stop where a rule that must hold does not: the contract of gold.customer_features does not hold"
    assert why["gold.customer_features"] == f"{said}: ['key']"


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_table_that_is_not_built_is_not_comparable(tmp_path: Path) -> None:
    project = churn_project.make(tmp_path / "churn")
    plan = churn_project.planned(project)
    export_files.write(churn_project.exported(plan), project.dist("databricks"))
    proof = proven(project)

    assert not proof.proven
    assert {table.why for table in proof.tables} == {"it is not in the lake; type `boathouse run`"}

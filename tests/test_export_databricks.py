"""The Databricks export: notebooks that a colleague would approve, the job that runs them, and a page to read."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import churn_project
from boathouse import export_files
from boathouse.cells import Cell, import_lines, sql_text
from boathouse.destination import Destination
from boathouse.errors import UserError
from boathouse.notebook import read_notebook, write_notebook
from boathouse.run import run
from boathouse.workbench import Workbench
from churn_project import exported

if TYPE_CHECKING:
    from boathouse.config import Project

GOLDEN = Path(__file__).parent / "golden" / "databricks"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return churn_project.make(tmp_path_factory.mktemp("projects") / "churn")


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    return exported(churn_project.planned(project))


def notebooks(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if path.endswith(".py")}


# ---- the files ------------------------------------------------------------------------------------------------------


def test_the_files_are_those_under_golden(files: dict[str, str]) -> None:
    """Read what has changed with git diff, after BOATHOUSE_GOLDEN=write has written it."""
    if os.environ.get("BOATHOUSE_GOLDEN") == "write":
        for path, text in files.items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_text(text, encoding="utf-8")
    golden = {
        str(path.relative_to(GOLDEN)): path.read_text(encoding="utf-8") for path in GOLDEN.rglob("*") if path.is_file()
    }

    assert sorted(files) == sorted(golden)
    for path, text in files.items():
        assert text == golden[path], path


def test_the_same_plan_gives_the_same_bytes(project: Project, files: dict[str, str]) -> None:
    assert exported(churn_project.planned(project)) == files


def test_notebooks_have_the_form_that_databricks_imports(files: dict[str, str]) -> None:
    for path, text in notebooks(files).items():
        assert text.startswith("# Databricks notebook source\n# MAGIC %md\n# MAGIC # "), path
        assert '\n\n# COMMAND ----------\n# Configuration\nCATALOG = "main"\nSCHEMA = "churn"\n' in text
        assert ("\n\n# COMMAND ----------\n# Write to Delta table\n" in text) == ("_" in Path(path).stem)
        assert text.endswith(")\n")


def test_notebooks_stand_alone(files: dict[str, str]) -> None:
    for path, text in notebooks(files).items():
        tree = ast.parse(text)
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert modules <= {
            "pyspark.sql",
            "pyspark.sql.window",
            "pyspark.ml.feature",
            "decimal",
            "datetime",
            "functools",
        }, path
        assert not [name for name in ("sparkContext", ".rdd", ".cache(", ".persist(", "toPandas") if name in text], path


def test_notebooks_pass_the_linter_and_the_formatter(files: dict[str, str], tmp_path: Path) -> None:
    for path, text in notebooks(files).items():
        (tmp_path / Path(path).name).write_text(text, encoding="utf-8")
    rules = ["--select", "E,F,I,B,W,N,UP,C4,PIE,RET,SIM", "--ignore", "N812,E501", "--config", 'builtins=["spark"]']
    line = ["--isolated", "--line-length", "120"]

    for command in (["check", *rules], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *line, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_frozen_numbers_become_constants(tmp_path: Path) -> None:
    project = churn_project.make(tmp_path / "churn")
    path = "notebooks/gold_customer_features.py"

    before = exported(churn_project.planned(project))[path]
    run(churn_project.planned(project), project)
    after = exported(churn_project.planned(project))[path]

    assert "mean_monthly_charges = df.agg(" in before
    assert "mean_monthly_charges = 92.0\n" not in before
    assert "mean_monthly_charges = df" not in after
    assert any(
        line.startswith("mean_monthly_charges = ") and float(line.split(" = ")[1]) > 0 for line in after.splitlines()
    )


def test_all_numbers_are_constants_where_that_is_asked_for(tmp_path: Path) -> None:
    bench = Workbench(churn_project.make(tmp_path / "churn").root)
    with pytest.raises(UserError, match="the numbers of `fill_nulls` are not learnt yet") as error:
        bench.export("databricks", options={"numbers": "frozen"})
    assert "boathouse run silver.customers" in str(error.value.hint)

    bench.run()
    bench.export("databricks", options={"numbers": "frozen"})

    text = (bench.project.dist("databricks") / "notebooks/silver_customers.py").read_text(encoding="utf-8")
    assert "median_age = 39.0\n" in text
    assert "percentile" not in text


def test_a_landing_folder_may_be_read_as_a_batch(tmp_path: Path) -> None:
    files = {
        "raw/orders/a.csv": "id,fee\n1,2\n",
        "tables/bronze/orders.yml": "source: {format: csv, path: raw/orders}\n",
    }
    plan = churn_project.planned(churn_project.make(tmp_path / "churn", files))
    stream, batch = (exported(plan, ingestion=how)["notebooks/bronze_orders.py"] for how in ("auto-loader", "batch"))

    assert "cloudFiles" in stream
    assert "CHECKPOINT_PATH" in stream
    assert not any(
        word in batch for word in ("cloudFiles", "CHECKPOINT_PATH", "writeStream", "DATABRICKS_RUNTIME_VERSION")
    )
    assert batch.endswith('saveAsTable(\n    f"{CATALOG}.{SCHEMA}.bronze_orders"\n)\n')


def test_two_raw_files_of_one_name_lie_apart(tmp_path: Path) -> None:
    again = {
        "raw/old/customers.csv": "id\n1\n",
        "tables/bronze/old.yml": "source: {format: csv, path: raw/old/customers.csv}\n",
    }
    files = exported(churn_project.planned(churn_project.make(tmp_path / "churn", again)))

    assert 'SOURCE_PATH = "/Volumes/main/churn/landing/old/customers.csv"' in files["notebooks/bronze_old.py"]
    assert (
        'SOURCE_PATH = "/Volumes/main/churn/landing/customers/customers.csv"' in files["notebooks/bronze_customers.py"]
    )


@pytest.mark.parametrize("name", ["main; DROP", 'a"b', "", "a.b"])
def test_a_catalog_is_an_identifier(project: Project, name: str) -> None:
    with pytest.raises(UserError, match="is no catalog name"):
        exported(churn_project.planned(project), catalog=name)


# ---- the job and the page -------------------------------------------------------------------------------------------


def test_the_job_runs_each_notebook_after_those_that_it_reads(files: dict[str, str]) -> None:
    job = json.loads(files["workflow.json"])
    tasks = {task["task_key"]: task for task in job["tasks"]}

    assert job["name"] == "churn_pipeline"
    assert sorted(tasks) == sorted(Path(path).stem for path in notebooks(files))
    assert [*tasks][:: len(tasks) - 1] == ["setup", "publish"]
    assert tasks["publish"]["depends_on"] == [{"task_key": name} for name in list(tasks)[1:-1]]
    assert tasks["gold_spend"]["depends_on"] == [{"task_key": "silver_customers"}, {"task_key": "silver_plans"}]
    assert tasks["bronze_plans"] == {
        "task_key": "bronze_plans",
        "depends_on": [{"task_key": "setup"}],
        "notebook_task": {"notebook_path": "/Workspace/pipelines/churn/bronze_plans", "source": "WORKSPACE"},
    }


def test_the_specification_has_its_sections_in_order(files: dict[str, str]) -> None:
    page = files["pipeline_spec.md"]
    headings = [line[3:] for line in page.splitlines() if line.startswith("## ")]

    assert headings == [
        "Assistant Instructions", "Data Overview", "Column Schema", "Data Sources", "Bronze Layer", "Silver Layer",
        "Gold Layer", "Notebook Structure", "Delta Table Structure",
    ]  # fmt: skip
    assert "databricks workspace import-dir ./notebooks /Workspace/pipelines/churn" in page
    assert "   - Rationale: nulls.age 16.7 %" in page


# ---- the folder -----------------------------------------------------------------------------------------------------


def test_a_table_that_is_gone_takes_its_notebook_and_the_proof_along(project: Project, tmp_path: Path) -> None:
    plan, out = churn_project.planned(project), tmp_path / "dist"
    export_files.write(exported(plan), out)
    (out / "proof").mkdir()
    export_files.write(exported(plan), out)
    assert (out / "proof").is_dir()

    (out / "notebooks" / "silver_gone.py").write_text(
        "# MAGIC Generated by Boathouse from silver/gone.yml\n", encoding="utf-8"
    )
    (out / "notebooks" / "mine.py").write_text("print(1)\n", encoding="utf-8")
    export_files.write(exported(plan), out)

    assert not (out / "notebooks" / "silver_gone.py").exists()
    assert not (out / "proof").exists()
    assert (out / "notebooks" / "mine.py").exists()


# ---- the text -------------------------------------------------------------------------------------------------------


def evaluated(text: str) -> Any:
    return eval(text, {"CATALOG": "main", "SCHEMA": "churn"})  # noqa: S307 - our own text is what is tested


def test_only_table_names_change_in_a_users_sql() -> None:
    sql = """WITH plans AS (SELECT * FROM silver.plans) -- silver.plans in a comment
SELECT 'silver.plans', '{x}', 'back\\\\slash', \"\"\"a\"\"\" AS q FROM plans JOIN Silver.`customers` AS c USING (plan)"""

    assert evaluated(sql_text(sql, Destination("main", "churn"))) == f"\n{sql}\n".replace(
        "FROM silver.plans", "FROM main.churn.silver_plans"
    ).replace("Silver.`customers`", "main.churn.silver_customers")


@given(st.text(alphabet="{}\\\"'`#\n\t aN\u2028%$", max_size=30), st.booleans())
def test_any_text_of_a_users_sql_arrives_as_it_was(text: str, reads: bool) -> None:
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    sql = f"SELECT {quoted} AS a" + (" FROM silver.plans" if reads else "")
    written = sql_text(sql, Destination("main", "churn"))

    assert evaluated(written) == f"\n{sql}\n".replace(" FROM silver.plans", " FROM main.churn.silver_plans")
    assert "\n#" not in written


@pytest.mark.parametrize(
    "hostile",
    ["COMMAND ----------", "MAGIC %sh rm -rf /", "DBTITLE 1,x", 'a\n"""\nimport os', "a\rimport os", "\x0cimport os"],
)
def test_a_comment_stays_a_comment(hostile: str) -> None:
    text = write_notebook("Silver: x", hostile, [Cell("Step", hostile, "df = 1"), Cell(hostile, "", "df = 2")])

    assert text.count("\n# COMMAND ----------\n") == 2
    assert [type(node).__name__ for node in ast.parse(text).body] == ["Assign", "Assign"]
    assert text.count("\n# MAGIC") == len(
        [line for line in text.split("\n# COMMAND")[0].splitlines() if "MAGIC" in line[:8]]
    )


def test_imports_are_those_that_are_used() -> None:
    assert import_lines(["df = spark.table('x')"]) == []
    assert import_lines(["x = F.lit(Decimal('1'))", "y = date(2024, 1, 1), datetime(2024, 1, 1), Window"]) == [
        "from datetime import date, datetime",
        "from decimal import Decimal",
        "",
        "from pyspark.sql import functions as F",
        "from pyspark.sql.window import Window",
    ]
    assert import_lines(["F = 1", "print(F)"]) == []


def test_a_notebook_is_read_as_it_stands_but_for_its_constants() -> None:
    cells = [Cell("Configuration", "", 'CATALOG = "main"\nSCHEMA = "churn"'), Cell("Read", "why", "df = CATALOG")]
    text = write_notebook("Silver: x", "about", cells)

    assert read_notebook(text, {"CATALOG": "it's", "SCHEMA": "proof"})[1:] == [
        ("Configuration", "# Configuration\nCATALOG = \"it's\"\nSCHEMA = 'proof'\n"),
        ("Read", "# Read\n# why\ndf = CATALOG\n"),
    ]
    with pytest.raises(UserError, match="sets no constant SOURCE_PATH"):
        read_notebook(text, {"CATALOG": "a", "SOURCE_PATH": "b"})
    with pytest.raises(UserError, match="the first line is not"):
        read_notebook("df = 1", {})
    with pytest.raises(UserError, match="is no Python"):
        read_notebook(text + "df = = 1\n", {})


@pytest.mark.parametrize("name", ["silver_customers", "gold_spend"])
def test_the_notebooks_that_the_docs_show_are_those_that_leave(files: dict[str, str], name: str) -> None:
    page = (Path(__file__).parents[1] / "docs/leaving.md").read_text(encoding="utf-8")
    assert files[f"notebooks/{name}.py"].rstrip() in page

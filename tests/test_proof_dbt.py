"""The proof of the dbt export: `dbt build` on DuckDB and on Spark makes the tables of the lake, and what does not is found out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import churn_project
import odd_project
from boathouse import config
from boathouse.config import Project
from boathouse.dbt.command import VARIABLE, find_dbt
from boathouse.demos import write_demo
from boathouse.errors import UserError
from boathouse.proof import Proof
from boathouse.workbench import Workbench

BESIDE = Path(__file__).resolve().parents[1] / ".venv-dbt" / "bin" / "dbt"
DBT = Path(os.environ.get(VARIABLE, BESIDE))

needs_dbt = pytest.mark.skipif(not DBT.is_file(), reason="needs an environment with dbt: make .venv-dbt/made")


@pytest.fixture(autouse=True)
def dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    if DBT.is_file():
        monkeypatch.setenv(VARIABLE, str(DBT))


def churn(root: Path) -> Project:
    return churn_project.make(root)


def demo(name: str) -> Callable[[Path], Project]:
    def make(root: Path) -> Project:
        project = config.create(root, name)
        write_demo(name, root)
        bench = Workbench(root)
        bench.explore([root / "raw"])
        bench.advise(["all"])
        return project

    return make


def exported(project: Project, **options: object) -> Workbench:
    bench = Workbench(project.root)
    bench.run()
    bench.export("dbt", options=options)
    return bench


def unlike(proof: Proof) -> dict[str, str]:
    return {table.table: table.why for table in proof.tables if table.verdict != "PROVEN"}


# ---- without dbt ----------------------------------------------------------------------------------------------------


def test_where_dbt_is_missing_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"dbt is not installed; .*python -m venv \.venv-dbt"):
        find_dbt()
    monkeypatch.setenv(VARIABLE, "/nowhere/dbt")
    with pytest.raises(UserError, match="BOATHOUSE_DBT is /nowhere/dbt, which is no file"):
        find_dbt()


def test_dbt_is_found_beside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    program, below = tmp_path / ".venv-dbt" / "bin" / "dbt", tmp_path / "churn"
    for folder in (program.parent, below):
        folder.mkdir(parents=True)
    program.write_text("", encoding="utf-8")
    monkeypatch.chdir(below)
    assert find_dbt() == program


def test_a_proof_wants_an_export(tmp_path: Path) -> None:
    project = churn(tmp_path / "churn")
    with pytest.raises(UserError, match="holds no dbt project; type `boathouse export dbt`"):
        Workbench(project.root).prove("dbt")


# ---- on DuckDB ------------------------------------------------------------------------------------------------------


@needs_dbt
@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "tables"),
    [(churn, 5), (odd_project.make, 4), (demo("telco"), 5)],
    ids=["churn", "odd names", "telco"],
)
def test_dbt_makes_the_tables_of_the_lake_on_duckdb(
    tmp_path: Path, make: Callable[[Path], Project], tables: int
) -> None:
    proof = exported(make(tmp_path / "project")).prove("dbt")
    assert unlike(proof) == {}
    assert len(proof.tables) == tables
    assert re.fullmatch(r"dbt 1\.\d+\.\d+ and DuckDB", proof.engines)


@needs_dbt
@pytest.mark.slow
def test_what_does_not_hold_is_found_out(tmp_path: Path) -> None:
    bench = exported(churn(tmp_path / "churn"), snapshots=True)
    out = bench.project.dist("dbt")
    model = out / "models/silver/silver_plans.sql"
    model.write_text(f"{model.read_text(encoding='utf-8')}WHERE plan <> 'pro'\n", encoding="utf-8")
    broken = out / "models/gold/gold_spend.sql"
    broken.write_text("SELECT nothing_like_it FROM {{ ref('silver_customers') }}", encoding="utf-8")
    (out / "tests/never.sql").write_text("SELECT plan FROM {{ ref('gold_customer_features') }}", encoding="utf-8")

    found = unlike(bench.prove("dbt"))
    assert list(found) == ["silver.plans", "gold.customer_features", "gold.spend", "never"]
    assert found["silver.plans"] == found["gold.customer_features"] == "the rows differ"
    assert "nothing_like_it" in found["gold.spend"]
    assert found["never"].startswith("the test fails: Got ")


@needs_dbt
@pytest.mark.slow
def test_what_reads_a_table_whose_test_fails_is_not_made(tmp_path: Path) -> None:
    bench = exported(churn(tmp_path / "churn"))
    out = bench.project.dist("dbt")
    (out / "tests/never.sql").write_text("SELECT plan FROM {{ ref('silver_customers') }}", encoding="utf-8")

    found = unlike(bench.prove("dbt"))
    assert list(found) == ["gold.customer_features", "gold.spend", "never"]
    assert found["gold.spend"] == "dbt skips it, for a test of what it reads fails, or that could not be made"
    assert found["never"] == "the test fails: Got 5 results, configured to fail if != 0"


@needs_dbt
@pytest.mark.slow
def test_dbt_reads_the_files_for_databricks_too(tmp_path: Path) -> None:
    out = exported(odd_project.make(tmp_path / "odd"), snapshots=True).project.dist("dbt")
    variables = {"DATABRICKS_HOST": "a.cloud", "DATABRICKS_HTTP_PATH": "/sql/1.0/w", "DATABRICKS_TOKEN": "none"}
    done = subprocess.run(
        [DBT, "--no-send-anonymous-usage-stats", "--warn-error", "parse", "--profiles-dir", ".", "--target", "dev"],
        cwd=out, env={**os.environ, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


# ---- on Spark -------------------------------------------------------------------------------------------------------


@needs_dbt
@pytest.mark.spark
def test_dbt_makes_the_tables_of_the_lake_on_spark(tmp_path: Path) -> None:
    proof = exported(odd_project.make(tmp_path / "project")).prove("dbt", on="spark")
    assert unlike(proof) == {}
    assert re.fullmatch(r"dbt 1\.\d+\.\d+ and Spark", proof.engines)

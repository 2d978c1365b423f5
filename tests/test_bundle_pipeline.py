"""A bundle whose tables are one declarative pipeline: the same files as the target declarative's, and a job around them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import churn_project
from boathouse import inspection
from boathouse.errors import UserError
from boathouse.export import Export, target
from boathouse.learned import learned
from boathouse.package import package
from boathouse.run import run
from bundles import put, yaml_of

if TYPE_CHECKING:
    from boathouse.config import Project
    from terminal import Terminal

JOB = "resources/churn_pipeline.job.yml"
# Rules that read other tables, whose names the files have to ask for.
REFERRING = {
    "tables/silver/known.yml": """reads: silver.customers
contract:
  drop: {known: "references(plan, silver.plans)"}
  fail: {known_too: "references(plan, silver.plans, plan)"}
""",
    "tables/gold/joined.yml": "reads: silver.known\nsteps: [{step: join, with: silver.plans, on: [plan]}]\n",
    "tables/gold/braces.sql": "SELECT '{SCHEMA}' AS text, customer_id FROM silver.known\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = churn_project.make(tmp_path_factory.mktemp("projects") / "churn", REFERRING)
    run(churn_project.planned(project), project)
    return project


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, str]:
    return made(project, "bundle", pipeline=True, warehouse="Shared Warehouse")


def made(project: Project, name: str, **options: Any) -> dict[str, str]:
    asked = Export(churn_project.planned(project), "main", "churn", learned=learned(project))
    return target(name, options).files(asked)


def test_the_tables_are_those_of_the_target_declarative_but_ask_for_the_schema(
    project: Project, files: dict[str, str]
) -> None:
    plain = {path: text for path, text in made(project, "declarative").items() if path.endswith(".py")}
    asking = {
        path.removeprefix("src/"): text for path, text in files.items() if path.startswith("src/transformations/")
    }

    assert sorted(asking) == sorted(plain)
    for path, text in asking.items():
        assert 'SCHEMA = spark.conf.get("schema")' in text
        assert re.findall(r"\bchurn_(?:bronze|silver|gold)", text) == [], path
        assert text.count("{SCHEMA}_") == len(re.findall(r"\bchurn_(?:bronze|silver|gold)", plain[path])), path
    assert 'spark.table(f"{SCHEMA}_silver.plans")' in asking["transformations/gold/joined.py"]
    assert "'{{SCHEMA}}' AS text" in asking["transformations/gold/braces.py"]
    assert "FROM {SCHEMA}_silver.plans" in asking["transformations/silver/known.py"]


def test_the_resource_names_no_environment(files: dict[str, str]) -> None:
    pipeline = yaml_of(files, "resources/pipelines.yml")["resources"]["pipelines"]["tables"]

    assert pipeline == {
        "name": "churn_pipeline",
        "catalog": "${var.catalog}",
        "schema": "${resources.schemas.gold.name}",
        "serverless": True,
        "channel": "CURRENT",
        "continuous": False,
        "root_path": "../src",
        "libraries": [{"glob": {"include": "../src/transformations/**"}}],
        "configuration": {
            "landing": "/Volumes/${var.catalog}/${resources.schemas.bronze.name}/landing",
            "schema": "${var.schema_prefix}${var.schema}",
        },
    }


def test_the_job_runs_the_pipeline_between_setup_and_test(files: dict[str, str]) -> None:
    tasks = yaml_of(files, JOB)["resources"]["jobs"]["churn_pipeline"]["tasks"]

    assert {task["task_key"]: [other["task_key"] for other in task.get("depends_on", [])] for task in tasks} == {
        "setup": [], "tables": ["setup"], "test": ["tables"], "publish": ["test"], "notify": ["publish"],
    }  # fmt: skip
    assert tasks[1]["pipeline_task"] == {"pipeline_id": "${resources.pipelines.tables.id}"}
    assert sorted(path for path in files if path.startswith("src/notebooks/")) == [
        f"src/notebooks/{name}" for name in ("notify.py", "publish.py", "ruff.toml", "setup.py", "test.py")
    ]


def test_the_offline_check_finds_no_fault(files: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("databricks.sdk")

    assert inspection.faults(package.read(put(tmp_path, files))) == []


@pytest.mark.spark
def test_the_project_passes_its_own_linter_formatter_and_contract_tests(files: dict[str, str], tmp_path: Path) -> None:
    folder = put(tmp_path, files)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for command in (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "--diff", "."],
        ["pytest", "-qm", "contract"],
    ):
        line = [sys.executable, "-m", *command]
        done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_pipeline_is_no_package(project: Project) -> None:
    with pytest.raises(UserError, match="a declarative pipeline stands in files of its own"):
        made(project, "bundle", pipeline=True, style="modules")


def test_a_workspace_takes_it(
    files: dict[str, str], boathouse: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("databricks.sdk")
    from fake_workspace import Fake, serving

    fake = Fake()
    folder = put(tmp_path / "out", files)
    with serving(fake) as address:
        for name, value in {"HOST": address, "TOKEN": "secret", "CONFIG_FILE": str(tmp_path / "none.cfg")}.items():
            monkeypatch.setenv(f"DATABRICKS_{name}", value)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        answer = boathouse("deploy", folder)

    assert answer.code == 0, answer.err
    ((number, pipeline),) = fake.pipelines.items()
    (job,) = fake.jobs.values()
    tasks = {task["task_key"]: task for task in job["tasks"]}
    assert tasks["tables"]["pipeline_task"]["pipeline_id"] == number
    assert pipeline["schema"] == "dev_ada_lovelace_churn_gold"
    assert pipeline["configuration"] == {
        "landing": "/Volumes/dev_main/dev_ada_lovelace_churn_bronze/landing",
        "schema": "dev_ada_lovelace_churn",
    }

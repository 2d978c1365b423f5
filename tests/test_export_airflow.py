"""The Airflow DAG: a file that compiles, whose tasks wait for each other as the job's do."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import churn_project
from boathouse.export import Export, target
from boathouse.job import workflow

if TYPE_CHECKING:
    from boathouse.plan import Plan

GOLDEN = Path(__file__).parent / "golden" / "airflow"
FILE = "dags/churn_pipeline.py"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return churn_project.planned(churn_project.make(tmp_path_factory.mktemp("projects") / "churn"))


@pytest.fixture(scope="module")
def dag(plan: Plan) -> str:
    return target("airflow").files(Export(plan, "main", "churn"))[FILE]


def constant(text: str, name: str) -> object:
    """Read what a file sets a name to."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{name} is not set")


def test_the_file_is_the_one_under_golden(dag: str) -> None:
    """Read what has changed with git diff, after BOATHOUSE_GOLDEN=write has written it."""
    golden = GOLDEN / FILE
    if os.environ.get("BOATHOUSE_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(dag, encoding="utf-8")

    assert dag == golden.read_text(encoding="utf-8")


def test_its_tasks_wait_for_each_other_as_those_of_the_workflow(plan: Plan, dag: str) -> None:
    tasks = {
        task["task_key"]: [other["task_key"] for other in task.get("depends_on", [])]
        for task in workflow(plan)["tasks"]
    }

    assert constant(dag, "NOTEBOOKS") == tasks


def test_it_runs_the_notebooks_where_the_workflow_does(plan: Plan, dag: str) -> None:
    folder = str(constant(dag, "FOLDER"))

    for task in workflow(plan)["tasks"]:
        assert task["notebook_task"]["notebook_path"] == f"{folder}/{task['task_key']}"


def test_options_are_text_whatever_they_hold(plan: Plan) -> None:
    hostile = '"); import os #'
    files = target("airflow", {"schedule": hostile, "timezone": hostile, "connection": hostile}).files(
        Export(plan, "main", "churn")
    )

    assert constant(files[FILE], "CONNECTION") == hostile
    assert "os" not in {
        alias.name for node in ast.walk(ast.parse(files[FILE])) if isinstance(node, ast.Import) for alias in node.names
    }


def test_it_passes_the_linter_and_the_formatter(dag: str, tmp_path: Path) -> None:
    (tmp_path / "dag.py").write_text(dag, encoding="utf-8")

    for command in (["check", "--select", "B,C4,E,F,I,PIE,SIM,UP,W"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", str(tmp_path)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

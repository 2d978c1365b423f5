"""Contract: the job is one that can run: its tasks wait for tasks that there are, and run what there is."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

KEY = "churn_pipeline"
RESOURCES = Path(__file__).parents[2] / "resources"
JOB = yaml.safe_load((RESOURCES / f"{KEY}.job.yml").read_text(encoding="utf-8"))["resources"]["jobs"][KEY]
TASKS = {task["task_key"]: task for task in JOB["tasks"]}
AROUND = ["setup", "test", "publish", "notify"]  # the tasks of tables
WAITS = {key: [other["task_key"] for other in task.get("depends_on", [])] for key, task in TASKS.items()}


@pytest.mark.contract
def test_tasks_wait_for_tasks_that_there_are_and_for_none_in_a_circle():
    order = list(TopologicalSorter(WAITS).static_order())

    assert sorted(order) == sorted(TASKS)
    assert [order[0], *order[-3:]] == AROUND


@pytest.mark.contract
def test_a_task_runs_in_an_environment_that_there_is():
    known = {environment["environment_key"] for environment in JOB["environments"]}

    assert {task["environment_key"] for task in TASKS.values()} <= known


@pytest.mark.contract
@pytest.mark.parametrize("key", TASKS)
def test_a_task_has_its_notebook(key):
    assert (RESOURCES / TASKS[key]["notebook_task"]["notebook_path"]).resolve().exists()

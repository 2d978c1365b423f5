"""Contract: the job is one that can run: its tasks wait for tasks that there are, and run what there is."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from churn.main import module_of
from churn.tables import TABLES

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
def test_tasks_build_every_table_once_and_each_after_those_that_it_reads():
    built = {key: task["python_wheel_task"]["parameters"][1] for key, task in TASKS.items() if key not in AROUND}

    assert sorted(built.values()) == sorted(TABLES)
    for key, table in built.items():
        assert {built.get(other) for other in WAITS[key]} >= set(module_of(table).READS)

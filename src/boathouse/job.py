"""Job: the tasks that build a plan's tables on Databricks, in the words of its Jobs API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boathouse.notebook import workspace_folder
from boathouse.plan import Plan


def task_order(plan: Plan) -> dict[str, list[str]]:
    """Name each table's task, and those that it comes after."""
    here = {action.name for action in plan.actions}
    return {action.name.flat: [name.flat for name in sorted(action.reads) if name in here] for action in plan.actions}


def workflow(plan: Plan) -> dict[str, Any]:
    """Describe the job for `databricks jobs create --json @workflow.json`: a serverless notebook task a table, between setup and publish."""
    tables = task_order(plan)
    first = {task: others or ["setup"] for task, others in tables.items()}
    return _job(plan, {"setup": [], **first, "publish": list(tables)})


def layer_workflow(plan: Plan) -> dict[str, Any]:
    """Describe the job where each layer is one notebook: a task a bronze table, then silver_merge, then gold_features."""
    bronze = [action.name.flat for action in plan.actions if action.name.layer == "bronze"]
    before: dict[str, list[str]] = {name: [] for name in bronze}
    return _job(plan, {**before, "silver_merge": bronze, "gold_features": ["silver_merge"]})


def _job(plan: Plan, before: Mapping[str, list[str]]) -> dict[str, Any]:
    folder = workspace_folder(plan.pipeline.project)
    tasks = []
    for task, others in before.items():
        tasks.append(
            {
                "task_key": task,
                **({"depends_on": [{"task_key": other} for other in others]} if others else {}),
                "notebook_task": {"notebook_path": f"{folder}/{task}", "source": "WORKSPACE"},
            }
        )
    return {"name": f"{plan.pipeline.project}_pipeline", "max_concurrent_runs": 1, "tasks": tasks}

"""Bundle job: the job that ingests, transforms, tests, publishes and notifies, as a resource of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boathouse.job import task_order
from boathouse.plan import Plan

HOUR = 60 * 60
ENVIRONMENT = "default"
AFTER = ("test", "publish", "notify")  # the tables are built


@dataclass(frozen=True)
class JobOptions:
    """What whoever exports decides about the job."""

    style: str
    schedule: str
    timezone: str
    package: str
    webhook: bool  # whether a notification destination is told
    pipeline: str = ""  # the key of the declarative pipeline that builds the tables; none, a task a table


def job_key(project: str) -> str:
    """Name the job in the bundle's files, and for `databricks bundle run`."""
    return f"{project}_pipeline"


def job(plan: Plan, options: JobOptions) -> dict[str, Any]:
    """Describe the job: setup, a task a table, each after those that it reads, and what follows when all are built."""
    before = {options.pipeline: []} if options.pipeline else task_order(plan)
    tasks = [_task("setup", [], ["setup"], options, retries=1), *_building(plan, before, options)]
    chain = zip(AFTER, (_last(before), ["test"], ["publish"]), strict=True)
    tasks += [_task(name, others, [name], options, retries=0) for name, others in chain]
    tasks[-1] |= {"email_notifications": {"on_success": "${var.notify}"}, **_webhooks(options, "on_success")}
    return {
        "name": job_key(plan.pipeline.project),
        "description": f"Builds the tables of {plan.pipeline.project}, tests and publishes them.",
        **outline(plan.pipeline.project, options),
        "environments": [{"environment_key": ENVIRONMENT, "spec": _environment(options)}],
        "tasks": tasks,
    }


def outline(project: str, options: JobOptions) -> dict[str, Any]:
    """Describe what jobs have in common: when they run, with which parameters, and who hears of failures."""
    return {
        "tags": {"project": project, "generated_by": "boathouse"},
        "max_concurrent_runs": 1,  # two runs at a time would overwrite each other's tables
        "queue": {"enabled": True},
        "timeout_seconds": 4 * HOUR,
        "health": {"rules": [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 2 * HOUR}]},
        "schedule": {
            "quartz_cron_expression": options.schedule,
            "timezone_id": options.timezone,
            "pause_status": "UNPAUSED",
        },
        "parameters": [
            {"name": "catalog", "default": "${var.catalog}"},
            {"name": "schema", "default": "${var.schema_prefix}${var.schema}"},
            {"name": "run_id", "default": "{{job.run_id}}"},
        ],
        "email_notifications": {
            "on_failure": "${var.notify}",
            "on_duration_warning_threshold_exceeded": "${var.notify}",
        },
        **_webhooks(options, "on_failure", "on_duration_warning_threshold_exceeded"),
        "notification_settings": {"no_alert_for_skipped_runs": True, "no_alert_for_canceled_runs": True},
    }


def _environment(options: JobOptions) -> dict[str, Any]:
    return {"environment_version": "4", **({"dependencies": ["../dist/*.whl"]} if options.style == "modules" else {})}


def _webhooks(options: JobOptions, *events: str) -> dict[str, Any]:
    if not options.webhook:
        return {}
    return {"webhook_notifications": {event: [{"id": "${var.webhook}"}] for event in events}}


def _last(before: Mapping[str, list[str]]) -> list[str]:
    """Name the tasks that no other waits for."""
    waited_for = {other for others in before.values() for other in others}
    return [task for task in before if task not in waited_for]


def _building(plan: Plan, before: Mapping[str, list[str]], options: JobOptions) -> list[dict[str, Any]]:
    """Describe the tasks that build the tables: one for each, or one for the pipeline, which tries again by itself."""
    if options.pipeline:
        work = {"pipeline_task": {"pipeline_id": f"${{resources.pipelines.{options.pipeline}.id}}"}}
        after = {"depends_on": [{"task_key": "setup"}]}
        return [{"task_key": options.pipeline, **after, **work, "timeout_seconds": 2 * HOUR}]
    tables = {action.name.flat: str(action.name) for action in plan.actions}
    return [_table_task(name, before[name], table, options) for name, table in tables.items()]


def _table_task(name: str, before: list[str], table: str, options: JobOptions) -> dict[str, Any]:
    """Describe a table's task; reading raw files is tried again more often, for it meets the world outside."""
    return _task(name, before or ["setup"], ["build", table], options, retries=1 if before else 2)


def _task(key: str, before: list[str], words: list[str], options: JobOptions, *, retries: int) -> dict[str, Any]:
    after = {"depends_on": [{"task_key": other} for other in before]} if before else {}
    again = {"max_retries": retries, "min_retry_interval_millis": 60_000, "retry_on_timeout": False} if retries else {}
    return {"task_key": key, **after, **_work(key, words, options), "timeout_seconds": HOUR, **again}


def _work(key: str, words: list[str], options: JobOptions) -> dict[str, Any]:
    if options.style == "notebooks":
        return {"notebook_task": {"notebook_path": f"../src/notebooks/{key}.py"}, "environment_key": ENVIRONMENT}
    parameters = {
        "env": "${bundle.target}",
        "catalog": "{{job.parameters.catalog}}",
        "schema": "{{job.parameters.schema}}",
        "run-id": "{{job.parameters.run_id}}",
    }
    return {
        "environment_key": ENVIRONMENT,
        "python_wheel_task": {
            "package_name": options.package.replace("_", "-"),
            "entry_point": options.package,
            "parameters": [*words, *(word for name, value in parameters.items() for word in (f"--{name}", value))],
        },
    }

"""Compute: what a task runs on is declared, is one thing, and fits what the task does."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.located import Located
from boathouse.package.package import Package, Resource
from boathouse.package.resource_shape import JOBS
from boathouse.yaml_file import Path_

CLUSTERS = ("new_cluster", "existing_cluster_id", "job_cluster_key")
ENVIRONMENT = "environment_key"
# Serverless runs these only in an environment of the job; notebooks have one of their own.
IN_AN_ENVIRONMENT = ("spark_python_task", "python_wheel_task", "dbt_task")
ON_A_CLUSTER = ("spark_submit_task",)


def inspect(package: Package) -> Iterator[Fault]:
    for job in package.of_kind(JOBS):
        yield from _environments(job)
        for index, task in enumerate(job.settings.list("tasks")):
            path = (*job.path, "tasks", index)
            yield from _task(job, task, path)
            inner = task.get("for_each_task", "task")
            if inner is not None:
                yield from _task(job, inner, (*path, "for_each_task", "task"))


def _task(job: Resource, task: Located, path: Path_) -> Iterator[Fault]:
    given = [key for key in (*CLUSTERS, ENVIRONMENT) if task.get(key)]
    clusters = [key for key in given if key in CLUSTERS]
    if len(given) > 1:
        yield fault(task, path, f"this task runs on {' and '.join(given)}", "name one of them")
    for word in IN_AN_ENVIRONMENT:
        if task.get(word) and not given:
            yield fault(task, path, f"a {word} needs compute", "write environment_key, or name a cluster")
    for word in ON_A_CLUSTER:
        if task.get(word) and not clusters:
            yield fault(task, path, f"a {word} needs a cluster", "write job_cluster_key or new_cluster")
    if task.get("libraries") and not clusters:
        hint = "put them into `dependencies` of an environment, or name a cluster"
        yield fault(task.get("libraries") or task, (*path, "libraries"), "libraries need a cluster", hint)
    yield from _declared(job, task, path, "job_clusters", "job_cluster_key")
    yield from _declared(job, task, path, "environments", ENVIRONMENT)


def _declared(job: Resource, task: Located, path: Path_, section: str, key: str) -> Iterator[Fault]:
    wanted = task.text(key)
    known = [each.text(key) for each in job.settings.list(section)]
    if wanted and "${" not in wanted and wanted not in known:
        at = task.get(key) or task
        hint = did_you_mean(wanted, known) or f"declare it in `{section}`"
        yield fault(at, (*path, key), f"the job's `{section}` has no `{wanted}`", hint)


def _environments(job: Resource) -> Iterator[Fault]:
    for section, key in (("environments", ENVIRONMENT), ("job_clusters", "job_cluster_key")):
        seen: set[str] = set()
        for index, each in enumerate(job.settings.list(section)):
            if each.text(key) in seen:
                yield fault(each, (*job.path, section, index), f"there are two `{each.text(key)}`")
            seen.add(each.text(key))
    for index, each in enumerate(job.settings.list("environments")):
        versioned = any(
            each.get("spec", word) for word in ("environment_version", "base_environment", "project_environment")
        )
        if not versioned:
            path = (*job.path, "environments", index)
            old = "`client` is the old name of environment_version" if each.get("spec", "client") else ""
            hint = old or 'write spec: {environment_version: "4"}'
            yield fault(each, path, "this environment has no version", hint)

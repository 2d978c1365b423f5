"""Tasks of a job: each does one thing, has a name of its own, and comes after tasks that are there, in no circle."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.located import Located
from boathouse.package.package import Package, Resource
from boathouse.package.resource_shape import JOBS, task_words
from boathouse.yaml_file import Path_

MOST = 1000  # tasks of a job: https://docs.databricks.com/aws/en/resources/limits

SQL = ("file", "query", "alert", "dashboard")  # what a sql_task may run


def inspect(package: Package) -> Iterator[Fault]:
    for job in package.of_kind(JOBS):
        tasks = job.settings.list("tasks")
        if len(tasks) > MOST or (not tasks and job.settings.get("tasks")):
            yield fault(
                job.settings, (*job.path, "tasks"), f"a job has 1 to {MOST:,} tasks, and this has {len(tasks):,}"
            )
        for index, task in enumerate(tasks):
            yield from _does_one_thing(task, (*job.path, "tasks", index))
        yield from _names(job, tasks)
        yield from _order(job, tasks)


def _does_one_thing(task: Located, path: Path_) -> Iterator[Fault]:
    words = task_words()
    does = [key for key, _ in task.items() if key in words]
    if not does:
        yield fault(
            task, path, "this task does nothing", "write notebook_task, sql_task, pipeline_task or another *_task"
        )
    if len(does) > 1:
        yield fault(task, path, f"this task does {len(does)} things: {', '.join(does)}", "make a task of each")
    query = task.get("sql_task")
    if query and len(asked := [key for key, _ in query.items() if key in SQL]) != 1:
        said = " and ".join(asked) or "nothing"
        yield fault(query, (*path, "sql_task"), f"this asks {said}", f"write one of {', '.join(SQL)}")
    inner = task.get("for_each_task", "task")
    if inner is not None:
        yield from _does_one_thing(inner, (*path, "for_each_task", "task"))


def _names(job: Resource, tasks: list[Located]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, task in enumerate(tasks):
        key = task.text("task_key")
        if key and key in seen:
            yield fault(task, (*job.path, "tasks", index), f"there are two tasks `{key}`")
        seen.add(key)


def _order(job: Resource, tasks: list[Located]) -> Iterator[Fault]:
    keys = {task.text("task_key") for task in tasks}
    before: dict[str, set[str]] = {}
    for index, task in enumerate(tasks):
        path = (*job.path, "tasks", index, "depends_on")
        for at, each in enumerate(task.list("depends_on")):
            wanted = each.text("task_key")
            before.setdefault(task.text("task_key"), set()).add(wanted)
            if wanted and wanted not in keys:
                yield fault(each, (*path, at), f"there is no task `{wanted}`", did_you_mean(wanted, keys))
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle = error.args[1]
        index = next(at for at, task in enumerate(tasks) if task.text("task_key") in circle)
        path = (*job.path, "tasks", index, "depends_on")
        yield fault(tasks[index], path, f"these tasks wait for each other: {' -> '.join(reversed(circle))}")

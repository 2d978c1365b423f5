"""Dynamic values such as {{job.parameters.day}} and {{tasks.load.values.rows}} name what the job has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.package import Package, Resource
from boathouse.package.resource_shape import JOBS

VALUE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
ROOTS = ("job", "task", "tasks", "workspace", "backfill", "input")


def inspect(package: Package) -> Iterator[Fault]:
    for job in package.of_kind(JOBS):
        for path, leaf in job.settings.leaves(job.path):
            for name in VALUE.findall(leaf.value) if isinstance(leaf.value, str) else []:
                if wrong := _wrong(job, name):
                    yield fault(leaf, path, *wrong)


def _wrong(job: Resource, name: str) -> tuple[str, str] | None:
    root, *rest = name.split(".")
    if root not in ROOTS:
        return f"`{{{{{name}}}}}` is no dynamic value", did_you_mean(root, ROOTS)
    if root == "job" and rest[:1] == ["parameters"]:
        known = [each.text("name") for each in job.settings.list("parameters")]
        wanted = ".".join(rest[1:])
        return None if wanted in known else (f"the job has no parameter `{wanted}`", did_you_mean(wanted, known))
    if root == "tasks":
        known = [each.text("task_key") for each in job.settings.list("tasks")]
        wanted = rest[0] if rest else ""
        return None if wanted in known else (f"the job has no task `{wanted}`", did_you_mean(wanted, known))
    return None

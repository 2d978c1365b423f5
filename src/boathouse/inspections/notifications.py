"""Notifications and health: webhooks are ids, addresses are addresses, a rule can be broken, and what waits for one has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boathouse.fault import Fault, fault
from boathouse.package.located import Located
from boathouse.package.package import Package
from boathouse.package.resource_shape import JOBS
from boathouse.yaml_file import Path_

ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MOST_WEBHOOKS = 3  # an event: https://docs.databricks.com/api/workspace/jobs/create
SLOW, DURATION = "on_duration_warning_threshold_exceeded", "RUN_DURATION_SECONDS"


def inspect(package: Package) -> Iterator[Fault]:
    for job in package.of_kind(JOBS):
        yield from _of(job.settings, job.path)
        for index, task in enumerate(job.settings.list("tasks")):
            yield from _of(task, (*job.path, "tasks", index))


def _of(at: Located, path: Path_) -> Iterator[Fault]:
    yield from _webhooks(at, (*path, "webhook_notifications"))
    for event, each in at.items("email_notifications"):
        for index, address in enumerate(each.list()):
            if isinstance(address.value, str) and "${" not in address.value and not ADDRESS.fullmatch(address.value):
                where = (*path, "email_notifications", event, index)
                yield fault(address, where, f"`{address.value}` is no e-mail address")
    yield from _health(at, path)


def _webhooks(at: Located, path: Path_) -> Iterator[Fault]:
    for event, each in at.items("webhook_notifications"):
        if len(each.list()) > MOST_WEBHOOKS:
            yield fault(
                each, (*path, event), f"an event has {MOST_WEBHOOKS} webhooks at most, and this {len(each.list())}"
            )
        for index, hook in enumerate(each.list()):
            name = hook.text("id")
            if name and "${" not in name and not ID.fullmatch(name):
                hint = "write the id of a notification destination, or look it up in a variable"
                yield fault(hook, (*path, event, index, "id"), f"`{name}` is no id", hint)


def _health(at: Located, path: Path_) -> Iterator[Fault]:
    rules = at.list("health", "rules")
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        where, bound = (*path, "health", "rules", index), rule.get("value")
        seen.add(rule.text("metric"))
        if bound and isinstance(bound.value, int) and bound.value <= 0:
            yield fault(bound, (*where, "value"), f"a bound is above 0, and this is {bound.value}")
    if at.get("health") and not rules:
        yield fault(at.get("health") or at, (*path, "health"), "there are no rules")
    for section in ("email_notifications", "webhook_notifications"):
        waits = at.get(section, SLOW)
        if waits and DURATION not in seen:
            hint = f"write health: {{rules: [{{metric: {DURATION}, op: GREATER_THAN, value: 3600}}]}}"
            yield fault(waits, (*path, section, SLOW), "no rule says what is too long", hint)

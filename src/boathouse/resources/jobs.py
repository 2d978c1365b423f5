"""Lakeflow jobs, found by their ids, or by their names where they say that this bundle made them."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings, ours
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import JOBS, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 6, "jobs"


def find(client: Any, settings: Settings, recorded: str) -> str:
    if recorded and known(client.jobs.get, int(recorded)):
        return recorded
    for each in client.jobs.list(name=settings["name"]):
        found = client.jobs.get(each.job_id)
        if ours(settings["deployment"]["metadata_file_path"], found.settings and found.settings.deployment):
            return str(found.job_id)
    return ""


def create(client: Any, settings: Settings) -> str:
    return str(client.jobs.create(**arguments(request(JOBS), settings)).job_id)


def update(client: Any, there: str, settings: Settings) -> None:
    client.jobs.reset(int(there), request(JOBS)(**arguments(request(JOBS), settings)))


def delete(client: Any, there: str) -> None:
    client.jobs.delete(int(there))

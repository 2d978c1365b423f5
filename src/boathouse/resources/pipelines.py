"""Lakeflow pipelines, found by their ids, or by their names where they say that this bundle made them."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings, ours
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import PIPELINES, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 5, "pipelines"


def find(client: Any, settings: Settings, recorded: str) -> str:
    if recorded and known(client.pipelines.get, recorded):
        return recorded
    name = settings["name"].replace("'", "''")
    for each in client.pipelines.list_pipelines(filter=f"name LIKE '{name}'"):
        found = client.pipelines.get(each.pipeline_id)
        if found.name == settings["name"] and ours(_state(settings), found.spec and found.spec.deployment):
            return str(found.pipeline_id)
    return ""


def create(client: Any, settings: Settings) -> str:
    # Two people may have a pipeline of one name; which is whose is told by `deployment`.
    made = client.pipelines.create(allow_duplicate_names=True, **arguments(request(PIPELINES), settings))
    return str(made.pipeline_id)


def update(client: Any, there: str, settings: Settings) -> None:
    client.pipelines.update(there, allow_duplicate_names=True, **arguments(request(PIPELINES), settings))


def delete(client: Any, there: str) -> None:
    client.pipelines.delete(there)


def _state(settings: Settings) -> str:
    return str(settings["deployment"]["metadata_file_path"])

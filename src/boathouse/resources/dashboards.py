"""Dashboards, found by their ids, or by their place in the bundle's own folder; each is published when it changes."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import DASHBOARDS, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 7, "dashboards"


def find(client: Any, settings: Settings, recorded: str) -> str:
    found = known(client.lakeview.get, recorded) if recorded else None
    if found is not None and str(getattr(found.lifecycle_state, "value", "")) != "TRASHED":
        return recorded
    there = known(client.workspace.get_status, f"{settings['parent_path']}/{settings['display_name']}.lvdash.json")
    return str(there.resource_id) if there else ""


def create(client: Any, settings: Settings) -> str:
    client.workspace.mkdirs(settings["parent_path"])
    made = client.lakeview.create(_dashboard(settings), **_of_datasets(settings))
    _publish(client, str(made.dashboard_id), settings)
    return str(made.dashboard_id)


def update(client: Any, there: str, settings: Settings) -> None:
    client.lakeview.update(there, _dashboard(settings), **_of_datasets(settings))
    _publish(client, there, settings)


def delete(client: Any, there: str) -> None:
    client.lakeview.trash(there)


def _dashboard(settings: Settings) -> Any:
    kind = request(DASHBOARDS)
    return kind(**arguments(kind, settings))


def _of_datasets(settings: Settings) -> dict[str, Any]:
    return {key: settings[key] for key in ("dataset_catalog", "dataset_schema") if key in settings}


def _publish(client: Any, there: str, settings: Settings) -> None:
    embed = bool(settings.get("embed_credentials", False))
    client.lakeview.publish(there, embed_credentials=embed, warehouse_id=settings.get("warehouse_id"))

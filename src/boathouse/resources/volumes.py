"""Volumes of Unity Catalog, found by their full names; managed, where a bundle does not say."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import VOLUMES, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 2, "volume"
CHANGEABLE = ("comment",)


def find(client: Any, settings: Settings, recorded: str) -> str:
    del recorded  # a full name is the id
    return _name(settings) if known(client.volumes.read, _name(settings)) else ""


def create(client: Any, settings: Settings) -> str:
    client.volumes.create(**arguments(request(VOLUMES), {"volume_type": "MANAGED"} | dict(settings)))
    return _name(settings)


def update(client: Any, there: str, settings: Settings) -> None:
    client.volumes.update(there, **{key: settings[key] for key in CHANGEABLE if key in settings})


def delete(client: Any, there: str) -> None:
    client.volumes.delete(there)


def _name(settings: Settings) -> str:
    return ".".join(str(settings[key]) for key in ("catalog_name", "schema_name", "name"))

"""Models of Unity Catalog, found by their full names; their versions are made by whoever trains."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import MODELS, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 3, "function"
CHANGEABLE = ("comment",)


def find(client: Any, settings: Settings, recorded: str) -> str:
    del recorded  # a full name is the id
    return _name(settings) if known(client.registered_models.get, _name(settings)) else ""


def create(client: Any, settings: Settings) -> str:
    client.registered_models.create(**arguments(request(MODELS), settings))
    return _name(settings)


def update(client: Any, there: str, settings: Settings) -> None:
    client.registered_models.update(there, **{key: settings[key] for key in CHANGEABLE if key in settings})


def delete(client: Any, there: str) -> None:
    client.registered_models.delete(there)


def _name(settings: Settings) -> str:
    return ".".join(str(settings[key]) for key in ("catalog_name", "schema_name", "name"))

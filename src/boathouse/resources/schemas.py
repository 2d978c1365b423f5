"""Schemas of Unity Catalog, found by their full names."""

from __future__ import annotations

from typing import Any

from boathouse.deploy.resource_calls import Settings
from boathouse.deploy.workspace import known
from boathouse.package.resource_shape import SCHEMAS, request
from boathouse.package.sdk_shape import arguments

RANK, ACCESS = 1, "schema"
CHANGEABLE = ("comment", "properties")


def find(client: Any, settings: Settings, recorded: str) -> str:
    del recorded  # a full name is the id
    return _name(settings) if known(client.schemas.get, _name(settings)) else ""


def create(client: Any, settings: Settings) -> str:
    client.schemas.create(**arguments(request(SCHEMAS), settings))
    return _name(settings)


def update(client: Any, there: str, settings: Settings) -> None:
    client.schemas.update(there, **{key: settings[key] for key in CHANGEABLE if key in settings})


def delete(client: Any, there: str) -> None:
    client.schemas.delete(there)


def _name(settings: Settings) -> str:
    return ".".join(str(settings[key]) for key in ("catalog_name", "name"))

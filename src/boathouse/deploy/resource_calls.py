"""Resource calls: how a workspace finds, makes, changes and removes a kind of resource; a file a kind on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from boathouse.shelf import Shelf

RESOURCES = Shelf("resources", "kind of resource")

Settings = Mapping[str, Any]


class Calls(Protocol):
    """What each file of the shelf has; an id is what the workspace calls a resource, for Unity Catalog its full name."""

    RANK: int  # what stands in something else comes after it: a schema before its volumes
    ACCESS: str  # what grants or permissions call the kind

    def find(self, client: Any, settings: Settings, recorded: str) -> str:
        """Give the id of what is there: the recorded one, or one of that name that is ours; '' where there is none."""

    def create(self, client: Any, settings: Settings) -> str:
        """Make it, and give its id."""

    def update(self, client: Any, there: str, settings: Settings) -> None:
        """Bring what is there to the settings."""

    def delete(self, client: Any, there: str) -> None:
        """Remove what is there."""


def calls(kind: str) -> Calls:
    """Give the calls of a kind."""
    return cast("Calls", RESOURCES.module(kind))


def ours(path: str, deployment: Any) -> bool:
    """Tell by what a job or pipeline says of its deployment whether this bundle made it."""
    return deployment is not None and deployment.metadata_file_path == path

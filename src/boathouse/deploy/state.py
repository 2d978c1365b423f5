"""Deploy state: what a bundle made in a workspace, kept in a file beside what it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from boathouse.errors import EngineError

VERSION = 1


@dataclass(frozen=True)
class Made:
    """A resource as it was last told to the workspace."""

    id: str
    settings: str = ""  # a hash
    access: str = ""  # a hash, of a change that went through
    principals: tuple[str, ...] = ()  # whom grants were given to
    is_kept: bool = False


@dataclass(frozen=True)
class State:
    """Resources by their names in the bundle, and the hashes of files by their paths."""

    resources: Mapping[str, Made] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str, made: Made) -> State:
        return replace(self, resources={**self.resources, name: made})

    def without(self, name: str) -> State:
        return replace(self, resources={key: each for key, each in self.resources.items() if key != name})

    def has_file(self, path: str, hashed: str) -> State:
        return replace(self, files={**self.files, path: hashed})

    def without_file(self, path: str) -> State:
        return replace(self, files={key: each for key, each in self.files.items() if key != path})

    def dumped(self) -> bytes:
        return (json.dumps({"version": VERSION, **asdict(self)}, indent=2, sort_keys=True) + "\n").encode()


def loaded(content: bytes | None, path: str) -> State:
    """Read a state; where there is none, nothing was made yet."""
    if content is None:
        return State()
    try:
        said: dict[str, Any] = json.loads(content)
        made = {
            key: Made(**{**each, "principals": tuple(each["principals"])}) for key, each in said["resources"].items()
        }
        if said["version"] == VERSION:
            return State(made, said["files"])
    except (ValueError, KeyError, TypeError):
        pass
    hint = "remove it, and what is there is found by its names"
    raise EngineError(f"{path} is no state of this version of Boathouse", hint=hint)

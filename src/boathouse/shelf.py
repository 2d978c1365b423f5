"""A shelf: a folder where the file is the registration.

`ls steps/` is the list of steps. A member is imported only when it is asked for, and its first docstring line is
read from the source, so that help and lists cost no import.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boathouse.errors import UnknownName

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Shelf:
    """The members of one folder; `kind` is the word for one of them in messages."""

    folder: str
    kind: str

    def names(self) -> tuple[str, ...]:
        """List the members, in alphabetical order."""
        return _names(PACKAGE / self.folder)

    def module(self, name: str) -> ModuleType:
        """Import one member; an unknown name is an error that offers the nearest one."""
        if name not in self.names():
            raise UnknownName(self.kind, name, self.names())
        return import_module(f"boathouse.{self.folder.replace('/', '.')}.{name}")

    def member(self, name: str) -> Any:
        """Give the class that the file is named after: cap_outliers -> CapOutliers."""
        found = getattr(self.module(name), class_name(name))
        assert isinstance(found, type)  # noqa: S101 - a fault of ours, which the shelf's test finds
        return found

    def summary(self, name: str) -> str:
        """Read a member's first docstring line without importing it."""
        return _summary(PACKAGE / self.folder / f"{name}.py")


def class_name(name: str) -> str:
    """Turn a file's name into its class's name: json_lines -> JsonLines."""
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")))


@cache
def _summary(file: Path) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").split("\n", 1)[0]

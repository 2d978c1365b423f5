"""Fault: what is wrong with something that leaves, where it stands, and what to try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boathouse.errors import Place
from boathouse.package.located import Located, written
from boathouse.yaml_file import Path_


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; where it only may be better, it is a hint and fails nothing."""

    place: Place
    path: str  # inside the document, such as tasks[2].depends_on
    what: str
    hint: str = ""
    only_a_hint: bool = False

    def __str__(self) -> str:
        path = f"{self.path}: " if self.path else ""
        return f"{self.place}: {path}{self.what}{f'; {self.hint}' if self.hint else ''}"

    @property
    def document(self) -> dict[str, Any]:
        """Say it as a part of a JSON document."""
        return {
            "file": self.place.file, "line": self.place.line, "column": self.place.column, "path": self.path,
            "what": self.what, "hint": self.hint, "only_a_hint": self.only_a_hint,
        }  # fmt: skip


def fault(at: Located, path: Path_, what: str, hint: str = "", *, only_a_hint: bool = False) -> Fault:
    """Say what is wrong with a located value."""
    return Fault(at.place, written(path), what, hint, only_a_hint)

"""Every error that Boathouse raises, and the exit code it ends with.

BoathouseError
├── UserError            2  something the user wrote or gave has to change
│   ├── FileError           a project file cannot be understood
│   ├── SourceError         a raw file cannot be read as what it is said to be
│   ├── UnknownName         a name that nothing here has, with the nearest one that exists
│   ├── MissingExtra        a package is not installed that only some of the work needs
│   └── StepError           a step cannot be applied to the columns it is given
├── CheckFailed          1  a check, a proof or a test failed
└── EngineError          3  an engine or the system failed
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINE = 100  # characters of a line that an error shows; a line may hold megabytes


@dataclass(frozen=True)
class Place:
    """Where in a file something stands; lines and columns count from 1."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """Show the line with a caret beneath the column."""
        number, cut = str(self.line), max(0, self.column - LINE // 2)
        text = self.text[cut : cut + LINE].replace("\t", " ")
        return f"  {number} | {text}\n  {' ' * len(number)} | {' ' * (self.column - 1 - cut)}^"


class BoathouseError(Exception):
    """What happened, where, and what to try."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, place: Place | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}{self.message}{hint}"

    @property
    def document(self) -> dict[str, Any]:
        """Say it as a part of a JSON document."""
        at = self.place
        where = {"file": at.file, "line": at.line, "column": at.column} if at else None
        return {"message": self.message, "kind": type(self).__name__, "where": where, "hint": self.hint}

    def at(self, place: Place | None) -> BoathouseError:
        """Add the place, unless a nearer one is known already."""
        self.place = self.place or place
        return self


class UserError(BoathouseError):
    """Something the user wrote or gave has to change."""

    exit_code = 2


class FileError(UserError):
    """A project file cannot be understood."""


class SourceError(UserError):
    """A raw file cannot be read as what it is said to be."""


class StepError(UserError):
    """A step cannot be applied to the columns it is given."""


class UnknownName(UserError):
    """A name that nothing here has, with the nearest one that exists."""

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, where: str = "", place: Place | None = None
    ) -> None:
        known = sorted(known)
        inside = f" in {where}" if where else ""
        super().__init__(f"there is no {kind} `{name}`{inside}", place=place, hint=did_you_mean(name, known))


class MissingExtra(UserError):
    """A package is not installed that only some of the work needs."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs {package}, which is not installed", hint=f"pip install 'boathouse[{extra}]'")


class CheckFailed(BoathouseError):
    """A check, a proof or a test failed; `results` says what each check of a table found."""

    exit_code = 1

    def __init__(
        self, message: str, *, place: Place | None = None, hint: str = "", results: Sequence[Any] = ()
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.results = results


class EngineError(BoathouseError):
    """An engine or the system failed."""

    exit_code = 3


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Name the nearest known word, or list what there is (ten at most)."""
    words = list(known)
    by_lower = {word.lower(): word for word in words}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{by_lower[near[0]]}`?"
    if not words:
        return ""
    listed = ", ".join(f"`{word}`" for word in words[:10])
    return f"there is {listed}{' ...' if len(words) > 10 else ''}"  # noqa: PLR2004 - as the sentence above says

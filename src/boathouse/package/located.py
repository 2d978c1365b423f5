"""Located: plain data in which each value knows the line that it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from boathouse.errors import Place
from boathouse.yaml_file import Path_, YamlText


@dataclass(frozen=True)
class Located:
    """A scalar, a mapping or a list of Located, and where it stands; a mapping's values stand where their keys do."""

    value: Any
    place: Place

    @property
    def plain(self) -> Any:
        """The data without its places."""
        if isinstance(self.value, dict):
            return {key: each.plain for key, each in self.value.items()}
        return [each.plain for each in self.value] if isinstance(self.value, list) else self.value

    def get(self, *path: str | int) -> Located | None:
        """Find the value at a path, if it is there."""
        found: Located | None = self
        for part in path:
            found = found.child(part) if found else None
        return found

    def child(self, part: str | int) -> Located | None:
        """Give what stands beneath a key or at an index."""
        if isinstance(self.value, dict):
            return self.value.get(part)
        known = isinstance(self.value, list) and isinstance(part, int) and part < len(self.value)
        return self.value[part] if known else None

    def items(self, *path: str | int) -> list[tuple[str, Located]]:
        """List the keys of the mapping at a path with their values; of anything else, nothing."""
        found = self.get(*path)
        return list(found.value.items()) if found and isinstance(found.value, dict) else []

    def list(self, *path: str | int) -> list[Located]:
        """Give the items of the list at a path; of anything else, nothing."""
        found = self.get(*path)
        return found.value if found and isinstance(found.value, list) else []

    def text(self, *path: str | int) -> str:
        """Give the text at a path; of anything else, none."""
        found = self.get(*path)
        return found.value if found and isinstance(found.value, str) else ""

    def leaves(self, path: Path_ = ()) -> Iterator[tuple[Path_, Located]]:
        """Walk through the scalars, each with its path."""
        if isinstance(self.value, dict):
            for key, each in self.value.items():
                yield from each.leaves((*path, key))
        elif isinstance(self.value, list):
            for index, each in enumerate(self.value):
                yield from each.leaves((*path, index))
        else:
            yield path, self

    def map(self, change: Callable[[Any], Any]) -> Located:
        """Change each scalar; what it becomes may have parts, which all stand where it stood."""
        if isinstance(self.value, dict):
            return Located({key: each.map(change) for key, each in self.value.items()}, self.place)
        if isinstance(self.value, list):
            return Located([each.map(change) for each in self.value], self.place)
        return placed(change(self.value), self.place)


def located(text: YamlText) -> Located:
    """Give a document's data with its places."""
    return _at(text, text.data, ())


def placed(value: Any, place: Place) -> Located:
    """Give plain data that all stands at one place."""
    if isinstance(value, dict):
        return Located({key: placed(each, place) for key, each in value.items()}, place)
    return Located([placed(each, place) for each in value] if isinstance(value, list) else value, place)


def _at(text: YamlText, value: Any, path: Path_) -> Located:
    if isinstance(value, dict):
        return Located({str(key): _at(text, each, (*path, str(key))) for key, each in value.items()}, text.place(path))
    if isinstance(value, list):
        return Located([_at(text, each, (*path, index)) for index, each in enumerate(value)], text.place(path))
    return Located(value, text.place(path))


def written(path: Path_) -> str:
    """Write a path as one reads it: tasks[2].depends_on."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")

"""Bundle: databricks.yml with the files that it includes, as one document whose values know their own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from boathouse.errors import Place
from boathouse.fault import Fault, fault
from boathouse.package.folder import PackageFolder, beside
from boathouse.package.located import Located

FILE = "databricks.yml"
# Lists whose items have a name: those of a target are laid over those of the same name.
NAMED = {
    "tasks": "task_key",
    "job_clusters": "job_cluster_key",
    "environments": "environment_key",
    "parameters": "name",
}


@dataclass(frozen=True)
class Bundle:
    """A bundle; `parts` are its files as they are, `whole` is all of them together."""

    file: str
    parts: tuple[Located, ...]
    whole: Located
    faults: tuple[Fault, ...]

    @property
    def name(self) -> str:
        return self.whole.text("bundle", "name")

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.whole.items("targets"))

    @property
    def default(self) -> str:
        """The target that is meant where none is named."""
        said = [
            name for name, each in self.whole.items("targets") if (flag := each.get("default")) and flag.value is True
        ]
        return next(iter((*said, *self.targets)), "")


def read(folder: PackageFolder, file: str) -> Bundle | Fault:
    """Read a bundle; what it includes and is not there, or is no YAML, is among its faults."""
    first = folder.document(file)
    if isinstance(first, Fault):
        return first
    parts, faults = [first], []
    for index, pattern in enumerate(first.list("include")):
        found = folder.matching(beside(file, str(pattern.value)) or "")
        if not found:
            faults.append(
                fault(pattern, ("include", index), f"no file matches `{pattern.value}`", "it is relative to this file")
            )
        for name in found:
            part = folder.document(name)
            if isinstance(part, Fault):
                faults.append(part)
            else:
                parts.append(part)
    whole = first
    for part in parts[1:]:
        whole = laid_over(whole, part)
    return Bundle(file, tuple(parts), whole, (*faults, *_twice(parts)))


def laid_over(below: Located, above: Located) -> Located:
    """Lay a document over another: key by key, and named items by their names; other lists are put behind."""
    if isinstance(below.value, dict) and isinstance(above.value, dict):
        made = dict(below.value)
        for key, each in above.value.items():
            made[key] = _value(key, made[key], each) if key in made else each
        return Located(made, below.place)
    return above


def nowhere(file: str) -> Located:
    """Give an empty document."""
    return Located({}, Place(file, 1, 1))


def _value(key: str, below: Located, above: Located) -> Located:
    if not (isinstance(below.value, list) and isinstance(above.value, list)):
        return laid_over(below, above)
    name = NAMED.get(key)
    if name is None:
        return Located([*below.value, *above.value], below.place)
    over: Mapping[str, Located] = {each.text(name): each for each in above.value}
    there = {each.text(name) for each in below.value}
    kept = [laid_over(each, over[each.text(name)]) if each.text(name) in over else each for each in below.value]
    return Located([*kept, *(each for each in above.value if each.text(name) not in there)], below.place)


def _twice(parts: list[Located]) -> Iterator[Fault]:
    """Find resources and variables that two files declare: the one would hide the other."""
    seen: dict[tuple[str, ...], Located] = {}
    for part in parts:
        for section, key, each in _declared(part):
            if (section, key) in seen:
                first = seen[section, key].place
                where = f"{PurePosixPath(first.file).name}:{first.line}"
                yield fault(each, (*section.split("."), key), f"`{key}` is declared twice", f"first at {where}")
            seen.setdefault((section, key), each)


def _declared(part: Located) -> Iterator[tuple[str, str, Located]]:
    for kind, each in part.items("resources"):
        yield from ((f"resources.{kind}", key, one) for key, one in each.items())
    for section in ("variables", "targets"):
        yield from ((section, key, one) for key, one in part.items(section))

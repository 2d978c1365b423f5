"""Permissions and run_as name exactly one user, group or service principal each."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.fault import Fault, fault
from boathouse.package.located import Located
from boathouse.package.package import Package
from boathouse.yaml_file import Path_

WHO = ("user_name", "service_principal_name", "group_name")


def inspect(package: Package) -> Iterator[Fault]:
    for settled in package.settled:
        yield from _entries(settled.whole)
    for resource in package.resources:
        if resource.of is None:
            yield from _entries(resource.settings)


def _entries(at: Located, path: Path_ = ()) -> Iterator[Fault]:
    for key, each in at.items():
        if key in ("permissions", "access_control_list"):
            for index, entry in enumerate(each.list()):
                yield from _one(entry, (*path, key, index), WHO)
        elif key == "run_as" and isinstance(each.value, dict):
            yield from _one(each, (*path, key), WHO if "pipelines" in path else WHO[:2])
        else:
            yield from _entries(each, (*path, key))


def _one(entry: Located, path: Path_, who: tuple[str, ...]) -> Iterator[Fault]:
    named = [key for key, _ in entry.items() if key in WHO]
    if len(named) != 1:
        found = " and ".join(f"`{key}`" for key in named) or "nobody"
        yield fault(entry, path, f"this names {found}", f"write one of {', '.join(who)}")

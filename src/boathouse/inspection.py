"""Inspection: looks at a package for one sort of fault, without a workspace; a file an inspection on its shelf."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from boathouse.fault import Fault
from boathouse.package import package
from boathouse.package.package import Package
from boathouse.shelf import Shelf

INSPECTIONS = Shelf("inspections", "inspection")


def check(folder: Path) -> list[Fault]:
    """Check a folder of exports, offline; nothing here has asked a workspace."""
    return faults(package.read(folder))


def faults(of: Package) -> list[Fault]:
    """List what every inspection finds, file by file and line by line; what two targets share is told once."""
    found = dict.fromkeys(_all(of))
    return sorted(found, key=lambda each: (each.only_a_hint, each.place.file, each.place.line, each.place.column))


def _all(of: Package) -> Iterator[Fault]:
    yield from of.faults
    for name in INSPECTIONS.names():
        yield from INSPECTIONS.module(name).inspect(of)

"""Catalogs carry the name of their environment: what a target reads and writes is its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boathouse.environment import USUAL, catalog_of
from boathouse.errors import UserError
from boathouse.fault import Fault, fault
from boathouse.package.bundle_target import SettledBundle
from boathouse.package.located import Located
from boathouse.package.package import Package
from boathouse.yaml_file import Path_

NAMED = re.compile(r"(?:\w+_)?catalog(?:_name)?")
SHARED = ("samples", "system", "hive_metastore")  # the platform's own, of every environment


def inspect(package: Package) -> Iterator[Fault]:
    for settled in package.settled:
        if settled.target in USUAL:
            yield from _of(settled)


def _of(settled: SettledBundle) -> Iterator[Fault]:
    for path, leaf in _catalogs(settled):
        if isinstance(leaf.value, str) and "${" not in leaf.value and leaf.value not in SHARED and leaf.value:
            others = (*settled.bundle.targets, *USUAL)
            try:
                wanted = catalog_of(settled.target, leaf.value, others)
            except UserError as error:
                hint = error.hint.partition("; or")[0]
                yield fault(leaf, path, f"in the target `{settled.target}`: {error.message}", hint)
                continue
            if wanted != leaf.value:
                said = f"the catalog `{leaf.value}` does not say that it is of {settled.target}"
                yield fault(leaf, path, said, f"write `{wanted}`", only_a_hint=True)


def _catalogs(settled: SettledBundle) -> Iterator[tuple[Path_, Located]]:
    for path, leaf in settled.whole.leaves():
        if path[0] == "resources" and NAMED.fullmatch(str(path[-1])):
            yield path, leaf
    for key, each in settled.bundle.whole.items("variables"):
        own = settled.own.get("variables", key)
        at = own or each.get("default")
        if NAMED.fullmatch(key) and at:
            yield ("targets", settled.target, "variables", key) if own else ("variables", key, "default"), at

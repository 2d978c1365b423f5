"""Files of a bundle have the keys that a bundle knows, a name, and one default target at most."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.fault import Fault, fault
from boathouse.package.bundle_files import Bundle
from boathouse.package.bundle_shape import Part
from boathouse.package.package import Package
from boathouse.package.sdk_shape import misfits


def inspect(package: Package) -> Iterator[Fault]:
    for bundle in package.bundles:
        for part in bundle.parts:
            yield from misfits(part, Part)
        first = bundle.parts[0]
        if first.get("bundle") is None:
            yield fault(first, (), "`bundle` is missing", "write bundle: {name: ...}")
        if not bundle.targets:
            yield fault(first, (), "`targets` is missing", "write at least one: targets: {dev: {mode: development}}")
        yield from _defaults(bundle)


def _defaults(bundle: Bundle) -> Iterator[Fault]:
    flags = [(name, each.get("default")) for name, each in bundle.whole.items("targets")]
    said = [(name, flag) for name, flag in flags if flag is not None and flag.value is True]
    for name, flag in said[1:]:
        yield fault(flag, ("targets", name, "default"), f"there are two default targets: `{said[0][0]}` and `{name}`")

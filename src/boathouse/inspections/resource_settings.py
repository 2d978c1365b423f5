"""Settings of jobs, pipelines, schemas ... have the keys, types and words of databricks-sdk's requests."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package import resource_shape
from boathouse.package.package import Package
from boathouse.package.resource_shape import CHECKED, OTHERS
from boathouse.package.sdk_shape import misfits


def inspect(package: Package) -> Iterator[Fault]:
    for resource in package.resources:
        if resource.kind in CHECKED:
            wanted = resource_shape.resource(resource.kind, of_a_bundle=resource.of is not None)
            yield from misfits(resource.settings, wanted, resource.path)
        elif resource.kind not in OTHERS:
            path, hint = resource.path[:2], did_you_mean(resource.kind, (*CHECKED, *OTHERS))
            yield fault(resource.settings, path, f"`{resource.kind}` is no kind of resource", hint)

"""Pipelines say what they run and where their tables go, and leave the compute to the platform where they are serverless."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.fault import Fault, fault
from boathouse.package.package import Package, Resource
from boathouse.package.resource_shape import PIPELINES

LIBRARIES = ("file", "glob", "notebook", "jar", "maven", "whl")
RUNS = ("libraries", "ingestion_definition", "gateway_definition")
OF_CLUSTERS = ("clusters", "photon")


def inspect(package: Package) -> Iterator[Fault]:
    for pipeline in package.of_kind(PIPELINES):
        yield from _runs(pipeline)
        settings, path = pipeline.settings, pipeline.path
        serverless = settings.get("serverless")
        for key in OF_CLUSTERS if serverless and serverless.value is True else ():
            if at := settings.get(key):
                yield fault(at, (*path, key), f"a serverless pipeline has no `{key}`", "leave it out")
        if settings.get("catalog") and not (settings.get("schema") or settings.get("target")):
            yield fault(settings, path, "`schema` is missing", "a catalog alone does not say where tables go")
        if (target := settings.get("target")) and settings.get("schema"):
            yield fault(target, (*path, "target"), "`target` is the older name of `schema`", "keep `schema`")


def _runs(pipeline: Resource) -> Iterator[Fault]:
    settings, path = pipeline.settings, pipeline.path
    if not any(settings.get(key) for key in RUNS):
        hint = "write libraries: [{glob: {include: ../src/**}}]"
        yield fault(settings, path, "this pipeline runs nothing: `libraries` is missing", hint)
    for index, library in enumerate(settings.list("libraries")):
        said = [key for key, _ in library.items() if key in LIBRARIES]
        if len(said) != 1:
            found = " and ".join(said) or "nothing"
            yield fault(
                library, (*path, "libraries", index), f"this library is {found}", "write file, glob or notebook"
            )
        for inner in ("glob.include", "notebook.path", "file.path"):
            key, word = inner.split(".")
            if library.get(key) and not library.text(key, word):
                yield fault(library, (*path, "libraries", index, key), f"`{word}` is missing")

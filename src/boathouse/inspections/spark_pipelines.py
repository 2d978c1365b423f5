"""Pipelines of open-source Spark: spark-pipeline.yml has Spark's own keys, and its globs find files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from boathouse.fault import Fault, fault
from boathouse.package.folder import beside
from boathouse.package.package import Package
from boathouse.package.sdk_shape import misfits

FILES = ("spark-pipeline.yml", "spark-pipeline.yaml")


@dataclass(frozen=True)
class Glob:
    include: str


@dataclass(frozen=True)
class Library:
    glob: Glob


@dataclass(frozen=True)
class SparkPipeline:
    """As `spark-pipelines run` of Spark 4.1 reads it (pyspark/pipelines/cli.py)."""

    name: str
    storage: str
    catalog: str | None = None
    configuration: dict[str, str] | None = None
    database: str | None = None
    libraries: list[Library] | None = None
    schema: str | None = None


def inspect(package: Package) -> Iterator[Fault]:
    for name in sorted(package.folder.texts):
        if PurePosixPath(name).name in FILES:
            document = package.folder.document(name)
            if isinstance(document, Fault):
                yield document
                continue
            yield from misfits(document, SparkPipeline)
            for index, library in enumerate(document.list("libraries")):
                wanted = library.text("glob", "include")
                if wanted and not package.folder.matching(beside(name, wanted) or ""):
                    at = library.get("glob", "include") or library
                    yield fault(at, ("libraries", index, "glob", "include"), f"no file matches `{wanted}`")

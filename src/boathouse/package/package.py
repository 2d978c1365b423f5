"""Package: what leaves, read whole: bundles, jobs, pipelines, dashboards, notebooks and SQL of a folder of exports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from boathouse.fault import Fault
from boathouse.package import bundle_files, folder
from boathouse.package.bundle_files import Bundle
from boathouse.package.bundle_target import SettledBundle, settle
from boathouse.package.folder import PackageFolder
from boathouse.package.located import Located
from boathouse.yaml_file import Path_

NOTEBOOK = "# Databricks notebook source"
MISNAMED = ("databricks.yaml", "bundle.yml", "bundle.yaml", "databricks.json")


@dataclass(frozen=True)
class Resource:
    """One job, pipeline, schema ...: its settings as a target sees them, or as a file of their own has them."""

    kind: str
    key: str
    settings: Located
    of: SettledBundle | None = None

    @property
    def path(self) -> Path_:
        """Where the settings stand in their document."""
        return ("resources", self.kind, self.key) if self.of else ()


@dataclass(frozen=True)
class Package:
    """A folder of exports."""

    folder: PackageFolder
    settled: tuple[SettledBundle, ...] = ()
    resources: tuple[Resource, ...] = ()
    dashboards: tuple[Located, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), repr=False)  # of files that cannot be read at all

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        return tuple({each.bundle.file: each.bundle for each in self.settled}.values())

    @property
    def counts(self) -> dict[str, int]:
        """Count what was found, by its kind; a resource counts once, however many targets have it."""
        different = {(each.settings.place.file, each.kind, each.key) for each in self.resources}
        kinds = Counter(sorted(kind for _, kind, _ in different))
        files = {"notebooks": len(self.notebooks), "dashboard files": len(self.dashboards)}
        return {kind: count for kind, count in {"bundles": len(self.bundles), **kinds, **files}.items() if count}

    def of_kind(self, kind: str) -> Iterator[Resource]:
        return (each for each in self.resources if each.kind == kind)

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The Python files that are notebooks by what stands in them."""
        return tuple(
            name
            for name, text in self.folder.texts.items()
            if name.endswith(".py") and (text.startswith(NOTEBOOK) or "\n# COMMAND ----------" in text)
        )


def read(root: Path) -> Package:
    """Read a folder of exports; a file that cannot be read is a fault of it, not an error."""
    return of(folder.read(root))


def of(folder: PackageFolder) -> Package:
    """Find in a folder's files what the platform will be told."""
    settled: list[SettledBundle] = []
    resources: list[Resource] = []
    dashboards: list[Located] = []
    faults: list[Fault] = []
    for name in sorted(folder.texts):
        if PurePosixPath(name).name == bundle_files.FILE:
            bundle = bundle_files.read(folder, name)
            if isinstance(bundle, Fault):
                faults.append(bundle)
                continue
            faults += bundle.faults
            settled += [settle(bundle, target) for target in bundle.targets or ("",)]
        elif _is_asked_for(name, folder.texts[name]):
            document = folder.document(name)
            if isinstance(document, Fault):
                faults.append(document)
            elif name.endswith(".lvdash.json"):
                dashboards.append(document)
            elif kind := _kind(document, PurePosixPath(name).stem):
                resources.append(Resource(kind, PurePosixPath(name).stem, document))
    resources += [each for one in settled for each in _resources(one)]
    faults += [_misnamed(folder, name) for name in sorted(folder.names) if PurePosixPath(name).name in MISNAMED]
    return Package(folder, tuple(settled), tuple(resources), tuple(dashboards), tuple(faults))


def seen_by(package: Package, settled: SettledBundle) -> Package:
    """Give of a package only what one target deploys, with the values that it was settled with."""
    return replace(package, settled=(settled,), resources=tuple(_resources(settled)), faults=())


def _is_asked_for(name: str, text: str) -> bool:
    """Tell a JSON file that the platform is given from one with rows, or with lines of JSON."""
    of_us = name.endswith((".lvdash.json", "workflow.json")) or '"tasks"' in text or '"libraries"' in text
    return name.endswith(".json") and of_us


def _kind(document: Located, stem: str) -> str:
    """Tell what a JSON file asks the platform to make, by its keys or its name."""
    keys = set(dict(document.items()))
    if "tasks" in keys or stem == "workflow":
        return "jobs"
    return "pipelines" if "libraries" in keys and keys & {"catalog", "schema", "target", "serverless"} else ""


def _resources(settled: SettledBundle) -> Iterator[Resource]:
    for kind, each in settled.whole.items("resources"):
        yield from (Resource(kind, key, one, settled) for key, one in each.items())


def _misnamed(folder: PackageFolder, name: str) -> Fault:
    said = f"a bundle's file is called {bundle_files.FILE}, and this is {PurePosixPath(name).name}"
    return Fault(folder.place(name), "", said, f"rename it {bundle_files.FILE}")

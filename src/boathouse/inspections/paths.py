"""Paths to notebooks, files, dashboards and folders lead to what is in the package, with the extension it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.folder import PackageFolder, beside
from boathouse.package.located import Located
from boathouse.package.package import Package, Resource
from boathouse.package.resource_paths import BUILT, NOTEBOOKS, paths
from boathouse.yaml_file import Path_


def inspect(package: Package) -> Iterator[Fault]:
    for resource in package.resources:
        for inner, leaf in paths(resource.kind, resource.settings):
            path = (*resource.path, *inner)
            if "${" in leaf.value:
                continue
            if leaf.value.startswith("/"):
                yield from _in_the_workspace(package.folder, resource, path, leaf)
            elif not leaf.value.endswith(BUILT):
                yield from _beside(package.folder, path, leaf)


def _beside(folder: PackageFolder, path: Path_, leaf: Located) -> Iterator[Fault]:
    found = beside(leaf.place.file, leaf.value)
    if found is None:
        yield fault(leaf, path, f"`{leaf.value}` leads out of the package")
    elif "*" in found:
        if not folder.matching(found):
            yield fault(leaf, path, f"no file matches `{leaf.value}`", f"it is relative to {leaf.place.file}")
    elif not folder.has(found.rstrip("/")):
        extension = next((end for end in NOTEBOOKS if f"{found}{end}" in folder.names), "")
        near = did_you_mean(PurePosixPath(found).name, {PurePosixPath(name).name for name in folder.names})
        hint = f"write its extension: {leaf.value}{extension}" if extension else near if near.startswith("did") else ""
        yield fault(leaf, path, f"there is no file `{found}`", hint or f"it is relative to {leaf.place.file}")


def _in_the_workspace(folder: PackageFolder, resource: Resource, path: Path_, leaf: Located) -> Iterator[Fault]:
    """Look for the notebook that an absolute path means: it is imported without its extension."""
    if resource.of is not None or path[-1] != "notebook_path":
        return
    here = PurePosixPath(leaf.place.file).parent
    stems = {
        PurePosixPath(name).stem
        for name in folder.names
        if name.endswith(NOTEBOOKS) and PurePosixPath(name).is_relative_to(here)
    }
    wanted = PurePosixPath(leaf.value)
    if wanted.suffix in NOTEBOOKS:
        hint = f"write {wanted.with_suffix('')}"
        yield fault(leaf, path, "a notebook in the workspace has no extension: `import-dir` takes it off", hint)
    elif wanted.name not in stems:
        yield fault(
            leaf, path, f"there is no notebook `{wanted.name}` beside this file", did_you_mean(wanted.name, stems)
        )

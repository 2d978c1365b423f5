"""Notebooks begin as notebooks and are not empty; they compile, and so does every other Python file."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.fault import Fault
from boathouse.package.folder import beside
from boathouse.package.package import NOTEBOOK, Package, Resource
from boathouse.package.python_syntax import tree
from boathouse.package.resource_shape import JOBS, PIPELINES
from boathouse.yaml_file import Path_


def inspect(package: Package) -> Iterator[Fault]:
    folder = package.folder
    for name in sorted({*package.notebooks, *_run_as_notebooks(package)}):
        text = folder.texts[name]
        if not text.startswith(f"{NOTEBOOK}\n"):
            first = text.split("\n", 1)[0][:40]
            said = f"a notebook's first line is `{NOTEBOOK}`, and this is `{first}`"
            yield Fault(
                folder.place(name), "", said, "without it the file is imported as a file, and no task can run it"
            )
        elif not text.removeprefix(NOTEBOOK).replace("# COMMAND ----------", "").strip():
            yield Fault(folder.place(name), "", "this notebook is empty")
    for name, text in folder.texts.items():
        if name.endswith(".py") and isinstance(error := tree(text), SyntaxError):
            place = folder.place(name, error.lineno or 1, error.offset or 1)
            yield Fault(place, "", f"this does not compile: {error.msg}")


def _run_as_notebooks(package: Package) -> Iterator[str]:
    """Name the Python files that a task or a pipeline runs as notebooks."""
    for resource in package.resources:
        for path, leaf in resource.settings.leaves():
            if _is_notebook(resource, path) and isinstance(leaf.value, str):
                found = beside(leaf.place.file, leaf.value)
                if found and found.endswith(".py") and found in package.folder.texts:
                    yield found


def _is_notebook(resource: Resource, path: Path_) -> bool:
    if resource.kind == JOBS:
        return path[-1] == "notebook_path"
    return resource.kind == PIPELINES and path[-2:] == ("notebook", "path")

"""Resource paths: where in the settings of a resource the path of a file or folder of the package stands."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.package.located import Located
from boathouse.package.resource_shape import DASHBOARDS, JOBS, PIPELINES
from boathouse.yaml_file import Path_

NOTEBOOKS = (".py", ".sql", ".ipynb", ".r", ".scala")
BUILT = (".whl", ".jar")  # these are made before a bundle is deployed


def paths(kind: str, settings: Located) -> Iterator[tuple[Path_, Located]]:
    """List the paths in a resource's settings; a task whose source is GIT has its files elsewhere."""
    for path, leaf in settings.leaves():
        if _is_path(kind, path, leaf.value) and settings.text(*path[:-1], "source") != "GIT":
            yield path, leaf


def _is_path(kind: str, path: Path_, value: object) -> bool:
    if not isinstance(value, str) or "://" in value:
        return False
    words = [part for part in path if isinstance(part, str)]
    if kind == JOBS:
        return _is_path_of_a_job(words, value)
    if kind == PIPELINES:
        return words[-2:] in (["notebook", "path"], ["file", "path"], ["glob", "include"]) or words == ["root_path"]
    return kind == DASHBOARDS and words == ["file_path"]


def _is_path_of_a_job(words: list[str], value: str) -> bool:
    if words[-1] in ("notebook_path", "python_file", "project_directory", "profiles_directory"):
        return True
    if words[-1] in ("dependencies", "whl", "jar"):  # these may be names of packages, too
        return value.startswith(("./", "../"))
    return words[-2:] in (["file", "path"], ["libraries", "requirements"])

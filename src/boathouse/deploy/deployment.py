"""Deployment: the resources of a bundle as a workspace is to be told them, for one target and one user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from boathouse.deploy.target_mode import moded
from boathouse.errors import UserError
from boathouse.package.bundle_target import SettledBundle
from boathouse.package.folder import PackageFolder, beside
from boathouse.package.located import Located
from boathouse.package.package import NOTEBOOK
from boathouse.package.resource_paths import BUILT, NOTEBOOKS, paths
from boathouse.package.resource_shape import CHECKED, DASHBOARDS, EXPERIMENTS, JOBS, PIPELINES
from boathouse.yaml_file import Path_

STATE, LOCK = "boathouse.json", "deploy.lock"
ADDED = (
    "permissions",
    "grants",
    "lifecycle",
    "file_path",
)  # what a bundle says of a resource, and its request does not
# What a level for the whole bundle is called on a kind that has no such level.
LEVELS = {
    JOBS: {"CAN_RUN": "CAN_MANAGE_RUN"},
    PIPELINES: {},
    EXPERIMENTS: {"CAN_VIEW": "CAN_READ", "CAN_RUN": "CAN_READ"},
    DASHBOARDS: {"CAN_VIEW": "CAN_READ"},
}


@dataclass(frozen=True)
class Wanted:
    """A resource: its request, in which ids of others may still be references, and who may do what with it."""

    kind: str
    key: str
    settings: dict[str, Any]
    access: tuple[dict[str, Any], ...] = ()
    is_kept: bool = False  # lifecycle.prevent_destroy

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.key}"


def wanted(settled: SettledBundle, folder: PackageFolder, user: str) -> list[Wanted]:
    """List the resources of a target; the same files and user give the same requests."""
    made = []
    for kind, each in settled.whole.items("resources"):
        if kind not in CHECKED:
            raise UserError(f"`{kind}` cannot be deployed from here", hint=f"there is {', '.join(CHECKED)}")
        made += [_wanted(settled, folder, (kind, key), one, user) for key, one in each.items()]
    return made


def uploads(settled: SettledBundle, folder: PackageFolder) -> dict[str, bytes]:
    """Give the files that lie in the workspace beside each other as they do here; `sync.exclude` leaves some out."""
    left_out = {
        name for pattern in settled.whole.list("sync", "exclude") for name in folder.matching(str(pattern.value))
    }
    names = [name for name in sorted(folder.names - left_out) if not name.startswith(".") and "/." not in name]
    return {name: (folder.root / name).read_bytes() for name in names}


def digest(value: Any) -> str:
    """Tell whether a request is the same as the last one: its hash."""
    text = value if isinstance(value, bytes) else json.dumps(value, sort_keys=True, default=str).encode()
    return sha256(text).hexdigest()


def _wanted(settled: SettledBundle, folder: PackageFolder, name: tuple[str, str], at: Located, user: str) -> Wanted:
    kind, key = name
    said = at.plain
    for path, leaf in paths(kind, at):
        _put(said, path, _in_the_workspace(settled, folder, leaf))
    settings = {key: value for key, value in said.items() if key not in ADDED}
    if kind in (JOBS, PIPELINES):
        state = f"{settled.value('workspace.state_path')}/{STATE}"
        settings["deployment"] = {"kind": "BUNDLE", "metadata_file_path": state}
        if runs_as := settled.whole.get("run_as"):
            settings.setdefault("run_as", runs_as.plain)
    if kind == JOBS:
        settings |= {"edit_mode": "UI_LOCKED", "format": "MULTI_TASK"}
    if kind == DASHBOARDS:
        settings["parent_path"] = settled.value("workspace.resource_path")
        file = beside(
            at.place.file if at.get("file_path") is None else at.value["file_path"].place.file, at.text("file_path")
        )
        if file:
            settings["serialized_dashboard"] = folder.texts[file]
    kept = at.get("lifecycle", "prevent_destroy")
    access = tuple(_access(settled, kind, at))
    return Wanted(kind, key, moded(settled, kind, settings, user), access, bool(kept and kept.value))


def _access(settled: SettledBundle, kind: str, at: Located) -> Iterator[dict[str, Any]]:
    yield from (each.plain for each in at.list("grants"))
    if kind not in LEVELS:
        return
    own = [each.plain for each in at.list("permissions")]
    for entry in (each.plain for each in settled.whole.list("permissions")):
        who = {key: value for key, value in entry.items() if key != "level"}
        if not any(who.items() <= each.items() for each in own):  # what a resource says itself goes first
            yield {**who, "permission_level": LEVELS[kind].get(entry["level"], entry["level"])}
    for entry in own:
        level = entry.pop("level")
        yield {**entry, "permission_level": level}


def _in_the_workspace(settled: SettledBundle, folder: PackageFolder, leaf: Located) -> str:
    """Say where a file of the bundle lies when it is uploaded; a notebook loses its extension there."""
    if leaf.value.startswith("/") or "${" in leaf.value:
        return str(leaf.value)
    found = beside(leaf.place.file, leaf.value) or ""
    if found.endswith(BUILT):
        built = folder.matching(found)
        if not built:
            hint = "build it first, as `artifacts` says: python -m build --wheel"
            raise UserError(f"no file matches `{leaf.value}`", place=leaf.place, hint=hint)
        found = built[-1]
    path = PurePosixPath(found)
    if path.suffix in NOTEBOOKS and folder.texts.get(found, "").startswith(NOTEBOOK):
        path = path.with_suffix("")
    return f"{settled.value('workspace.file_path')}/{path}"


def _put(value: Any, path: Path_, new: str) -> None:
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = new

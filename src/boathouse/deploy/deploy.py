"""Deploy: put a bundle into a workspace: files, then resources in their order, then who may do what; twice is once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boathouse import inspection
from boathouse.deploy import state
from boathouse.deploy.access import apply_access
from boathouse.deploy.deployment import LEVELS, LOCK, STATE, Wanted, digest, uploads, wanted
from boathouse.deploy.lookups import looked_up
from boathouse.deploy.plan import Step, filled, known_ids, plan, unknown
from boathouse.deploy.resource_calls import calls
from boathouse.deploy.state import Made, State
from boathouse.deploy.target_mode import names
from boathouse.deploy.workspace import Workspace, connect, known, translated
from boathouse.errors import CheckFailed, EngineError, UnknownName, UserError
from boathouse.package import bundle_files, package
from boathouse.package.bundle_files import Bundle
from boathouse.package.bundle_target import SettledBundle, settle
from boathouse.package.package import Package

Say = Callable[[str], None]
PREFIX = "BUNDLE_VAR_"


@dataclass(frozen=True)
class Wish:
    """What is asked of a deployment."""

    target: str = ""  # by default the bundle's own default
    dry_run: bool = False
    delete: bool = False  # what is not in the files any more
    force_lock: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Site:
    """A bundle for a target, and the workspace that it goes to."""

    settled: SettledBundle
    files: Mapping[str, bytes]
    wanted: tuple[Wanted, ...]
    workspace: Workspace
    wish: Wish

    @property
    def folder(self) -> str:
        return self.settled.value("workspace.state_path")

    def state(self) -> State:
        path = f"{self.folder}/{STATE}"
        with translated(f"reading {path}"):
            return state.loaded(self.workspace.read(path), path)

    def plan(self, state: State) -> list[Step]:
        return plan(self.wanted, self.files, state, self.workspace, delete=self.wish.delete)


def deploy(folder: Path, wish: Wish, say: Say) -> list[Step]:
    """Deploy the bundle of a folder, and give what was done; a dry run only says what would be."""
    site = _site(folder, wish)
    steps = site.plan(site.state())
    if wish.dry_run or not any(step.writes for step in steps):
        return steps
    with _locked(site):
        state = site.state()
        steps = site.plan(state)  # whoever held the lock may have changed what is there
        _apply(site, steps, state, say)
    return steps


def _site(folder: Path, wish: Wish) -> _Site:
    read = package.read(folder)
    bundle = _bundle(read, folder)
    _refuse_faults(read)
    target = wish.target or bundle.default
    first = settle(bundle, target)
    workspace = connect(first.whole.text("workspace", "host"), first.whole.text("workspace", "profile"))
    values: dict[str, Any] = {
        "workspace.current_user.userName": workspace.user,
        "workspace.current_user.short_name": workspace.short_name,
        **{f"var.{key}": value for key, value in _given(bundle, wish).items()},
    }
    values |= looked_up(first, workspace, values)
    values |= names(settle(bundle, target, values), workspace.short_name)
    settled = settle(bundle, target, values)
    _refuse_faults(package.seen_by(read, settled))  # once more, with the values that were given
    resources = wanted(settled, read.folder, workspace.short_name)
    return _Site(settled, uploads(settled, read.folder), tuple(resources), workspace, wish)


def _bundle(read: Package, folder: Path) -> Bundle:
    found = next((each for each in read.bundles if each.file == bundle_files.FILE), None)
    if found is None:
        if read.faults:
            raise CheckFailed(str(read.faults[0]), hint=read.faults[0].hint)
        raise UserError(f"{folder} has no {bundle_files.FILE}", hint="make a bundle: boathouse export bundle")
    return found


def _refuse_faults(read: Package) -> None:
    faults = [each for each in inspection.faults(read) if not each.only_a_hint]
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise CheckFailed(f"{faults[0]}{more}", hint=f"see all: boathouse check {read.folder.root}")


def _given(bundle: Bundle, wish: Wish) -> dict[str, str]:
    """Give the values of variables that stand in the environment, and those that were typed over them."""
    declared = [name for name, _ in bundle.whole.items("variables")]
    unknown_name = next((name for name in wish.variables if name not in declared), None)
    if unknown_name is not None:
        raise UnknownName("variable", unknown_name, declared, where=bundle.file)
    of_environment = {name: os.environ[f"{PREFIX}{name}"] for name in declared if f"{PREFIX}{name}" in os.environ}
    return of_environment | dict(wish.variables)


@contextmanager
def _locked(site: _Site) -> Iterator[None]:
    """Hold the bundle's lock: a file that is made only where there is none."""
    path = f"{site.folder}/{LOCK}"
    said = {"by": site.workspace.user, "since": datetime.now(UTC).isoformat(timespec="seconds")}
    with translated(f"locking {path}"):
        held = site.workspace.write(path, json.dumps(said).encode(), overwrite=site.wish.force_lock)
    if not held:
        raise EngineError(_who(site, path), hint="wait for it; if it has died, deploy with --force-lock")
    try:
        yield
    finally:
        with translated(f"unlocking {path}"):
            site.workspace.remove(path)


def _who(site: _Site, path: str) -> str:
    try:
        held = json.loads(site.workspace.read(path) or b"{}")
        return f"{held['by']} has been deploying this since {held['since']}"
    except (ValueError, KeyError):
        return "somebody else is deploying this"


def _apply(site: _Site, steps: list[Step], state: State, say: Say) -> None:
    """Do what the plan says; whatever went through is in the state, also where something else does not."""
    before = state
    ids: dict[str, Any] = {}
    try:
        for step in steps:
            if step.writes:
                say(str(step))
                with translated(f"{step.verb} {step.name}"):
                    state = _done(site, step, state, ids)
            if step.wanted:
                made = state.resources.get(step.name)
                ids |= known_ids(step.wanted, made.id if made else step.id)
    finally:
        if state != before:
            with translated("writing the state"):
                site.workspace.write(f"{site.folder}/{STATE}", state.dumped())


def _done(site: _Site, step: Step, state: State, ids: Mapping[str, Any]) -> State:
    if step.what == "file":
        return _file(site, step, state)
    if step.what == "access":
        return _access(site, step, state)
    return _resource(site, step, state, ids)


def _file(site: _Site, step: Step, state: State) -> State:
    path = f"{site.settled.value('workspace.file_path')}/{step.name}"
    if step.verb == "delete":
        site.workspace.remove(path)
        return state.without_file(step.name)
    content = site.files[step.name]
    site.workspace.write(path, content)
    return state.has_file(step.name, digest(content))


def _resource(site: _Site, step: Step, state: State, ids: Mapping[str, Any]) -> State:
    client, kind = site.workspace.client, calls(step.name.partition(".")[0])
    if step.wanted is None:
        known(kind.delete, client, step.id)  # somebody may have done it before
        return state.without(step.name)
    settings = filled(step.wanted.settings, ids)
    if left := unknown(settings):
        raise UserError(f"nothing is known that `${{{left[0]}}}` could stand for", hint="write an id, or .id")
    there = step.id or kind.create(client, settings)
    if step.verb == "update":
        kind.update(client, there, settings)
    made = state.resources.get(step.name, Made(there))
    if made.id != there:  # another one than before, to which nobody has been let yet
        if step.wanted.kind not in LEVELS:  # a full name that was changed: what had the old one is still there
            state = state.has(f"{step.name} ({made.id})", made)
        made = Made(there)
    return state.has(step.name, replace(made, settings=digest(settings), is_kept=step.wanted.is_kept))


def _access(site: _Site, step: Step, state: State) -> State:
    made = state.resources[step.name]
    if step.wanted is None:
        return state
    principals = apply_access(site.workspace, step.wanted, made)
    return state.has(step.name, replace(made, access=digest(step.wanted.access), principals=principals))

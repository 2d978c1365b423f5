"""Deploy plan: what a deployment would make, change and leave, by the state and by asking the workspace; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from boathouse.deploy.deployment import Wanted, digest
from boathouse.deploy.resource_calls import calls
from boathouse.deploy.state import State
from boathouse.deploy.workspace import Workspace, translated
from boathouse.errors import UserError
from boathouse.package.reference_text import references, written_out

Verb = Literal["create", "update", "same", "delete", "left"]
WRITES = ("create", "update", "delete")


@dataclass(frozen=True)
class Step:
    """One line of the plan: `update jobs.daily`."""

    verb: Verb
    what: Literal["file", "resource", "access"]
    name: str
    wanted: Wanted | None = None
    id: str = ""  # of what is there

    @property
    def writes(self) -> bool:
        return self.verb in WRITES

    def __str__(self) -> str:
        return f"{self.verb:<6}  {'access to ' if self.what == 'access' else ''}{self.name}"


def plan(
    wanted: Iterable[Wanted], files: Mapping[str, bytes], state: State, workspace: Workspace, *, delete: bool
) -> list[Step]:
    """Compare what is wanted with what is there: files first, then each resource after those that it needs, then access."""
    steps = [_file(name, content, state) for name, content in files.items()]
    resources: list[Step] = []
    ids: dict[str, Any] = {}
    for each in ordered(wanted):
        step = _resource(each, state, workspace, ids)
        ids |= known_ids(each, step.id)
        resources.append(step)
    access = [
        _access(step, state) for step in resources if step.wanted and (step.wanted.access or _had_access(step, state))
    ]
    return [*steps, *resources, *access, *_gone(steps + resources, state, delete=delete)]


def ordered(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Put each resource after those that it refers to, and each kind after those that it may stand in."""
    by_name = {each.name: each for each in sorted(wanted, key=lambda each: (calls(each.kind).RANK, each.key))}
    done: dict[str, Wanted] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise UserError(f"these resources refer to each other: {' -> '.join((*above, name))}")
        if name in by_name and name not in done:
            for other in _needs(by_name[name].settings):
                add(other, (*above, name))
            done[name] = by_name[name]

    for name in by_name:
        add(name, ())
    return list(done.values())


def known_ids(wanted: Wanted, there: str) -> dict[str, Any]:
    """Give what stands for references to a resource that is there."""
    if not there:
        return {}
    return {f"resources.{wanted.name}.id": int(there) if there.isdigit() and wanted.kind == "jobs" else there}


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """Put ids that are known by now in the place of references."""
    if isinstance(value, dict):
        return {key: filled(each, known) for key, each in value.items()}
    return [filled(each, known) for each in value] if isinstance(value, list) else written_out(known)(value)


def unknown(value: Any) -> list[str]:
    """List the references that are left in settings; a dashboard's own text may have what looks like one."""
    if isinstance(value, dict):
        return [name for key, each in value.items() if key != "serialized_dashboard" for name in unknown(each)]
    return [name for each in value for name in unknown(each)] if isinstance(value, list) else references(value)


def _needs(settings: Any) -> list[str]:
    found = [name.split(".") for name in unknown(settings) if name.startswith("resources.")]
    return [".".join(parts[1:3]) for parts in found]


def _file(name: str, content: bytes, state: State) -> Step:
    there = state.files.get(name)
    return Step("create" if there is None else "same" if there == digest(content) else "update", "file", name)


def _resource(wanted: Wanted, state: State, workspace: Workspace, ids: Mapping[str, Any]) -> Step:
    settings = filled(wanted.settings, ids)
    made = state.resources.get(wanted.name)
    with translated(f"looking for {wanted.name}"):
        there = calls(wanted.kind).find(workspace.client, settings, made.id if made else "")
    same = made is not None and there == made.id and made.settings == digest(settings)
    verb: Verb = "create" if not there else "same" if same else "update"
    return Step(verb, "resource", wanted.name, replace(wanted, settings=settings), there)


def _access(step: Step, state: State) -> Step:
    made = state.resources.get(step.name)
    wanted = step.wanted.access if step.wanted else ()
    if made is None or step.id != made.id or not made.access:
        return replace(step, verb="create", what="access")
    return replace(step, verb="same" if made.access == digest(wanted) else "update", what="access")


def _had_access(step: Step, state: State) -> bool:
    made = state.resources.get(step.name)
    return made is not None and made.access not in ("", digest(()))


def _gone(steps: list[Step], state: State, *, delete: bool) -> list[Step]:
    """List what was made once and is not in the files any more; it is deleted only where that is asked for."""
    here = {step.name for step in steps}
    files = [Step("delete" if delete else "left", "file", name) for name in state.files if name not in here]
    resources = [
        Step("delete" if delete and not made.is_kept else "left", "resource", name, id=made.id)
        for name, made in state.resources.items()
        if name not in here
    ]
    return [*sorted(resources, key=lambda step: -calls(step.name.partition(".")[0]).RANK), *files]

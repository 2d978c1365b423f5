"""Release run: make the tables that a run left a release, once it is sure that they belong together; or go back to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import CheckFailed, UserError
from boathouse.journal import COMPACTED, arrow_rows, writing
from boathouse.names import TableName
from boathouse.ops import OPS
from boathouse.origin import origin_of
from boathouse.release import Release, current_release, find_release, releases

BUILD = "type `boathouse run`, which builds what is stale"
APP = "boathouse.releases"  # a release's number is that of its Delta transaction


def release(project: Project, *, run_id: str = "", note: str = "") -> Release:
    """Release what a run left, by default the last; one that failed, or whose tables do not fit together, is refused."""
    with writing(project):
        run = _run(project, run_id)
        versions = _versions(project, run)
        _refuse_mixture(project, versions)
        now = current_release(project)
        if now is not None and now.versions == versions:
            raise UserError(f"release {now.number} holds these very tables", hint="type `boathouse run` first")
        return publish(project, run, note, versions)


def publish(project: Project, run: str, note: str, versions: Mapping[TableName, int]) -> Release:
    """Write the manifest into the list, unless one that was killed did; then one commit makes it the current one."""
    last = next(reversed(releases(project)), None)
    if last is None or (last.run_id, last.note, last.versions) != (run, note, versions):
        last = _listed(project, run, note, versions)
    _make_current(project, last)
    return last


def _listed(project: Project, run: str, note: str, versions: Mapping[TableName, int]) -> Release:
    """Append the manifest to the very snapshot on which its number was found to be free."""
    path = project.ops / "releases"
    if not delta.exists(path):
        delta.create(path, arrow_rows(OPS["releases"], []), {})
    table = delta.opened(path)
    known = [release.number for release in releases(project)]
    # The transaction remembers the numbers of releases that were given up: a number means one release.
    made = Release(max(delta.last_transaction(table, APP), *known, 0) + 1, datetime.now(UTC), run, note, versions)
    delta.append(table, _arrow(made), (APP, made.number), {})
    if made.number % COMPACTED == 0:
        delta.compact(delta.opened(path))
    return made


def rollback(project: Project, to: str = "") -> Release:
    """Make an earlier release the current one, by default the one before; the tables themselves stay as they are."""
    with writing(project):
        now = current_release(project)
        if now is None:
            raise UserError("there is no release to go back from", hint="type `boathouse release`")
        before = [known for known in releases(project) if known.number < now.number]
        if not to and not before:
            raise UserError(f"there is no release before {now.number}")
        target = find_release(project, to) if to else before[-1]
        if target is None:
            raise UserError(f"`{to}` is no release", hint="type `boathouse release list`")
        for name, version in target.versions.items():
            delta.schema(project.lake(name), version)  # a version that is gone is an error now, and not when it is read
        _make_current(project, target)
    return target


def _make_current(project: Project, made: Release) -> None:
    delta.overwrite(project.ops / "latest_release", _arrow(made))


def _arrow(made: Release) -> Any:
    rows = [{**row, "released_at": made.released_at.isoformat()} for row in made.rows]
    return arrow_rows(OPS["releases"], rows)


def _run(project: Project, run_id: str) -> str:
    """Find the run that is to be released."""
    path = project.ops / "pipeline_runs"
    runs = sorted(delta.rows(path), key=lambda row: row["started_at"]) if delta.exists(path) else []
    if run_id:
        runs = [run for run in runs if run["run_id"] == run_id]
    if not runs:
        raise UserError(f"there is no run {run_id}" if run_id else "nothing was run yet", hint="type `boathouse run`")
    last = runs[-1]
    if last["status"] != "passed":
        passed = [run["run_id"] for run in runs if run["status"] == "passed"]
        hint = f"the last that passed: `boathouse release --run {passed[-1]}`" if passed else "type `boathouse run`"
        said = (last["message"] or "").split("\n", 1)[0]
        raise CheckFailed(f"the run {last['run_id']} was {last['status']}, and is not released: {said}", hint=hint)
    return str(last["run_id"])


def _versions(project: Project, run: str) -> dict[TableName, int]:
    tables = [row for row in delta.rows(project.ops / "table_runs") if row["run_id"] == run]
    unbuilt = [row["table_name"] for row in tables if row["delta_version"] is None]
    if unbuilt:
        raise CheckFailed(f"{unbuilt[0]} is not built, and nothing is released", hint="type `boathouse run`")
    return {TableName.parse(row["table_name"]): int(row["delta_version"]) for row in tables}


def _refuse_mixture(project: Project, versions: Mapping[TableName, int]) -> None:
    """Hold each table's note against the others' versions: what it was built from is what is released with it."""
    for name, version in versions.items():
        origin = origin_of(project.lake(name), version)
        for read, state in (origin.inputs if origin else {}).items():
            other = next((own for known, own in versions.items() if str(known) == read), None)
            if other is not None and str(other) != state:
                raise CheckFailed(
                    f"{name} was built from {read} at version {state}, and the run left it at {other}", hint=BUILD
                )
        apart = versions.get(name.quarantine)
        rejected = origin_of(project.lake(name.quarantine), apart) if apart is not None else None
        if origin and rejected and not rejected.is_of_build(origin):
            raise CheckFailed(f"{name.quarantine} is of another build than {name}", hint=BUILD)

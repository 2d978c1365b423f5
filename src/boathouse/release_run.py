"""Release run: make the tables that a run left a release, once it is sure that they belong together; or go back to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import CheckFailed, UserError
from boathouse.journal import Journal, arrow_rows, writing
from boathouse.names import TableName
from boathouse.ops import OPS
from boathouse.origin import origin_of
from boathouse.release import Release, current_release, find_release, releases


def release(project: Project, *, run_id: str = "", note: str = "") -> Release:
    """Release what a run left, by default the last; one that failed, or whose tables do not fit together, is refused."""
    with writing(project) as journal:
        run = _run(project, run_id)
        versions = _versions(project, run)
        _refuse_mixture(project, versions)
        known = releases(project)
        now = current_release(project)
        if now is not None and now.versions == versions:
            raise UserError(f"release {now.number} holds these very tables", hint="type `boathouse run` first")
        made = Release((known[-1].number if known else 0) + 1, datetime.now(UTC), run, note, versions)
        publish(project, journal, made)
    return made


def publish(project: Project, journal: Journal, made: Release) -> None:
    """Write the manifest into the list; then one commit makes it the current one."""
    journal.add({"releases": made.rows})
    journal.flush()
    _make_current(project, made)


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
    rows = [{**row, "released_at": made.released_at.isoformat()} for row in made.rows]
    delta.overwrite(project.ops / "latest_release", arrow_rows(OPS["latest_release"], rows))


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
                    f"{name} was built from {read} at version {state}, and the run left it at {other}",
                    hint="type `boathouse run`, which builds what is stale",
                )

"""Promote: copy the tables of the current release into another environment's lake, and make them its release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boathouse import definition
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import UserError
from boathouse.journal import writing
from boathouse.names import TableName
from boathouse.origin import RUN, Origin, origin_of
from boathouse.query import open_table
from boathouse.release import Release, current_release
from boathouse.release_run import publish

FROM = "boathouse.promoted"  # the note of a copy: which version of which table it is


def promote(project: Project, target: Project) -> Release:
    """Copy what changed since the last promotion; readers of the target see its release before, until this one is whole."""
    now = current_release(project)
    if now is None:
        raise UserError("there is no release to promote", hint="type `boathouse release`")
    if project.ops == target.ops:
        raise UserError(f"{target.environment or 'local'} is where the release is", hint="name another environment")
    with writing(target):
        versions: dict[TableName, int] = {}
        for name, origin in _in_order(project, now.versions):
            versions[name] = _copy(project, target, name, now.versions[name], _there(origin, versions))
        return publish(target, now.run_id, f"release {now.number} of {project.elsewhere or 'local'}", versions)


def _in_order(project: Project, versions: Mapping[TableName, int]) -> Iterator[tuple[TableName, Origin]]:
    """Give each table after those that it was built from, so that its note can say their versions over there."""
    left = {name: origin_of(project.lake(name), version) or Origin("") for name, version in versions.items()}
    while left:
        waiting = {str(name) for name in left}
        ready = [name for name, origin in sorted(left.items()) if waiting.isdisjoint(set(origin.inputs) - {str(name)})]
        for name in ready or sorted(left):
            yield name, left.pop(name)


def _there(origin: Origin, versions: Mapping[TableName, int]) -> Origin:
    own = {str(name): str(version) for name, version in versions.items()}
    return Origin(origin.fingerprint, {name: own.get(name, state) for name, state in origin.inputs.items()}, origin.run)


def _copy(project: Project, target: Project, name: TableName, version: int, origin: Origin) -> int:
    """Copy one table, unless its last commit there is that very version's copy."""
    here, there = project.lake(name), target.lake(name)
    copied = f"{delta.identity(delta.opened(here))}@{version}"
    note = {**origin.note, FROM: copied}
    if delta.exists(there) and delta.last_notes(there, (RUN, FROM)).get(FROM) == copied:
        return delta.version(there)
    engine = DuckDB(delta_scan=delta.scan)
    open_table(engine, project, name, version)
    definition.copy(project, target, origin.fingerprint)
    with translated_errors():
        return delta.overwrite(there, engine.stream(f"SELECT * FROM {name}"), note)

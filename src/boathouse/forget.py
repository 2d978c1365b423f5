"""Forget: delete the rows of a person, or of anything with a key, from an ingested table; what descends from it is built anew."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.action import Action
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import UserError
from boathouse.journal import writing
from boathouse.names import TableName
from boathouse.origin import Origin, origin_of
from boathouse.plan import Plan
from boathouse.query import open_table
from boathouse.quoting import sql_name, sql_text
from boathouse.release import releases


@dataclass(frozen=True)
class Forgotten:
    """What was deleted, and where the rows still are."""

    table: TableName
    rows: int
    files: tuple[str, ...]  # of the landing folder, which the rows came in
    releases: tuple[int, ...]  # that still hold them, until they are given up and vacuumed
    rebuilt: tuple[TableName, ...] = ()


def forget(plan: Plan, project: Project, table: str, key: str) -> Forgotten:
    """Delete the rows where `column=value` from one table; the run that follows builds what reads it."""
    action = plan.action(TableName.parse(table))
    column, equals, value = key.partition("=")
    if not equals:
        raise UserError(f"`{key}` is no key", hint="write column=value, such as customer_id=1042")
    if action.landing is None:
        raise UserError(
            f"{action.name} is built anew from what it reads, and the rows would come back", hint=_remedy(plan, action)
        )
    kept = action.schema[column].name
    with writing(project):
        path, engine = project.lake(action.name), DuckDB(delta_scan=delta.scan)
        if not delta.exists(path):
            raise UserError(f"{action.name} is not built yet", hint=f"type `boathouse run {action.name}`")
        open_table(engine, project, action.name)
        # By its text, so that a value of any type can be written; a NULL is nobody's key.
        is_meant = f"coalesce(CAST({sql_name(kept, 'duckdb')} AS VARCHAR) = {sql_text(value, 'duckdb')}, FALSE)"
        found = engine.rows(
            f"SELECT _source_file AS file, count(*) AS n FROM {action.name} WHERE {is_meant} GROUP BY ALL ORDER BY ALL"
        )
        rows = sum(row["n"] for row in found)
        if rows:
            origin = origin_of(path) or Origin("")
            with translated_errors():
                delta.overwrite(path, engine.stream(f"SELECT * FROM {action.name} WHERE NOT {is_meant}"), origin.note)
    holding = tuple(r.number for r in releases(project) if action.name in r.versions) if rows else ()
    return Forgotten(action.name, rows, tuple(row["file"] for row in found), holding)


def _remedy(plan: Plan, action: Action) -> str:
    if action.table.source is not None:
        return f"take them out of {action.table.source.path}, and type `boathouse run`"
    above, waiting = set[str](), list(action.reads)
    while waiting:
        name = waiting.pop()
        above.add(str(name))
        waiting += [other for other in plan.action(name).reads if str(other) not in above]
    roots = sorted(str(a.name) for a in plan.actions if str(a.name) in above and a.table.source is not None)
    return f"forget them in {', '.join(roots)}"

"""Query: answer a SELECT in Databricks SQL over the tables of the lake."""

from __future__ import annotations

from typing import Any

from boathouse.config import Project
from boathouse.dialect import query_to_duckdb, tables_read
from boathouse.duckdb_types import duckdb_type
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.names import LAYERS, OPS, TableName
from boathouse.ops import OPS as OPS_TABLES
from boathouse.quoting import sql_name
from boathouse.release import CURRENT, NEWEST, Release, find_release
from boathouse.schema import Schema


def query(project: Project, sql: str, at: str = CURRENT) -> list[dict[str, Any]]:
    """Answer a SELECT over layer.table names: of the current release, another one, or the newest tables.

    Where nothing is released yet, the newest are the current ones; the tables of `ops` always are.
    """
    engine, answer = opened(project, sql, at)
    return engine.rows(answer)


def opened(project: Project, sql: str, at: str = CURRENT) -> tuple[DuckDB, str]:
    """Open the tables that a SELECT reads, and give it as DuckDB is to be asked."""
    engine = DuckDB(delta_scan=delta.scan)
    known = {str(name) for name in (*built(project), *(TableName(OPS, table) for table in OPS_TABLES))}
    names = {name for name, _, _ in tables_read(sql)}
    for name in names - known:
        raise UnknownName("table", name, known, where="the lake")
    schemas = {}
    release = find_release(project, at)
    for name in names:
        table = TableName.parse(name)
        open_table(engine, project, table, _version(release, table))
        schemas[name] = engine.describe(f"SELECT * FROM {table.layer}.{table.table}")
    return engine, query_to_duckdb(sql, schemas)


def _version(release: Release | None, table: TableName) -> int | None:
    if release is None or table.layer == OPS:
        return None
    if table not in release.versions:
        raise UserError(f"{table} is not in release {release.number}", hint=f"read the newest tables: --at {NEWEST}")
    return release.versions[table]


def open_table(engine: DuckDB, project: Project, table: TableName, version: int | None = None) -> None:
    """Give a table of the lake, as it is or was at a version, its name in SQL, however its files have to be read."""
    path = project.lake(table)
    if table.layer == OPS and table.table in OPS_TABLES and not delta.exists(path):
        engine.view(table.layer, table.table, _no_rows(OPS_TABLES[table.table]))  # nothing of the kind was done yet
        return
    if not delta.exists(path):
        raise UserError(f"{table} is not built yet", hint=f"type `boathouse run {table}`")
    scan = delta.scan(path, version)
    if scan:
        engine.view(table.layer, table.table, scan)
    else:
        engine.register(table.layer, table.table, delta.arrow(path, version))


def _no_rows(schema: Schema) -> str:
    columns = (f"CAST(NULL AS {duckdb_type(column.type)}) AS {sql_name(column.name, 'duckdb')}" for column in schema)
    return f"SELECT {', '.join(columns)} WHERE FALSE"


def built(project: Project) -> list[TableName]:
    """List the tables that the lake holds, those that say what was done included."""
    return [
        TableName(layer, folder.name)
        for layer in (*LAYERS, OPS)
        for folder in sorted(project.lake_schema(layer).glob("*"))
        if delta.exists(folder)
    ]

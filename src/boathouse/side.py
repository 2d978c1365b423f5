"""Side: one of two tables that are held against each other, found by what a person wrote and opened in DuckDB."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from boathouse.config import Project
from boathouse.duckdb_types import databricks_type
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import EngineError, UnknownName, UserError
from boathouse.names import LAYERS, TableName
from boathouse.quoting import sql_name, sql_text
from boathouse.raw_file import files
from boathouse.release import CURRENT, find_release
from boathouse.schema import Column, Schema

PARQUET = (".parquet", ".parq")
VERSION = re.compile(r"(?P<place>.+)@(?P<version>\d+)")
RELEASED = re.compile(r"(?P<table>[^@]+)@release(?::(?P<number>\d+))?")
FORMS = "write layer.table, layer.table@version, layer.table@release:3, a Delta folder, a Parquet file, or file.duckdb::schema.table"
# DuckDB's plain timestamps are no instants; a Delta table says so too, and a type of its own is no `timestamp`.
NAIVE = {"TIMESTAMP": "timestamp_ntz", "TIMESTAMP_S": "timestamp_ntz", "TIMESTAMP_MS": "timestamp_ntz"}


@dataclass(frozen=True)
class Side:
    """A table that was opened: what it is called, its columns, the query of its rows, and what its metadata tells."""

    said: str
    kind: str
    schema: Schema
    scan: str
    rows: int
    version: int | None = None
    files: frozenset[str] = frozenset()  # of a Delta table, where they alone tell its rows

    @property
    def name(self) -> str:
        return self.said if self.version is None or "@" in self.said else f"{self.said}@{self.version}"


def open_side(said: str, view: str, engine: DuckDB, project: Project) -> Side:
    """Find and open what a person wrote; `view` is the name that it may take in the session."""
    file, separator, table = said.rpartition("::")
    if separator:
        return _duckdb(said, Path(file), table, engine)
    released = RELEASED.fullmatch(said)
    if released:
        name = TableName.parse(released["table"])
        pinned = _released(project, name, released["number"] or CURRENT)
        return _delta(said, project.lake(name), pinned, view, engine)
    match = VERSION.fullmatch(said)
    place, version = (match["place"], int(match["version"])) if match else (said, None)
    layer, _, _ = place.partition(".")
    if layer in LAYERS and "/" not in place and not Path(said).exists():
        path = project.lake(TableName.parse(place))
        if not delta.exists(path):
            raise UserError(f"{place} is not built yet", hint=f"type `boathouse run {place}`")
        return _delta(said, path, version, view, engine)
    for path, at in ((Path(said), None), (Path(place), version)):
        if delta.exists(path):
            return _delta(said, path, at, view, engine)
    if Path(said).suffix.lower() in PARQUET or Path(said).is_dir():
        return _parquet(said, Path(said), engine)
    raise UserError(f"there is no table `{said}`", hint=FORMS)


def _released(project: Project, table: TableName, at: str) -> int:
    release = find_release(project, at)
    if release is None:
        raise UserError("there is no release yet", hint="type `boathouse release`")
    if table not in release.versions:
        raise UnknownName("table", str(table), map(str, release.versions), where=f"release {release.number}")
    return release.versions[table]


def _delta(said: str, path: Path, version: int | None, view: str, engine: DuckDB) -> Side:
    newest = delta.version(path)
    if version is not None and version > newest:
        raise UserError(f"{said.rpartition('@')[0]} has no version {version}", hint=f"the newest is {newest}")
    at = newest if version is None else version
    scan, held = delta.scan(path, at), frozenset(delta.opened(path, at).file_uris())
    found = Side(said, "Delta table", delta.schema(path, at), scan, 0, at, held)
    if scan:
        return replace(_described(found, engine), rows=delta.row_count(path, at))
    # Deletion vectors, column mapping: the files alone do not tell the rows.
    engine.register("opened", view, delta.arrow(path, at))
    found = replace(found, scan=f"SELECT * FROM opened.{view}", files=frozenset())
    return _counted(_described(found, engine), engine)


def _parquet(said: str, path: Path, engine: DuckDB) -> Side:
    if not path.exists():
        raise UserError(f"there is no file {said}")
    listed = ", ".join(sql_text(str(file), "duckdb") for file in files(path, PARQUET))
    scan = f"SELECT * FROM read_parquet([{listed}])"
    return _counted(_described(Side(said, "Parquet", Schema(), scan, 0), engine), engine)


def _duckdb(said: str, file: Path, table: str, engine: DuckDB) -> Side:
    if not file.is_file():
        raise UserError(f"there is no file {file}", hint=FORMS)
    known = {
        row["path"]: row["database_name"] for row in engine.rows("SELECT database_name, path FROM duckdb_databases()")
    }
    database = known.get(str(file.resolve()), f"other_{len(known)}")
    if database not in known.values():
        given(lambda: engine.execute(f"ATTACH {sql_text(str(file.resolve()), 'duckdb')} AS {database} (READ_ONLY)"))
    schema, dot, name = table.partition(".")
    parts = (database, schema, name) if dot else (database, "main", table)
    scan = f"SELECT * FROM {'.'.join(sql_name(part, 'duckdb') for part in parts)}"
    return _counted(_described(Side(said, "DuckDB table", Schema(), scan, 0), engine), engine)


def given(read: Callable[[], None]) -> None:
    """Read what the user gave: where that fails it is theirs to mend, not the engine's."""
    try:
        read()
    except EngineError as error:
        raise UserError(error.message) from error


def _described(side: Side, engine: DuckDB) -> Side:
    """Add the columns as DuckDB has them; of plain types, Delta's own word stands."""
    own = side.schema.types
    if own and not any("<" in kind for kind in own.values()):
        return side  # so that metadata can prove two tables equal and no file is opened
    held = {column.name: column for column in side.schema}
    columns = []
    for row in engine.rows(f"DESCRIBE {side.scan}"):
        name, kind = row["column_name"], row["column_type"]
        nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))
        word = kind if nested else own.get(name) or NAIVE.get(kind) or _type(kind)
        columns.append(replace(held.get(name, Column(name, word)), type=word))
    return replace(side, schema=Schema(tuple(columns)))


def _type(kind: str) -> str:
    """Spell DuckDB's type; what Databricks has no word for keeps its own, since text would not tell all of it."""
    lossy = kind.endswith("_NS") or kind == "HUGEINT"
    return kind.lower() if lossy else databricks_type(kind)


def _counted(side: Side, engine: DuckDB) -> Side:
    return replace(side, rows=int(engine.row(f"SELECT count(*) AS n FROM ({side.scan}) AS counted")["n"]))

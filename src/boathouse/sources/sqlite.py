"""A table or a view of a SQLite database; the types are those of its values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from boathouse.errors import SourceError, did_you_mean
from boathouse.names import column_names
from boathouse.quoting import python_text, sql_name, sql_text
from boathouse.schema import Column, Schema
from boathouse.source import Reader, Source
from boathouse.sqlite_file import TABLES, declared_types, fetched, is_database, opened, quoted, tables
from boathouse.step import LINE
from boathouse.yaml_line import yaml_line

SUFFIXES = (".db", ".sqlite", ".sqlite3")
ROW_GROUP = 16 << 20  # bytes
EXACT = 2**53  # up to here every integer is a double
KINDS = {"bigint": int, "double": float, "string": str, "binary": bytes}  # as the notebook names them
TYPEOF = {int: "integer", float: "real", str: "text", bytes: "blob"}  # as SQLite names them
# Each type, and of which kinds are the values that it holds as they are; the first that holds all is the column's.
HELD = {
    "bigint": {"integer", "large integer"},
    "double": {"integer", "real"},
    "string": {"integer", "large integer", "real", "text"},
    "binary": {"blob"},
}
# What a column without a value is declared as, by the words that SQLite looks for: https://sqlite.org/datatype3.html
DECLARED = {"INT": "bigint", "CHAR": "string", "CLOB": "string", "TEXT": "string", "BLOB": "binary", "REAL": "double",
            "FLOA": "double", "DOUB": "double"}  # fmt: skip

# SQLite keeps a type with each value and Spark with each column; a value that is not of the column's type fails.
AS_KIND = '''def as_kind(value, kind):
    """Give the value as the column's type: a number may become text, an integer a double that equals it."""
    if value is None or isinstance(value, kind):
        return value
    if isinstance(value, (int, float)) and (kind is str or (kind is float and float(value) == value)):
        return kind(value)
    raise TypeError(f"{value!r} stands in a column of {kind.__name__}")'''
OPENED = """with tempfile.TemporaryDirectory() as folder:  # SQLite locks what it opens, and a volume has no locks
    copy = shutil.copy(SOURCE_PATH, folder)
    if os.path.exists(f"{SOURCE_PATH}-wal"):  # what was written last stands here until SQLite moves it
        shutil.copy(f"{SOURCE_PATH}-wal", folder)
    with closing(sqlite3.connect(copy)) as database:"""
FRAME = """rows = [[as_kind(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in found]
df = spark.createDataFrame(rows, schema)"""


class Sqlite(Source):
    """A table or a view of a SQLite database; the types are those of its values."""

    lands: ClassVar[bool] = False
    format: Literal["sqlite"] = "sqlite"
    table: str = Field(default="", description="the table or view; a file with a single table needs none")

    @classmethod
    def suits(cls, path: Path) -> bool:
        """Tell by the name; what ends in .db may be any program's."""
        suffix = path.suffix.lower()
        return suffix in SUFFIXES and not path.is_dir() and (suffix != ".db" or is_database(path))

    @classmethod
    def open(cls, path: Path, reader: Reader) -> tuple[Self, Schema]:
        del reader
        return cls(path=str(path)).looked_at(path)

    @classmethod
    def open_all(cls, path: Path, reader: Reader) -> dict[str, tuple[Source, Schema]]:
        """Open every table; a view shows the same rows again, and is read where a source names it."""
        del reader
        with opened(path) as database:
            names = tables(path, database)
        return {name: cls(path=str(path), table=name).looked_at(path) for name in names}

    def columns(self, path: Path, reader: Reader) -> Schema:
        del reader
        return self.looked_at(path)[1]

    def looked_at(self, path: Path) -> tuple[Self, Schema]:
        """Read every value once: a column's type is the one that holds them all."""
        with opened(path) as database:
            table = self._table(path, database)
            declared = declared_types(database, table)
            seen: list[set[str]] = [set() for _ in declared]
            with fetched(database, table, list(declared)) as batches:
                for columns in batches:
                    seen = [kinds | kinds_of(values) for kinds, values in zip(seen, columns, strict=True)]
        types = [
            column_type(f"{path}: `{name}` of `{table}`", kinds, declared[name])
            for name, kinds in zip(declared, seen, strict=True)
        ]
        lake = column_names(list(declared))
        renamed = {new: name for new, name in zip(lake, declared, strict=True) if new != name}
        return self.model_copy(update={"table": table, "names": renamed}), Schema(tuple(map(Column, lake, types)))

    def _table(self, path: Path, database: sqlite3.Connection) -> str:
        if self.table:
            known = [
                name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            ]
            if self.table not in known:
                raise SourceError(f"{path} has no table `{self.table}`", hint=did_you_mean(self.table, known))
            return self.table
        found = tables(path, database)
        if len(found) > 1:
            source = yaml_line({"format": "sqlite", "path": self.path, "table": found[0]})
            message = f"{path} holds the tables {', '.join(f'`{name}`' for name in found)}"
            raise SourceError(message, hint=f"say which one is meant, such as `source: {source}`")
        return found[0]

    def sql(self, path: Path, schema: Schema, reader: Reader) -> str:
        """Copy the table into a Parquet file, a batch at a time, while its values are those of the columns."""
        copy = reader.copy("table.parquet", ())
        with opened(path) as database:
            table = self._table(path, database)
            names = [self.names.get(name, name) for name in schema.names]
            for missing in set(names) - set(declared_types(database, table)):
                raise SourceError(f"{path}: `{table}` has no column `{missing}` any more", hint="explore it again")
            with fetched(database, table, names) as batches:
                write_parquet(copy, schema, batches, f"{path}: `{table}`")
        return f"SELECT * FROM read_parquet({sql_text(str(copy), 'duckdb')})"

    def pyspark(self, schema: Schema) -> str:
        names = [self.names.get(name, name) for name in schema.names]
        columns = ", ".join(f"{sql_name(name, 'databricks')} {kind.upper()}" for name, kind in schema.types.items())
        query = f"SELECT {', '.join(map(quoted, names))} FROM "
        run = "        found = database.execute(query).fetchall()"
        if not self.table:
            only = f"SELECT '`' || replace(name, '`', '``') || '`' FROM sqlite_master WHERE {TABLES}"
            run = f"        [(table,)] = database.execute(\n            {python_text(only)}\n        )\n"
            run += "        found = database.execute(query + table).fetchall()"
        lines = [
            assigned("query", python_text(query + (quoted(self.table) if self.table else ""))),
            assigned("schema", python_text(columns)),
            listed("kinds", [KINDS[column.type].__name__ for column in schema]),
        ]
        return "\n".join([*lines, "", "", AS_KIND, "", "", OPENED, run, FRAME])


def kinds_of(values: tuple[Any, ...]) -> set[str]:
    """Say of which kinds the values are."""
    kinds = {TYPEOF[kind] for kind in set(map(type, values)) - {type(None)}}
    if "integer" in kinds and max(abs(value) for value in values if type(value) is int) > EXACT:
        kinds.add("large integer")
    return kinds


def column_type(where: str, kinds: set[str], declared: str) -> str:
    """Choose the one type that holds every value as it is."""
    if not kinds:
        return next((kind for word, kind in DECLARED.items() if word in declared.upper()), "string")
    for kind, held in HELD.items():
        if kinds <= held:
            return kind
    hint = "make a view that casts it (CAST(... AS TEXT) or AS BLOB), and name the view as the source's `table`"
    raise SourceError(f"{where} holds BLOBs and other values", hint=hint)


def write_parquet(file: Path, schema: Schema, batches: Iterator[list[tuple[Any, ...]]], where: str) -> None:
    """Write the batches down as they come, so that no more than a row group is in memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = {"bigint": pa.int64(), "double": pa.float64(), "string": pa.string(), "binary": pa.binary()}
    types = pa.schema([(column.name, arrow[column.type]) for column in schema])

    def record(columns: list[tuple[Any, ...]]) -> Any:
        checked = [as_column(values, column, where) for values, column in zip(columns, schema, strict=True)]
        return pa.record_batch(
            [pa.array(values, kind) for values, kind in zip(checked, types.types, strict=True)], types
        )

    waiting: list[Any] = []
    size = 0
    # It is read once and thrown away: without dictionaries and compression the write takes half the time.
    with pq.ParquetWriter(file, types, compression="none", use_dictionary=False) as writer:
        for batch in map(record, batches):
            waiting.append(batch)
            size += batch.nbytes
            if size > ROW_GROUP:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting, size = [], 0
        writer.write_table(pa.Table.from_batches(waiting, types))


def as_column(values: tuple[Any, ...], column: Column, where: str) -> list[Any] | tuple[Any, ...]:
    """Give the values as the column's type, as `as_kind` does in the notebook."""
    kinds = kinds_of(values)
    if not kinds <= HELD[column.type]:
        message = f"{where} holds values in `{column.name}` that are no {column.type} any more"
        raise SourceError(message, hint="explore it again")
    if column.type != "string" or kinds <= {"text"}:
        return values
    return [value if value is None else str(value) for value in values]


def assigned(name: str, text: str) -> str:
    """Write an assignment as a formatter has it: on a line of its own what fits there only."""
    line = f"{name} = {text}"
    return line if len(line) <= LINE or len(text) + 4 > LINE else f"{name} = (\n    {text}\n)"


def listed(name: str, items: list[str]) -> str:
    line = f"{name} = [{', '.join(items)}]"
    return line if len(line) <= LINE else f"{name} = [\n" + "".join(f"    {item},\n" for item in items) + "]"

"""DuckDB computes: queries over Delta tables and raw files, answered as rows, schemas or Arrow streams."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import duckdb

from boathouse.duckdb_types import databricks_type, duckdb_type
from boathouse.errors import EngineError, UserError
from boathouse.quoting import sql_name
from boathouse.schema import Column, Schema

KIND = re.compile(r"^(?:Binder|Catalog|Conversion|Invalid Input|IO|Out of Range|Parser) Error: ")


class DuckDB:
    """One in-memory DuckDB session in UTC; it never installs or loads an extension from the network."""

    def __init__(self, *, memory: str = "", threads: int = 0, delta_scan: Callable[[Path], str] | None = None) -> None:
        settings: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        if memory:
            settings["memory_limit"] = memory
        if threads:
            settings["threads"] = threads
        self._settings = settings
        self._delta_scan = delta_scan

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Connect when first asked: it takes 15 ms, and a run in which nothing has changed asks nothing."""
        connection = duckdb.connect(config=self._settings)
        connection.execute("SET TimeZone = 'UTC'")
        # Both grow faster than the columns do. An IN of five values becomes a join: 80 in a SELECT took 3.4 s, now 0.1 s;
        # equal parts of 10,000 casts are sought for minutes. The run of the retail demo takes the same time without.
        connection.execute("SET disabled_optimizers = 'in_clause,common_subexpressions'")
        return connection

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Answer a query as a list of dicts."""
        with translated_errors():
            cursor = self.connection.execute(sql, list(values))
            names = [part[0] for part in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, values: Sequence[Any] = ()) -> dict[str, Any]:
        """Answer a query that has exactly one row."""
        return self.rows(sql, values)[0]

    def execute(self, sql: str) -> None:
        with translated_errors():
            self.connection.execute(sql)

    def stream(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Give a query as a lazy relation: it crosses to delta-rs by the Arrow C stream, so memory stays flat."""
        with translated_errors():
            return self.connection.sql(sql)

    def describe(self, sql: str) -> Schema:
        """Say the columns of a query in Databricks types, without running it."""
        rows = self.rows(f"DESCRIBE {sql}")
        return Schema(tuple(Column(row["column_name"], databricks_type(row["column_type"])) for row in rows))

    def delta(self, path: Path) -> str:
        """Write the query that reads a Delta table from its Parquet files, with the engine that it was given for that."""
        try:
            query = self._delta_scan(path) if self._delta_scan else ""
        except EngineError as error:  # a table of the lake is ours; this one is what the user gave
            raise UserError(error.message) from error
        if not query:
            raise UserError(
                f"{path} cannot be read as a Delta source",
                hint="partitions, deletion vectors and column mapping are beyond it",
            )
        return query

    def copy(self, name: str, blocks: Iterable[bytes]) -> Path:
        """Keep a copy of a file that DuckDB cannot read as it is, for as long as this session lives."""
        folder = Path(mkdtemp(prefix="boathouse-"))
        finalize(self, rmtree, folder, ignore_errors=True)
        with (folder / name).open("wb") as file:
            file.writelines(blocks)
        return folder / name

    def view(self, schema: str, table: str, sql: str) -> None:
        """Name a query, so that SQL can say silver.customers."""
        place = sql_name(schema, "duckdb")
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {place}")
        self.execute(f"CREATE OR REPLACE VIEW {place}.{sql_name(table, 'duckdb')} AS {sql}")

    def register(self, schema: str, table: str, arrow: Any) -> None:
        """Copy Arrow data in under a name, for tables that DuckDB's Parquet reader cannot read as they are."""
        place = sql_name(schema, "duckdb")
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {place}")
        self.connection.register("arrow_data", arrow)
        self.execute(f"CREATE OR REPLACE TABLE {place}.{sql_name(table, 'duckdb')} AS SELECT * FROM arrow_data")
        self.connection.unregister("arrow_data")

    def function(self, name: str, given: Schema, values: Callable[[Any], Any]) -> None:
        """Let SQL call a Python function: of a record of these columns, a vector of rows at a time as an Arrow table, a double."""
        import pyarrow as pa

        def called(records: Any) -> Any:
            return values(pa.Table.from_struct_array(records))

        fields = ", ".join(f"{sql_name(column.name, 'duckdb')} {duckdb_type(column.type)}" for column in given)
        with translated_errors():
            self.connection.create_function(
                name, called, [f"STRUCT({fields})"], "DOUBLE", type="arrow", null_handling="special"
            )

    def forget_function(self, name: str) -> None:
        """Take a function back."""
        self.connection.remove_function(name)

    def keep_texts(self, schema: str, table: str, columns: Mapping[str, Sequence[str | None]]) -> None:
        """Make a table of texts that came from elsewhere."""
        import pyarrow as pa

        self.register(schema, table, pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()}))


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn DuckDB's errors into ours: what the SQL or the data says is the user's, the rest is the engine's."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InternalException, duckdb.FatalException) as error:
        raise EngineError(first_line(error)) from error
    except duckdb.Error as error:
        raise UserError(first_line(error)) from error


def first_line(error: Exception) -> str:
    """Keep the sentence of an engine's message that says what is wrong, without the class that DuckDB puts before it."""
    return KIND.sub("", str(error).strip().split("\n", 1)[0])

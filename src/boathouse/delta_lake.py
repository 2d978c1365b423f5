"""Delta lake: the project's own tables under lake/, for jobs that run here; DuckDB reads, delta-rs writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, cast

import pyarrow as pa

from boathouse import journal
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import EngineError, UnknownName, UserError
from boathouse.lake import GOLD, Chunk, Namespace, Place, columns_of
from boathouse.names import LAYERS, OPS, Layer, TableName
from boathouse.query import open_table
from boathouse.quoting import sql_name

CHUNK = 100_000  # rows that are scored at a time: 13 columns of doubles are 10 MB
APP = "boathouse.jobs"
NOTE = {"boathouse.writer": APP}


@dataclass(frozen=True)
class DeltaLake:
    """A project's lake, whose tables have names of three levels as they will have in Unity Catalog."""

    project: Project
    namespace: Namespace
    engine: DuckDB = field(default_factory=lambda: DuckDB(delta_scan=delta.scan))

    def __post_init__(self) -> None:
        self.name(Place(self.namespace.catalog, self.namespace.schema, "any"))

    def name(self, place: Place) -> TableName:
        """Find a table of this lake by its full name; what another catalog holds is not here."""
        catalog, prefix = self.project.target
        if place.catalog != catalog:
            where = f"the environment {self.project.environment}" if self.project.environment else "this project"
            raise UserError(
                f"`{place.catalog}` is not the catalog of {where}, which is `{catalog}`",
                hint="name the environment whose catalog it is: --environment dev",
            )
        layers: dict[str, Layer] = {f"{prefix}_{layer}": layer for layer in (*LAYERS, cast("Layer", OPS))}
        layers.setdefault(prefix, GOLD)
        if place.schema not in layers:
            raise UnknownName("schema", place.schema, layers, where=catalog)
        return TableName(layers[place.schema], place.table)

    def exists(self, place: Place) -> bool:
        """Tell whether there is such a table."""
        return delta.exists(self.project.lake(self.name(place)))

    def version(self, place: Place) -> int:
        """Say the table's newest Delta version; where there is no table, say so."""
        name = self.name(place)
        if not self.exists(place):
            raise UserError(f"{name} is not built yet", hint=f"type `boathouse run {name}`")
        return delta.version(self.project.lake(name))

    def columns(self, place: Place) -> tuple[str, ...]:
        """Name the table's columns."""
        self.version(place)
        return tuple(delta.schema(self.project.lake(self.name(place))).names)

    def read(self, place: Place, columns: Iterable[str] = (), version: int | None = None) -> pa.Table:
        """Give the rows, of some columns or all, as they are or were at a version."""
        return self._stream(place, columns, version).to_arrow_table()

    def write(self, place: Place, rows: pa.Table, mode: str = "overwrite") -> int:
        """Replace the table's rows and columns, or append to it, in one commit; give its version."""
        path = self.project.lake(self._writable(place))
        if mode == "overwrite" or not delta.exists(path):
            return delta.overwrite(path, rows, NOTE)
        if mode != "append":
            raise UnknownName("mode", mode, ("overwrite", "append"))
        table = delta.opened(path)
        delta.append(table, rows, (APP, delta.last_transaction(table, APP) + 1), NOTE)
        return int(table.version())

    def transform(self, source: Place, target: Place, columns: Iterable[str], chunk: Chunk) -> int:
        """Write what becomes of some columns of a table, a chunk of rows at a time and all in one commit; give its version."""
        path = self.project.lake(self._writable(target))
        with closing(self._stream(source, columns).to_arrow_reader(CHUNK)) as reader:
            made = Chunks(reader, chunk)
            first = next(made.tables(), None)
            if first is None:
                raise UserError(f"{source} has no rows")
            try:
                return delta.overwrite(path, pa.RecordBatchReader.from_batches(first.schema, made.batches(first)), NOTE)
            except EngineError:
                if made.error is not None:  # it crossed delta-rs, which keeps its text alone
                    raise made.error from None
                raise

    def tell(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table of ops; whatever happens afterwards, they stay."""
        journal.tell(self.project, {name: rows})

    def told(self, name: str) -> list[dict[str, Any]]:
        """Give all rows of a table of ops, those of other processes too."""
        return journal.told(self.project, name)

    def _stream(self, place: Place, columns: Iterable[str], version: int | None = None) -> Any:
        name = self.name(place)
        self.version(place)
        path = self.project.lake(name)
        if version is not None and version > delta.version(path):
            raise UserError(f"{name} has no version {version}", hint=f"the newest is {delta.version(path)}")
        wanted = columns_of(place, columns, delta.schema(path, version).names)
        open_table(self.engine, self.project, name, version)
        listed = ", ".join(sql_name(column, "duckdb") for column in wanted)
        return self.engine.stream(f"SELECT {listed} FROM {name.layer}.{name.table}")

    def _writable(self, place: Place) -> TableName:
        """Refuse to write over a table that the pipeline builds."""
        name = self.name(place)
        for ending in ("yml", "sql"):
            file = self.project.tables / name.layer / f"{name.table}.{ending}"
            if file.exists():
                raise UserError(f"{name} is built by {file.relative_to(self.project.root)}", hint="name another table")
        if name.layer == OPS:
            raise UserError(f"{name} is written by Boathouse alone", hint="name a table of gold")
        return name


@dataclass
class Chunks:
    """What becomes of a stream of rows, and the error that ended it."""

    reader: Any
    chunk: Chunk
    error: BaseException | None = None

    def tables(self) -> Iterator[pa.Table]:
        for batch in self.reader:
            yield self.chunk(pa.Table.from_batches([batch]))

    def batches(self, first: pa.Table) -> Iterator[pa.RecordBatch]:
        """Give the first table and those behind it."""
        try:
            yield from first.to_batches()
            for table in self.tables():
                yield from table.cast(first.schema).to_batches()
        except BaseException as error:
            self.error = error
            raise

"""Spark lake: the tables of a Spark session's catalogs, on Databricks or here; nothing of PySpark is imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from boathouse.engines.spark import quiet, sentence
from boathouse.errors import EngineError, UnknownName, UserError
from boathouse.journal import arrow_rows
from boathouse.lake import Chunk, Namespace, Place, columns_of
from boathouse.names import OPS
from boathouse.ops import OPS as OPS_TABLES
from boathouse.quoting import sql_name

SAMPLE = 100  # rows that say which columns come of a chunk


@dataclass(frozen=True)
class SparkLake:
    """The tables that a Spark session can name."""

    session: Any
    namespace: Namespace

    def exists(self, place: Place) -> bool:
        """Tell whether there is such a table."""
        return bool(self.session.catalog.tableExists(str(place)))

    def version(self, place: Place) -> int:
        """Say the table's newest Delta version; where there is no table, say so."""
        self._refuse_missing(place)
        return int(self.session.sql(f"DESCRIBE HISTORY {_quoted(place)} LIMIT 1").first()["version"])

    def columns(self, place: Place) -> tuple[str, ...]:
        """Name the table's columns."""
        self._refuse_missing(place)
        return tuple(self.session.table(str(place)).columns)

    def read(self, place: Place, columns: Iterable[str] = (), version: int | None = None) -> pa.Table:
        """Give the rows, of some columns or all, as they are or were at a version."""
        with quiet():
            return self._frame(place, columns, version).toArrow()

    def write(self, place: Place, rows: pa.Table, mode: str = "overwrite") -> int:
        """Replace the table's rows and columns, or append to it, in one commit; give its version."""
        if mode not in ("overwrite", "append"):
            raise UnknownName("mode", mode, ("overwrite", "append"))
        with quiet():
            return self._save(self.session.createDataFrame(rows), place, mode)

    def transform(self, source: Place, target: Place, columns: Iterable[str], chunk: Chunk) -> int:
        """Write what becomes of some columns of a table, on Spark's executors and all in one commit; give its version."""
        with quiet():
            rows = self._frame(source, columns)
            sample = rows.limit(SAMPLE).toArrow()
            if not sample.num_rows:
                raise UserError(f"{source} has no rows")
            schema = self.session.createDataFrame(chunk(sample)).schema

            def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
                for batch in batches:
                    yield from chunk(pa.Table.from_batches([batch])).to_batches()

            return self._save(rows.mapInArrow(each, schema), target, "overwrite")

    def tell(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table of ops; whatever happens afterwards, they stay."""
        plain = [
            {key: getattr(value, "isoformat", lambda value=value: value)() for key, value in row.items()}
            for row in rows
        ]
        table = pa.table(arrow_rows(OPS_TABLES[name], plain))
        with quiet():
            self._save(self.session.createDataFrame(table), self._ops(name), "append")

    def told(self, name: str) -> list[dict[str, Any]]:
        """Give all rows of a table of ops, those of other processes too."""
        place = self._ops(name)
        if not self.exists(place):
            return []
        found: list[dict[str, Any]] = self.read(place).to_pylist()
        return found

    def _ops(self, name: str) -> Place:
        return Place(self.namespace.catalog, self.namespace.of(OPS), name)

    def _refuse_missing(self, place: Place) -> None:
        if not self.exists(place):
            raise UserError(f"there is no table {place}", hint="look at --catalog and --schema")

    def _frame(self, place: Place, columns: Iterable[str], version: int | None = None) -> Any:
        self._refuse_missing(place)
        reader = self.session.read
        rows = (reader if version is None else reader.option("versionAsOf", version)).table(str(place))
        wanted = columns_of(place, columns, rows.columns)
        return rows.select(*(sql_name(column, "databricks") for column in wanted))

    def _save(self, rows: Any, place: Place, mode: str) -> int:
        option = "overwriteSchema" if mode == "overwrite" else "mergeSchema"
        try:
            rows.write.format("delta").mode(mode).option(option, "true").saveAsTable(str(place))
        except Exception as error:
            raise EngineError(f"{place} cannot be written: {sentence(error)}") from error
        return self.version(place)


def _quoted(place: Place) -> str:
    return ".".join(sql_name(part, "databricks") for part in (place.catalog, place.schema, place.table))

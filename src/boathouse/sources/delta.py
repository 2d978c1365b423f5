"""A Delta table that stands outside the lake; its columns and types are kept."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, Self

from boathouse.errors import SourceError
from boathouse.quoting import sql_name
from boathouse.schema import Schema
from boathouse.source import Reader, Source


class Delta(Source):
    """A Delta table that stands outside the lake; its columns and types are kept."""

    lands: ClassVar[bool] = False
    format: Literal["delta"] = "delta"

    @classmethod
    def suits(cls, path: Path) -> bool:
        return (path / "_delta_log").is_dir()

    @classmethod
    def open(cls, path: Path, reader: Reader) -> tuple[Self, Schema]:
        source = cls(path=str(path))
        return source, reader.describe(source._query(path, reader))

    def sql(self, path: Path, schema: Schema, reader: Reader) -> str:
        columns = ", ".join(sql_name(name, "duckdb") for name in schema.names)
        return f"SELECT {columns} FROM ({self._query(path, reader)})"

    def pyspark(self, schema: Schema) -> str:
        del schema
        return 'df = spark.read.format("delta").load(SOURCE_PATH)'

    def _query(self, path: Path, reader: Reader) -> str:
        if not self.suits(path):
            raise SourceError(f"{path} is no Delta table", hint="give the folder that holds _delta_log")
        return reader.delta(path)

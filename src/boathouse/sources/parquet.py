"""Parquet: a file or a folder of them, with the types that it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from boathouse.duckdb_types import databricks_type, duckdb_type, split_types
from boathouse.errors import SourceError
from boathouse.names import column_names
from boathouse.quoting import python_column, python_literal, python_text, spark_reference, sql_name, sql_text
from boathouse.raw_file import files, opened
from boathouse.schema import Column, Schema
from boathouse.source import Reader, Source, SparkRead

SUFFIXES = (".parquet", ".parq")
NANOSECONDS = ("TIMESTAMP_NS", "TIMESTAMPTZ_NS")
# Spark 4.2 cannot read these at all (measured).
REFUSED = {
    "TIME": "a time of day",
    "TIME_NS": "a time of day",
    "UUID": "a UUID",
    "INTERVAL": "an interval",
    "FLOAT16": "a half float",
}
# Both engines write these as the same JSON; of floats, decimals, dates and instants they do not.
IN_JSON = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR")

Reading = Literal["as_utc", "from_nanoseconds", "as_json", "as_text"]


class Parquet(Source):
    """Parquet: a file or a folder of them, with the types that it says."""

    format: Literal["parquet"] = "parquet"
    readings: dict[str, Reading] = Field(default={}, description="column of the lake -> how its values are made")

    @classmethod
    def suits(cls, path: Path) -> bool:
        if path.is_dir():
            # One table in parts is what Spark writes; other names in one folder are tables of their own.
            names = [file.name.lower() for file in path.iterdir() if not file.name.startswith((".", "_"))]
            return bool(names) and all(name.startswith("part-") and name.endswith(SUFFIXES) for name in names)
        return path.name.lower().endswith(SUFFIXES)

    @classmethod
    def open(cls, path: Path, reader: Reader) -> tuple[Self, Schema]:
        """Take the columns that the file says it has; one that Spark cannot read is an error that names it."""
        types = _types(path, reader)
        lake = dict(zip(types, column_names(list(types)), strict=True))
        readings = {lake[name]: reading for name, kind in types.items() if (reading := _reading(path, name, kind))}
        columns = [Column(lake[name], _lake_type(kind)) for name, kind in types.items()]
        renamed = {new: name for name, new in lake.items() if new != name}
        return cls(path=str(path), names=renamed, readings=readings), Schema(tuple(columns))

    def sql(self, path: Path, schema: Schema, reader: Reader) -> str:
        types = _types(path, reader)
        for name in schema.names:
            if (in_file := self.names.get(name, name)) not in types:
                raise SourceError(f"{path} has no column `{in_file}` any more", hint="explore it again")
        values = ", ".join(f"{self._value(column)} AS {sql_name(column.name, 'duckdb')}" for column in schema)
        return f"SELECT {values} FROM {_scan(path)}"

    def _value(self, column: Column) -> str:
        value = sql_name(self.names.get(column.name, column.name), "duckdb")
        match self.readings.get(column.name):
            case "as_json":
                return f"CAST(to_json({value}) AS VARCHAR)"
            case "from_nanoseconds":  # cut towards the past; DuckDB's cast rounds ...123456789 to ...123457
                nanoseconds = f"epoch_ns({value})"
                return f"make_timestamptz(({nanoseconds} - ({nanoseconds} % 1000 + 1000) % 1000) // 1000)"
        return f"CAST({value} AS {duckdb_type(column.type)})"

    def knowing(self, file: Source, names: Mapping[str, str]) -> Self:
        assert isinstance(file, Parquet)  # noqa: S101 - a folder has one format
        readings = {**file.readings, **self.readings}
        return super().knowing(file, names).model_copy(update={"readings": readings})

    def spark_read(self, schema: Schema) -> SparkRead:
        renamed = {in_file: name for name, in_file in self.names.items() if name not in self.readings}
        statements = [f"df = df.withColumnsRenamed({python_literal(renamed)})"] if renamed else []
        for name in self.readings:
            in_file = self.names.get(name, name)
            drop = f".drop({python_text(in_file)})" if in_file != name else ""
            statements.append(f"df = df.withColumn({python_text(name)}, {self._spark_value(name)}){drop}")
        return SparkRead("parquet", {"mergeSchema": "True"}, self.spark_schema(schema), False, tuple(statements))

    def pyspark(self, schema: Schema) -> str:
        load = 'df = spark.read.format("parquet").load(SOURCE_PATH)'
        if "from_nanoseconds" in self.readings.values():
            load = f'spark.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")\n{load}'
        if not self.names and not self.readings:
            return load
        values = "\n".join(f"    {self._spark_value(column.name)}," for column in schema)
        return f"{load}\ndf = df.select(\n{values}\n)"

    def _spark_value(self, column: str) -> str:
        name = self.names.get(column, column)
        alias = f".alias({python_text(column)})"
        match self.readings.get(column):
            case "as_json":
                return f'F.to_json({python_column(name)}, {{"ignoreNullFields": "false"}}){alias}'
            case "from_nanoseconds":
                x = spark_reference(name)
                return f"F.expr({python_text(f'timestamp_micros(({x} - pmod({x}, 1000)) div 1000)')}){alias}"
            case "as_utc":
                return f'{python_column(name)}.cast("timestamp"){alias}'
            case "as_text":
                return f'{python_column(name)}.cast("string"){alias}'
        return python_column(name) + (alias if name != column else "")


def _scan(path: Path) -> str:
    listed = ", ".join(sql_text(str(file), "duckdb") for file in files(path, SUFFIXES))
    return f"read_parquet([{listed}])"


def _types(path: Path, reader: Reader) -> dict[str, str]:
    """Ask for DuckDB's types of the columns, half floats told apart: to DuckDB they are FLOAT, to Spark an error."""
    for file in files(path, SUFFIXES):
        with opened(file) as stream:
            if stream.read(4) != b"PAR1":
                raise SourceError(f"{file} is no Parquet file", hint="its first bytes are not PAR1")
    types = {row["column_name"]: row["column_type"] for row in reader.rows(f"DESCRIBE SELECT * FROM {_scan(path)}")}
    first = sql_text(str(files(path, SUFFIXES)[0]), "duckdb")
    rows = reader.rows(f"SELECT name FROM parquet_schema({first}) WHERE logical_type = 'Float16Type()'")
    types.update({row["name"]: "FLOAT16" for row in rows if row["name"] in types})
    twins = {name for name in types if sum(name.lower() == other.lower() for other in types) > 1}
    if twins:
        raise SourceError(
            f"{path} has columns that differ only in case: {', '.join(sorted(twins))}", hint="rename one: Spark cannot"
        )
    return types


def _reading(path: Path, name: str, kind: str) -> Reading | None:
    """Say how a column of this type is read to the same values, or refuse it."""
    if kind in REFUSED:
        hint = "write it as text or as a number"
        raise SourceError(
            f"{path}: the column `{name}` is {REFUSED[kind]}, which Spark cannot read from Parquet", hint=hint
        )
    if kind in NANOSECONDS:
        return "from_nanoseconds"
    if kind.endswith("]") or kind.startswith(("STRUCT(", "MAP(")):
        strange = [leaf for leaf in _leaves(kind) if leaf not in IN_JSON]
        if strange:
            message = f"{path}: the column `{name}` holds {strange[0]} within {kind}, whose JSON text differs between the engines"
            raise SourceError(message, hint="flatten it before, or write it as JSON text")
        return "as_json"
    if kind == "TIMESTAMP":
        return "as_utc"
    return "as_text" if kind.strip('"') == "NULL" else None


def _lake_type(kind: str) -> str:
    if kind in NANOSECONDS:
        return "timestamp"
    return "string" if kind.endswith("]") else databricks_type(kind)


def _leaves(kind: str) -> list[str]:
    """List the types of the values within a nested type."""
    if kind.endswith("]"):
        return _leaves(kind[: kind.rindex("[")])
    inside = split_types(kind[kind.find("(") + 1 : -1])
    if kind.startswith("STRUCT("):
        fields = [re.sub(r'^("(?:[^"]|"")*"|\S+)\s+', "", part) for part in inside]
        return [leaf for field in fields for leaf in _leaves(field)]
    if kind.startswith("MAP("):
        return [leaf for part in inside for leaf in _leaves(part)]
    return [kind]

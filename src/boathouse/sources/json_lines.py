"""JSON, one object a line; nested values arrive as JSON text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field

from boathouse.errors import SourceError
from boathouse.names import column_names
from boathouse.quoting import python_column, python_literal, python_text, sql_name, sql_text
from boathouse.raw_file import files, opened, sample
from boathouse.schema import Column, Schema
from boathouse.source import Reader, Source, SparkRead

SUFFIXES = (".jsonl", ".ndjson", ".json", ".gz")
BLANKS_OUTSIDE_TEXT = r'("(?:[^"\\]|\\.)*")|\s+'
DUCKDB_OBJECT = 16 << 20  # DuckDB's maximum_object_size unless told otherwise
UNESCAPED = re.compile(r"[ !#-.0-\[\]-~]*")  # ASCII that is never written as an escape
BIGINT = range(-(2**63), 2**63)

Kind = Literal["null", "boolean", "bigint", "double", "string", "number", "nested"]


class JsonLines(Source):
    """JSON, one object a line; nested values arrive as JSON text."""

    format: Literal["json_lines"] = "json_lines"
    nested: tuple[str, ...] = Field(default=(), description="columns of the lake whose values are objects or lists")

    @classmethod
    def suits(cls, path: Path) -> bool:
        name = path.name.lower().removesuffix(".gz")
        return name.endswith((".jsonl", ".ndjson", ".json"))

    @classmethod
    def open(cls, path: Path, reader: Reader) -> tuple[Self, Schema]:
        """Read all objects once: their keys in order of appearance, and the one type that holds each key's values."""
        del reader
        return cls._of(path, _look(path))

    def of_file(self, path: Path, reader: Reader) -> tuple[Self, Schema]:
        """Look at one file; a key whose values are all null tells no type."""
        del reader
        seen = _look(path)
        source, schema = self._of(path, seen)
        told = zip(schema, seen.values(), strict=True)
        return source, Schema(tuple(c if values.kinds - {"null"} else replace(c, type="void") for c, values in told))

    def knowing(self, file: Source, names: Mapping[str, str]) -> Self:
        assert isinstance(file, JsonLines)  # noqa: S101 - a folder has one format
        nested = tuple(dict.fromkeys((*self.nested, *file.nested)))
        return super().knowing(file, names).model_copy(update={"nested": nested})

    def fits(self, found: str, wanted: str) -> bool:
        return super().fits(found, wanted) or (found, wanted) == ("bigint", "double")  # JSON has one kind of number

    @classmethod
    def _of(cls, path: Path, seen: dict[str, Values]) -> tuple[Self, Schema]:
        lake = dict(zip(seen, column_names(list(seen)), strict=True))
        columns = [Column(lake[key], _type(path, values)) for key, values in seen.items()]
        nested = tuple(lake[key] for key, values in seen.items() if "nested" in values.kinds)
        renamed = {new: key for key, new in lake.items() if new != key}
        return cls(path=str(path), names=renamed, nested=nested), Schema(tuple(columns))

    def sql(self, path: Path, schema: Schema, reader: Reader) -> str:
        """Check the objects as they are now, and write the query that reads them."""
        del reader
        seen = _look(path)
        for column in schema:
            self._refuse_other_type(path, column, seen.get(self.names.get(column.name, column.name)))
        kinds = {"string": "VARCHAR"}
        columns = ", ".join(
            f"{sql_text(self.names.get(c.name, c.name), 'duckdb')}: '{kinds.get(c.type, c.type)}'" for c in schema
        )
        size = max(DUCKDB_OBJECT, 2 * max(values.longest for values in seen.values()))
        listed = ", ".join(sql_text(str(file), "duckdb") for file in files(path, SUFFIXES))
        names = [(sql_name(self.names.get(name, name), "duckdb"), sql_name(name, "duckdb")) for name in schema.names]
        values = ", ".join(f"{old} AS {new}" for old, new in names)
        return (
            f"SELECT {values} FROM read_json([{listed}], format = 'newline_delimited', auto_detect = false, "
            f"maximum_object_size = {size}, columns = {{{columns}}})"
        )

    def _refuse_other_type(self, path: Path, column: Column, values: Values | None) -> None:
        if values is None:
            return
        found = _type(path, values)
        fits = found == column.type or values.kinds <= {"null"} or (found == "bigint" and column.type == "double")
        if not fits or (("nested" in values.kinds) != (column.name in self.nested) and values.kinds > {"null"}):
            raise SourceError(
                f"{path}: `{values.key}` holds {found} now, and the table has {column.type}", hint="explore it again"
            )

    def spark_read(self, schema: Schema) -> SparkRead:
        renamed = {key: name for name, key in self.names.items()}
        statements = [f"df = df.withColumnsRenamed({python_literal(renamed)})"] if renamed else []
        statements += [
            f'df = df.withColumn({python_text(name)}, F.regexp_replace({python_text(name)}, {python_text(BLANKS_OUTSIDE_TEXT)}, "$1"))'
            for name in self.nested
        ]
        return SparkRead("json", {"mode": '"FAILFAST"'}, self.spark_schema(schema), True, tuple(statements))

    def pyspark(self, schema: Schema) -> str:
        columns = [(self.names.get(column.name, column.name), column) for column in schema]
        load = (
            'df = (\n    spark.read.format("json")\n    .option("mode", "FAILFAST")\n'
            f"    .schema({python_text(self.spark_schema(schema))})\n    .load(SOURCE_PATH)\n)"
        )
        if not self.names and not self.nested:
            return load
        values = "\n".join(f"    {self._spark_value(key, column.name)}," for key, column in columns)
        return f"{load}\ndf = df.select(\n{values}\n)"

    def _spark_value(self, key: str, name: str) -> str:
        if name in self.nested:  # Spark keeps the text as it stands, DuckDB without blanks
            return f'F.regexp_replace({python_column(key)}, {python_text(BLANKS_OUTSIDE_TEXT)}, "$1").alias({python_text(name)})'
        return python_column(key) + (f".alias({python_text(name)})" if key != name else "")


@dataclass
class Values:
    """What was seen of one key; `unlike` is the line of a value that the engines would write down differently."""

    key: str
    kinds: set[Kind] = field(default_factory=set)
    unlike: int = 0
    longest: int = 0


@dataclass(frozen=True)
class Number:
    """A number with its text, because 1.50 as text is 1.50 to Spark and 1.5 to DuckDB."""

    text: str
    is_integer: bool

    @property
    def is_plain(self) -> bool:
        """Tell whether both engines write it as it stands."""
        if self.is_integer:
            return self.text != "-0"
        return "e" not in self.text.lower() and repr(float(self.text)) == self.text


def _look(path: Path) -> dict[str, Values]:
    """Read every object, and note of each key which kinds of values it has."""
    seen: dict[str, Values] = {}
    for file in files(path, SUFFIXES):
        for line, text, record in _objects(file):
            escapes = b"\\" in text
            for key, value in record.items():
                values = seen.setdefault(key, Values(key))
                values.kinds.add(_kind(value))
                values.longest = max(values.longest, len(text))
                if not values.unlike and not _is_plain(value, escapes=escapes):
                    values.unlike = line
    if not seen:
        raise SourceError(f"{path} has no objects", hint='write one JSON object a line, such as {"id": 1}')
    if "_corrupt_record" in seen:
        raise SourceError(f"{path} has a key `_corrupt_record`", hint="rename it: Spark keeps that name for itself")
    if "" in seen:
        raise SourceError(f"{path} has an empty key", hint="give it a name: neither engine reads it")
    lower = [key.lower() for key in seen]
    twins = [key for key in seen if lower.count(key.lower()) > 1]
    if twins:
        raise SourceError(
            f"{path} has keys that differ only in case: {', '.join(twins)}", hint="rename one: Spark cannot"
        )
    return seen


def _objects(file: Path) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """Give each object with its line; what is no object is an error with the line."""
    if sample(file).lstrip().startswith(b"["):
        raise SourceError(
            f"{file} is one JSON list", hint="write one object a line: jq -c '.[]' < old.json > new.jsonl"
        )
    with opened(file) as stream:
        for line, text in enumerate(stream, start=1):
            if text.strip():
                yield line, text, _object(f"{file}, line {line}", text)


def _object(place: str, text: bytes) -> dict[str, Any]:
    if text.startswith(b"\xef\xbb\xbf"):
        raise SourceError(
            f"{place} begins with a byte order mark", hint="save the file as UTF-8 without it: DuckDB refuses it"
        )
    if b"\r" in text.rstrip(b"\r\n"):
        raise SourceError(
            f"{place} holds a bare carriage return", hint="let lines end in \\n: Spark would cut the line there"
        )
    try:
        found = json.loads(
            text.decode(), parse_float=lambda word: Number(word, False), parse_int=lambda word: Number(word, True),
            parse_constant=_refuse_constant, object_pairs_hook=_without_twins,
        )  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{place} is no JSON object: {error}", hint="write one object a line, each value once"
        ) from error
    if not isinstance(found, dict):
        raise SourceError(f"{place} is no JSON object", hint='write one object a line, such as {"id": 1}')
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _kind(value: Any) -> Kind:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case Number(text=text, is_integer=True):
            return "bigint" if len(text) <= 20 and int(text) in BIGINT else "number"  # noqa: PLR2004 - digits of 2**63, and a sign
        case Number(text=text):
            return "double" if math.isfinite(float(text)) else "number"
        case str():
            return "string"
    return "nested"


def _is_plain(value: Any, *, escapes: bool) -> bool:
    """Tell whether both engines write the value down as the same text; strings of their own always are."""
    return isinstance(value, str) or _is_plain_inside(value, escapes=escapes)


def _is_plain_inside(value: Any, *, escapes: bool) -> bool:
    """Look inside: an escape has several spellings, and Spark keeps the file's; text without any is the same."""
    match value:
        case str():
            return not escapes or bool(UNESCAPED.fullmatch(value))
        case Number():
            return value.is_plain
        case dict():
            return all(_is_plain_inside(part, escapes=escapes) for pair in value.items() for part in pair)
        case list():
            return all(_is_plain_inside(item, escapes=escapes) for item in value)
    return True


def _type(path: Path, values: Values) -> str:
    """Choose the one type for the values of a key, or refuse the key."""
    kinds = values.kinds - {"null"}
    if kinds in ({"bigint"}, {"boolean"}, {"double"}):
        return next(iter(kinds))
    if kinds == {"bigint", "double"}:
        return "double"
    hint = "write its values as text, or flatten it before"
    if "nested" in kinds and len(kinds) > 1:
        raise SourceError(f"{path}: `{values.key}` holds nested values and others", hint=hint)
    if kinds - {"string"} and values.unlike:
        where = f"line {values.unlike}"
        raise SourceError(
            f"{path}, {where}: `{values.key}` holds a value whose text differs between the engines", hint=hint
        )
    return "string"

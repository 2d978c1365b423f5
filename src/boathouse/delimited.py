"""Delimited: text files of records, every column of which is a string; comma, tab and the like."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections import Counter
from contextlib import suppress
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from boathouse.delimited_grammar import LINE_ENDS, Facts, Grammar, check, line_end_of
from boathouse.errors import SourceError
from boathouse.names import column_names
from boathouse.quoting import python_literal, python_text, sql_name, sql_text
from boathouse.raw_file import Encoding, blocks, encoding_of, files, sample
from boathouse.schema import Column, Schema
from boathouse.source import Reader, Source, SparkRead

DELIMITERS = (",", ";", "\t", "|")
SUFFIXES = (".csv", ".tsv", ".txt", ".data", ".gz")
SPARK_COLUMNS = 20480  # Spark's maxColumns unless told otherwise
DUCKDB_RECORD = 2_000_000  # DuckDB's max_line_size unless told otherwise
LINE = 107  # characters of text that still fit into a line of 120
ENCODINGS = {"utf-8": "UTF-8", "latin-1": "ISO-8859-1", "utf-16": "UTF-16"}


class Delimited(Source):
    """Text with one record a line: its delimiter, its encoding, and what its bytes were seen to hold."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    header: bool = Field(default=True, description="the first record names the columns")
    encoding: Encoding = "utf-8"
    multiline: bool = Field(default=False, description="a value holds a line break")
    line_end: Literal["lf", "crlf", "cr"] = "lf"

    @classmethod
    def open(cls, path: Path, reader: Reader) -> tuple[Self, Schema]:
        """Find out delimiter, encoding and header, read the whole text once, and name the columns."""
        del reader
        file = files(path, SUFFIXES)[0]
        encoding = encoding_of(file, head := sample(file))
        text = head.decode({"utf-8": "utf-8-sig"}.get(encoding, encoding), errors="ignore")
        delimiter = delimiter_of(text)
        line_end = line_end_of(text.encode())
        grammar = Grammar(delimiter.encode(), LINE_ENDS[line_end])
        first = grammar.first_record(text.encode())
        header = is_header(first, _records(text, delimiter)[1:])
        found = column_names(first if header else [""] * len(first))
        if "_corrupt_record" in found:
            raise SourceError(
                f"{path} has a column `_corrupt_record`", hint="rename it: Spark keeps that name for itself"
            )
        renamed = {lake: name for lake, name in zip(found, first, strict=True) if header and lake != name}
        source = cls(
            format=cls.model_fields["format"].default, path=str(path), names=renamed, delimiter=delimiter,
            header=header, encoding=encoding, line_end=line_end,
        )  # fmt: skip
        facts = [source.check(each, len(found)) for each in files(path, SUFFIXES)]
        # Spark finds lines before it looks at values, unless multiLine is on: it then drops lines of blanks, of which
        # some are records (of tabs, or of a single column), and in UTF-16 it finds none.
        multiline = (
            any(fact.multiline or fact.blank_records for fact in facts) or encoding == "utf-16" or len(found) == 1
        )
        if all(fact.records <= header for fact in facts):
            raise SourceError(f"{path} has a header and no rows", hint="give a file with at least one row")
        return source.model_copy(update={"multiline": multiline}), Schema(
            tuple(Column(name, "string") for name in found)
        )

    def of_file(self, path: Path, reader: Reader) -> tuple[Self, Schema]:
        """Read the header of one file; the delimiter and the encoding are the folder's."""
        del reader
        text = sample(path).decode({"utf-8": "utf-8-sig"}.get(self.encoding, self.encoding), errors="replace")
        line_end = line_end_of(text.encode())
        first = Grammar(self.delimiter.encode(), LINE_ENDS[line_end]).first_record(text.encode())
        names = first if self.header else [""] * len(first)
        if self.header and any("\n" in name or "\r" in name for name in names):
            raise SourceError(f"{path} has a line break in its header", hint="name the columns in one line")
        twice = [name for name in names if self.header and names.count(name) > 1]
        if twice:
            raise SourceError(f"{path} names the column `{twice[0]}` twice", hint="columns are matched by their names")
        found = column_names(names)
        renamed = {lake: name for lake, name in zip(found, first, strict=True) if self.header and lake != name}
        source = self.model_copy(update={"path": str(path), "names": renamed, "line_end": line_end})
        return source, Schema(tuple(Column(name, "string") for name in found))

    def check(self, file: Path, columns: int) -> Facts:
        """Read the text of one file; the first line that the engines would read differently is an error."""
        sample(file)
        return check(file, self.encoding, Grammar(self.delimiter.encode(), LINE_ENDS[self.line_end], columns))

    def sql(self, path: Path, schema: Schema, reader: Reader) -> str:
        """Check the files as they are now, and write the query that reads them."""
        found = files(path, SUFFIXES)
        facts = [self.check(file, len(schema)) for file in found]
        if any(fact.multiline or fact.blank_records for fact in facts) and not self.multiline:
            raise SourceError(
                f"{path} has values with line breaks", hint="write `multiline: true` in the table's source"
            )
        found = [self._readable(file, reader) for file in found]
        queries = [self._sql(file, schema, fact) for file, fact in zip(found, facts, strict=True)]
        return " UNION ALL ".join(queries)

    def _readable(self, file: Path, reader: Reader) -> Path:
        """Give DuckDB plain UTF-8: its latin-1 refuses bytes 80-9F, and a BOM before a header of two lines misleads it."""
        marked = self.multiline and sample(file).startswith(BOM_UTF8)
        return (
            reader.copy(file.name.removesuffix(".gz"), blocks(file, self.encoding))
            if marked or self.encoding != "utf-8"
            else file
        )

    def _sql(self, file: Path, schema: Schema, facts: Facts) -> str:
        columns = ", ".join(f"{sql_text(name, 'duckdb')}: 'VARCHAR'" for name in schema.names)
        options = {
            "auto_detect": "false", "columns": f"{{{columns}}}", "header": str(self.header).lower(),
            "skip": str(facts.empty_start), "delim": sql_text(self.delimiter, "duckdb"), "quote": "'\"'", "escape": "'\"'",
            "nullstr": "''", "strict_mode": "true",
        }  # fmt: skip
        if facts.longest > DUCKDB_RECORD // 2:
            options["max_line_size"] = str(facts.longest * 2)
        if len(schema) == 1:
            options["allow_quoted_nulls"] = "false"
        values = ", ".join(f"{self._value(name, schema)} AS {sql_name(name, 'duckdb')}" for name in schema.names)
        listed = ", ".join(f"{key} = {value}" for key, value in options.items())
        # Of a single column an empty line is no record to Spark, but "" is one; DuckDB has both unless quoted ones stay.
        only = f" WHERE {sql_name(schema.names[0], 'duckdb')} IS NOT NULL" if len(schema) == 1 else ""
        return f"SELECT {values} FROM read_csv({sql_text(str(file), 'duckdb')}, {listed}){only}"

    def _value(self, name: str, schema: Schema) -> str:
        """Select a value; Spark's multiLine makes the file's own line end within it a line feed, DuckDB keeps it."""
        value = sql_name(name, "duckdb")
        if len(schema) == 1:
            value = f"nullif({value}, '')"
        if self.multiline and self.line_end != "lf":
            end = "chr(13) || chr(10)" if self.line_end == "crlf" else "chr(13)"
            value = f"replace({value}, {end}, chr(10))"
        return value

    def spark_read(self, schema: Schema) -> SparkRead:
        renamed = {in_file: name for name, in_file in self.names.items()}
        statements = [f"df = df.withColumnsRenamed({python_literal(renamed)})"] if renamed else []
        if not self.header:
            statements = [
                f"df = df.withColumnRenamed({python_text(f'_c{at}')}, {python_text(name)})"
                for at, name in enumerate(schema.names)
            ]
        return SparkRead("csv", self._spark_options(len(schema)), self.spark_schema(schema), False, tuple(statements))

    def _spark_options(self, columns: int) -> dict[str, str]:
        options = {
            "sep": python_text(self.delimiter), "header": str(self.header), "quote": "'\"'", "escape": "'\"'",
            "mode": '"FAILFAST"',
        }  # fmt: skip
        if self.multiline:
            options["multiLine"] = "True"
        if self.encoding != "utf-8":
            options["encoding"] = python_text(ENCODINGS[self.encoding])
        if columns > SPARK_COLUMNS:
            options["maxColumns"] = str(columns)
        return options

    def pyspark(self, schema: Schema) -> str:
        options = self._spark_options(len(schema))
        columns = ", ".join(f"{sql_name(name, 'databricks')} STRING" for name in schema.names)
        lines = [f'.option("{key}", {value})' for key, value in options.items()]
        text = python_text(columns)
        written = f".schema({text})" if len(text) < LINE else f".schema(\n        {text}\n    )"
        body = "\n    ".join(['spark.read.format("csv")', *lines, written, ".load(SOURCE_PATH)"])
        return f"df = (\n    {body}\n)"


def delimiter_of(text: str) -> str:
    """Choose the delimiter that splits the most of the first records into as many values as the header."""

    def score(delimiter: str) -> tuple[float, int]:
        counts = [len(record) for record in _records(text, delimiter)]
        usual, times = Counter(counts).most_common(1)[0] if counts else (1, 1)
        return (times / len(counts) if usual > 1 and usual == counts[0] else 0.0, usual)

    best = max(DELIMITERS, key=score)
    return best if score(best)[0] > 0 else ","


def is_header(first: list[str], others: list[list[str]]) -> bool:
    """Tell names from values: a name stands above numbers, and no number among names."""
    columns = list(zip(*(row for row in others if len(row) == len(first)), strict=True))
    named = [
        name
        for name, column in zip(first, columns, strict=False)
        if not is_number(name) and name.strip() and _numbers(column)
    ]
    return bool(named) or not any(is_number(name) for name in first)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(column: tuple[str, ...]) -> bool:
    filled = [value for value in column if value.strip()]
    return bool(filled) and all(is_number(value) for value in filled)


def _records(text: str, delimiter: str) -> list[list[str]]:
    """Split the first hundred records roughly; the last one of a cut text is left out."""
    whole = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    records: list[list[str]] = []
    with suppress(csv.Error):  # a value beyond csv's limit of 131,072 characters
        records.extend(filter(None, islice(csv.reader(StringIO(whole, newline=""), delimiter=delimiter), 100)))
    return records

"""Source: a raw file, or a folder of them, and how both engines read it to the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from boathouse.errors import SourceError, did_you_mean
from boathouse.quoting import sql_name
from boathouse.schema import Schema
from boathouse.shelf import Shelf

SOURCES = Shelf("sources", "source format")
WIDER = {
    "tinyint": ("smallint", "int", "bigint"), "smallint": ("int", "bigint"), "int": ("bigint",), "float": ("double",),
}  # fmt: skip


class Reader(Protocol):
    """What a source may ask of the local engine."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]: ...

    def describe(self, sql: str) -> Schema: ...

    def delta(self, path: Path) -> str:
        """Give a query that reads a Delta table."""
        ...

    def copy(self, name: str, blocks: Iterable[bytes]) -> Path:
        """Keep a copy of a file that the engine cannot read as it is, for as long as the engine lives."""
        ...


@dataclass(frozen=True)
class SparkRead:
    """How Spark reads files that arrive: its format and options, and what `df` goes through afterwards."""

    format: str
    options: Mapping[str, str]  # each as Python text
    schema: str  # the columns as the files name them
    wants_schema: bool  # whether it is to be told the columns, or finds them
    statements: tuple[str, ...] = ()


class Source(BaseModel):
    """What every source has: its format, where it stands, and how to read it in two hand-written forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    lands: ClassVar[bool] = True  # whether a folder of such files is ingested

    format: str
    path: str = Field(description="a file, from the project's folder or absolute; a folder or a glob is ingested")
    new_columns: Literal["add", "freeze", "rescue"] = Field(
        default="add",
        description="of an ingested folder, columns that the table has not: add them, refuse the file, or keep them in _rescued_data",
    )
    names: dict[str, str] = Field(
        default={}, description="column of the lake -> its name in the file, where they differ"
    )

    @classmethod
    def suits(cls, path: Path) -> bool:
        """Tell by the file's name whether it is of this format."""
        raise NotImplementedError

    @classmethod
    def open(cls, path: Path, reader: Reader) -> tuple[Source, Schema]:
        """Look at the file: how it has to be read, and its columns as the lake will name them."""
        raise NotImplementedError

    @classmethod
    def open_all(cls, path: Path, reader: Reader) -> dict[str, tuple[Source, Schema]]:
        """Look at every table of the file, each under its name; a file of most formats is one, and names it."""
        return {path.name.split(".")[0]: cls.open(path, reader)}

    def columns(self, path: Path, reader: Reader) -> Schema:
        """Say the columns that the file has now."""
        return type(self).open(path, reader)[1]

    def of_file(self, path: Path, reader: Reader) -> tuple[Source, Schema]:
        """Look at one file of a landing folder: files of one folder may have other columns, in another order.

        A column of type void has no value in this file that would tell its type.
        """
        return type(self).open(path, reader)

    def knowing(self, file: Source, names: Mapping[str, str]) -> Self:
        """Add what one file of the folder was seen to have; `names` says what of it the lake names otherwise."""
        del file
        return self.model_copy(update={"names": {**names, **self.names}})

    def fits(self, found: str, wanted: str) -> bool:
        """Tell whether every value of a file's type is one of the table's type."""
        return found in (wanted, "void") or wanted in WIDER.get(found, ())

    def sql(self, path: Path, schema: Schema, reader: Reader) -> str:
        """Write the DuckDB query that reads the file as these columns."""
        raise NotImplementedError

    def pyspark(self, schema: Schema) -> str:
        """Write the statement that reads SOURCE_PATH into `df` as these columns."""
        raise NotImplementedError

    def spark_schema(self, schema: Schema) -> str:
        """Write the columns as Spark's readers want them, as the files name them."""
        columns = [(self.names.get(column.name, column.name), column.type.upper()) for column in schema]
        return ", ".join(f"{sql_name(name, 'databricks')} {kind}" for name, kind in columns)

    def spark_read(self, schema: Schema) -> SparkRead:
        """Say how Spark reads the files of a landing folder into `df`, their columns matched by name."""
        raise NotImplementedError


def find_sources(path: Path, reader: Reader) -> dict[str, tuple[Source, Schema]]:
    """Choose the format by the file's name, open its tables, and say their columns."""
    if not path.exists():
        raise SourceError(f"{path}: there is no such file or folder", hint=_neighbours(path))
    for name in SOURCES.names():
        kind = SOURCES.member(name)
        if issubclass(kind, Source) and kind.suits(path):
            found: dict[str, tuple[Source, Schema]] = kind.open_all(path, reader)
            return found
    what = "a folder without a table in it" if path.is_dir() else f"of no known format (`{path.suffix or 'no suffix'}`)"
    raise SourceError(f"{path} is {what}", hint=f"known are {', '.join(SOURCES.names())}")


def _neighbours(path: Path) -> str:
    known = sorted(file.name for file in path.parent.iterdir()) if path.parent.is_dir() else []
    return did_you_mean(path.name, known)

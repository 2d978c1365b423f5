"""Schema and Column: the columns of a table, with types in Databricks SQL words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from boathouse.errors import UnknownName, UserError

INTEGERS = ("tinyint", "smallint", "int", "bigint")
FLOATS = ("float", "double")
SIMPLE = (*INTEGERS, *FLOATS, "string", "boolean", "date", "timestamp", "binary")
ALIASES = {
    "integer": "int",
    "long": "bigint",
    "short": "smallint",
    "byte": "tinyint",
    "text": "string",
    "bool": "boolean",
}
DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
NESTED = re.compile(r"(array|map|struct)<.+>")


def type_name(text: str) -> str:
    """Read a type as people write it: `DECIMAL(10, 2)` -> decimal(10,2), `integer` -> int."""
    name = re.sub(r"\s+", "", text).lower()
    name = ALIASES.get(name, name)
    if name == "decimal":
        return "decimal(10,0)"
    if name in SIMPLE or is_decimal(name):
        return name
    if NESTED.fullmatch(name):
        return re.sub(r"\s*([<>,:])\s*", r"\1", text.strip())
    raise UserError(f"`{text}` is no type", hint=f"use one of {', '.join(SIMPLE)}, decimal(p,s)")


def is_decimal(name: str) -> bool:
    """Tell whether the type is decimal(p,s) with 1 <= p <= 38 and s <= p, as Delta holds it."""
    match = DECIMAL.fullmatch(name)
    return bool(match) and 1 <= int(match[1]) <= 38 and int(match[2]) <= int(match[1])  # type: ignore[index]  # noqa: PLR2004 - Delta's widest decimal


def is_integer(name: str) -> bool:
    return name in INTEGERS


def is_number(name: str) -> bool:
    return name in INTEGERS or name in FLOATS or is_decimal(name)


@dataclass(frozen=True)
class Column:
    """One column; `type` is a Databricks SQL type in lower case."""

    name: str
    type: str
    nullable: bool = True
    description: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """Columns in order, their names unique in any case, as Spark and DuckDB need it."""

    columns: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        if len({name.lower() for name in self.names}) == len(self.columns):
            return
        seen: set[str] = set()
        for name in self.names:
            if name.lower() in seen:
                raise UserError(f"the column `{name}` is there twice", hint="names are compared without case")
            seen.add(name.lower())

    @classmethod
    def of(cls, **types: str) -> Schema:
        """Write a schema in one line: Schema.of(id="bigint", name="string")."""
        return cls.from_types(types)

    @classmethod
    def from_types(cls, types: dict[str, str]) -> Schema:
        return cls(tuple(Column(name, type_name(text)) for name, text in types.items()))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        """Find a column without a walk: a thousand steps over a thousand columns ask a million times."""
        return {column.name: column for column in self.columns}

    @property
    def types(self) -> dict[str, str]:
        return {column.name: column.type for column in self.columns}

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Column:
        if name not in self._by_name:
            raise UnknownName("column", name, self.names)
        return self._by_name[name]

    def put(self, name: str, type_: str) -> Schema:
        """Give the column this type in its place, or append it."""
        return self.put_all({name: type_})

    def put_all(self, types: Mapping[str, str]) -> Schema:
        """Give columns these types in their places, or append them."""
        kept = (replace(column, type=types[column.name]) if column.name in types else column for column in self)
        return Schema((*kept, *(Column(name, type_) for name, type_ in types.items() if name not in self)))

    def drop(self, names: Iterable[str]) -> Schema:
        gone = {self[name].name for name in names}
        return Schema(tuple(column for column in self if column.name not in gone))

    def keep(self, names: Iterable[str]) -> Schema:
        return Schema(tuple(self[name] for name in names))

    def rename(self, names: dict[str, str]) -> Schema:
        for old in names:
            _ = self[old]
        return Schema(tuple(replace(column, name=names.get(column.name, column.name)) for column in self))

"""Sample rows: a dozen rows for a bronze table, made up so that the steps and rules of its readers have something to do.

They are invented, never taken from the data: an export may leave the house, and customers may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from boathouse.action import Action
from boathouse.names import TableName
from boathouse.plan import Plan
from boathouse.probe import MultiFindings
from boathouse.schema import FLOATS, is_decimal, is_integer

ROWS = 12
PARENTS = 5  # rows of another table that foreign keys point to
FEW = 3  # words fewer than these are what a column lacks rather than what it holds: ? and n/a
OUTLIER, BAD = 4, 7  # the rows that have one
WORDS = ("amber", "birch", "Amber ", "cedar", "birch")
# `status = 'paid'` and `status IN ('paid'` say which words a column has.
COMPARED = re.compile(r"\b(\w+)\s*(?:=|IN\s*\()\s*'([^'\\]*)'", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """What a column's readers expect: the type that they cast it to, the words that they know, whose key it is."""

    type: str
    words: tuple[str, ...] = ()
    key: Literal["own", "foreign", ""] = ""
    repeats: bool = False  # whether readers expect a key of its own more than once, and keep one row of it


def sample_rows(columns: Mapping[str, Wanted], *, rough: bool) -> list[list[str | None]]:
    """Make the rows as texts; rough ones have an outlier, a word where a number should be, and keys twice."""
    return [[_value(wanted, row, at, rough=rough) for at, wanted in enumerate(columns.values())] for row in range(ROWS)]


class Reading:
    """What the tables of a plan say of the columns that they read, gathered once for all bronze tables."""

    def __init__(self, plan: Plan, findings: MultiFindings | None = None) -> None:
        self.findings = findings
        self.readers: dict[TableName, list[Action]] = {}
        for action in plan.actions:
            for name in action.reads:
                self.readers.setdefault(name, []).append(action)
        self.keys = _keys(plan)
        self.words = _words(plan.actions)

    def wanted(self, action: Action) -> dict[str, Wanted]:
        """Say of each column of a bronze table what its readers, and the findings, expect of it."""
        readers = self.readers.get(action.name, [])
        own, repeated, words = _own_keys(readers), _repeated_keys(readers), _words(readers)
        held = _held(action.name, self.findings)
        return {
            column.name: Wanted(
                column.type if column.type != "string" else held.get(column.name) or _type(column.name, readers),
                tuple(dict.fromkeys((self.words if column.name in self.keys else words).get(column.name, ()))),
                "own" if column.name in own else "foreign" if column.name in self.keys else "",
                column.name in repeated,
            )
            for column in action.schema
        }


def _held(table: TableName, findings: MultiFindings | None) -> dict[str, str]:
    datasets = findings.datasets if findings else ()
    return {column.name: column.holds for found in datasets if found.name == table.table for column in found.columns}


def _type(column: str, readers: Iterable[Action]) -> str:
    """Find the first type but text that a reader gives the column."""
    for reader in readers:
        for schema in (*(stage.table.schema for stage in reader.stages), reader.schema):
            if column in schema and schema[column].type != "string":
                return schema[column].type
    return "string"


def _keys(plan: Plan) -> set[str]:
    """Name the columns that rows are found by: of contracts' keys, and of steps that join."""
    keys = _own_keys(plan.actions)
    for said in _steps(plan.actions):
        on = said.get("on") or ()
        keys |= {*on, *(on.values() if isinstance(on, dict) else ())}
    return keys


def _own_keys(readers: Iterable[Action]) -> set[str]:
    return {name for reader in readers for name in reader.table.contract.key} | _repeated_keys(readers)


def _repeated_keys(readers: Iterable[Action]) -> set[str]:
    """Name the keys of steps that keep one row of each."""
    return {name for said in _steps(readers) for name in said.get("key") or ()}


def _steps(actions: Iterable[Action]) -> Iterator[dict[str, Any]]:
    return (stage.step.model_dump() for action in actions for stage in action.stages)


def _words(readers: Iterable[Action]) -> dict[str, list[str]]:
    """Collect the words that steps and expressions know of each column."""
    words: dict[str, list[str]] = {}
    for reader in readers:
        for column, word in (*_words_of_steps(reader), *_words_of_sql(reader)):
            words.setdefault(column, []).append(word)
    return words


def _words_of_steps(reader: Action) -> Iterator[tuple[str, str]]:
    for stage in reader.stages:
        said = stage.step.model_dump()
        columns = [name for name in (said.get("column"), *(said.get("columns") or ())) if isinstance(name, str)]
        known = [said.get(field) or () for field in ("values", "categories")]
        values = [word for words in known for word in (*words, *(words.values() if isinstance(words, dict) else ()))]
        yield from ((column, word) for column in columns for word in values if isinstance(word, str) and word)


def _words_of_sql(reader: Action) -> Iterator[tuple[str, str]]:
    for sql in reader.expressions:
        yield from ((column, word) for column, word in COMPARED.findall(sql) if word)


def _value(wanted: Wanted, row: int, at: int, *, rough: bool) -> str | None:
    """Write the value of a row in the column at this place."""
    if wanted.key == "foreign":
        return _key(wanted, row % PARENTS if rough else row)
    if wanted.key == "own":
        return _key(wanted, 0 if rough and wanted.repeats and row == ROWS - 1 else row)
    if (row + at) % 7 == 5:  # noqa: PLR2004 - each column lacks a value in another row
        return None
    if wanted.words and (wanted.type == "string" or row % 3 == 0):
        known = wanted.words if len(wanted.words) >= FEW or wanted.type != "string" else (*wanted.words, *WORDS)
        return known[row % len(known)]
    if rough and row == BAD and (is_integer(wanted.type) or wanted.type in FLOATS):
        return "n/a"
    value = _plain(wanted.type, row, at, outlier=rough and row == OUTLIER)
    return None if value is None else str(value)


def _key(wanted: Wanted, row: int) -> str | None:
    if wanted.type == "string":
        return wanted.words[row] if row < len(wanted.words) else f"k{row:02d}"
    return None if (value := _plain(wanted.type, row, 0, outlier=False)) is None else str(value)


def _plain(type_: str, row: int, at: int, *, outlier: bool) -> Any:
    match type_:
        case "string":
            return WORDS[(row + at) % len(WORDS)]
        case "boolean":
            return str((row + at) % 3 == 0).lower()
        case "date":
            return date(2024, 1, 15) + timedelta(days=17 * row)
        case "timestamp":
            return datetime(2024, 1, 15, 8, 30) + timedelta(days=17 * row, hours=at)  # noqa: DTZ001 - UTC, as the session
        case _ if type_ in ("tinyint", "smallint"):
            return row + 1
        case _ if is_integer(type_):
            return 950 if outlier else 20 + 3 * row + at
        case _ if type_ in FLOATS:
            return 9500.5 if outlier else 10.25 + 3.5 * row + at
        case _ if is_decimal(type_):
            return _decimal(type_, row, at, outlier=outlier)
    return None  # binary and nested: a sample of them would be a guess


def _decimal(type_: str, row: int, at: int, *, outlier: bool) -> str:
    """Write a decimal that its type has room for: with a fraction, and beyond 9, where it can be."""
    precision, scale = map(int, type_.removeprefix("decimal(").removesuffix(")").split(","))
    whole = (950 if outlier else 20 + 3 * row + at) % 10 ** min(precision - scale, 3)
    return f"{whole}.5" if scale else str(whole)

"""Function: what a function of Databricks SQL takes, which type it gives, and how DuckDB says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from boathouse.errors import UserError


@dataclass(frozen=True)
class Call:
    """One call of a function, as its translation sees it: arguments in DuckDB's words, their types, their literals."""

    name: str
    types: tuple[str, ...]
    literals: tuple[Any, ...]  # the value of an argument that is written out, or NOT_WRITTEN
    args: tuple[str, ...] = ()
    after: str = ""  # FILTER (...) and OVER (...), which belong behind the aggregate inside the translation
    distinct: str = ""
    nulls: str = ""  # IGNORE NULLS

    def literal(self, position: int) -> Any:
        """Give the value of an argument that has to be written out."""
        value = self.literals[position]
        if value is NOT_WRITTEN:
            raise UserError(f"argument {position + 1} of `{self.name}` has to be written out, as 'text' or a number")
        return value

    def is_written(self, position: int) -> bool:
        return self.literals[position] is not NOT_WRITTEN


class NotWritten:
    """An argument that only the data knows."""


NOT_WRITTEN = NotWritten()

Rule = str | Callable[[Call], str]


@dataclass(frozen=True)
class Function:
    """One function.

    `takes` lists the kinds of its arguments: a type that Spark casts to, `any`, `number`, `same` (all meet in one
    type) or `text` (as it is); `?` marks optional ones, `*` the last one repeated. `gives` is a type, `$0` (that of
    the first argument), `$same`, or a function of the call. In `duckdb`, {0} is the first argument, {after} what
    stands behind an aggregate. A function that is not `proven` runs, but its result may vary between runs.
    """

    takes: str
    gives: Rule
    duckdb: Rule
    proven: bool = True
    aggregate: bool = False


Functions = dict[str, Function]


def also(functions: Functions, **names: str) -> Functions:
    """Add other names of the same functions, such as ceiling="ceil"."""
    return {**functions, **{new: functions[old] for new, old in names.items()}}

"""Coercion: a part of an expression in the type that Spark gives it by itself."""

from __future__ import annotations

from typing import Any, Protocol

from sqlglot import exp

from boathouse.dialect.casts import cast
from boathouse.dialect.infer import type_of
from boathouse.dialect.types import UNKNOWN, VOID


class Writer(Protocol):
    """What these modules use of sqlglot's generator, and the one thing that write.py adds to it."""

    after: str  # FILTER (...) and OVER (...) of the aggregate that is being written

    def sql(self, expression: Any, key: str | None = None) -> str: ...
    def in_sql(self, expression: Any) -> str: ...
    def window_sql(self, expression: Any) -> str: ...


def coerced(writer: Writer, node: exp.Expr, target: str) -> str:
    """Write a node in the type that Spark casts it to by itwriter."""
    text, source = writer.sql(node), type_of(node)
    if source == target or target in (UNKNOWN, VOID) or source in (UNKNOWN, "interval"):
        return text
    return cast(f"({text})" if isinstance(node, exp.Binary) else text, source, target)


def met(writer: Writer, node: exp.Expr, common: str) -> str:
    """Cast a side of a comparison only where DuckDB would compare something else."""
    return coerced(writer, node, common) if "string" in (type_of(node), common) else writer.sql(node)

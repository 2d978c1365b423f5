"""Quoting: the only way a name or a value of a user becomes SQL or Python text."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from boathouse.names import IDENTIFIER

Dialect = Literal["duckdb", "databricks"]


def sql_name(name: str, dialect: Dialect) -> str:
    """Quote a column or table name, always: "a""b" for DuckDB, `a``b` for Databricks."""
    if dialect == "duckdb":
        return '"' + name.replace('"', '""') + '"'
    return "`" + name.replace("`", "``") + "`"


def sql_text(value: str, dialect: Dialect) -> str:
    """Quote a string; Databricks reads backslashes as escapes and DuckDB does not."""
    if dialect == "duckdb":
        return "'" + value.replace("'", "''").replace("\0", "'||chr(0)||'") + "'"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"


def sql_literal(value: Any, dialect: Dialect) -> str:
    """Write a value as a typed SQL literal; None is NULL, a float keeps every bit."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value) if value >= 0 else f"({value})"
        case float():
            return f"CAST({sql_text(_float_word(value), dialect)} AS DOUBLE)"
        case Decimal():
            return f"CAST({sql_text(str(value), dialect)} AS {_decimal_type(value)})"
        case datetime():
            kind = "TIMESTAMPTZ" if dialect == "duckdb" else "TIMESTAMP"
            return f"CAST({sql_text(value.isoformat(sep=' '), dialect)} AS {kind})"
        case date():
            return f"DATE {sql_text(value.isoformat(), dialect)}"
        case str():
            return sql_text(value, dialect)
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def python_literal(value: Any) -> str:
    """Write a value as Python text for a notebook; double quotes, as formatters have it."""
    match value:
        case str():
            return python_text(value)
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case Decimal():
            return f'Decimal("{value}")'
        case datetime():
            return f'datetime.fromisoformat("{value.isoformat()}")'
        case date():
            return f'date.fromisoformat("{value.isoformat()}")'
        case dict():
            return "{" + ", ".join(f"{python_literal(k)}: {python_literal(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(python_literal(item) for item in value) + "]"
    return repr(value)


def python_text(value: str) -> str:
    """Write a string as a double-quoted Python literal on one line."""
    # repr() chooses its quotes by what the text holds; between single quotes it holds none, so double ones are ours.
    body = "'".join(repr(part)[1:-1] for part in value.split("'"))
    return '"' + body.replace('"', '\\"') + '"'


def python_pattern(value: str) -> str:
    """Write a regular expression as people do, raw; where that cannot be, as any other text."""
    raw = value.isprintable() and '"' not in value and not value.endswith("\\")
    return f'r"{value}"' if raw else python_text(value)


def spark_reference(name: str) -> str:
    """Write a column's name as Spark parses it: plain where it can be, in backticks where it must be."""
    return name if IDENTIFIER.fullmatch(name) else sql_name(name, "databricks")


def python_column(name: str) -> str:
    """Write a column as PySpark text: F.col("age")."""
    return f"F.col({python_text(spark_reference(name))})"


def _float_word(value: float) -> str:
    return (
        "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity") if math.isinf(value) else repr(value)
    )


def _decimal_type(value: Decimal) -> str:
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    return f"DECIMAL({max(len(digits) + max(0, int(exponent)), scale, 1)},{scale})"

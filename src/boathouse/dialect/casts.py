"""Casts: what CAST and try_cast of Spark (ANSI) mean, written for DuckDB."""

from __future__ import annotations

import re

from boathouse.casting import duckdb_cast
from boathouse.dialect.types import UNKNOWN, VOID, decimal_of
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError
from boathouse.quoting import sql_text
from boathouse.schema import FLOATS, INTEGERS, is_decimal, is_integer, is_number

WRITTEN_DATE = re.compile(r"'\d{4}-\d{2}-\d{2}'")
WRITTEN_TIMESTAMP = re.compile(
    r"'\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z| [A-Z][A-Za-z]+/[A-Za-z_/]+)?)?'"
)

MONTH_TEXT = r"^\s*[0-9]{4}(?:-[0-9]{1,2})?\s*$"


def cast(x: str, source: str, target: str, *, safe: bool = False) -> str:
    """Cast as Spark does: what does not fit is NULL where `safe`, and an error where not."""
    if source == target:
        return x
    refuse(source, target)
    kind = duckdb_type(target)
    written = {"date": WRITTEN_DATE, "timestamp": WRITTEN_TIMESTAMP}.get(target)
    if source in (UNKNOWN, VOID) or (written and written.fullmatch(x)):
        return f"{'TRY_CAST' if safe else 'CAST'}({x} AS {kind})"
    if target == "string" and is_decimal(source) and len(set(decimal_of(source))) == 1:
        precision, scale = decimal_of(source)  # DuckDB writes 0.5 of a decimal(1,1) as .5
        return f"CAST(CAST({x} AS DECIMAL({min(precision + 1, 38)},{scale})) AS VARCHAR)"
    if source == "timestamp" and is_number(target):
        seconds = f"epoch_us({x}) / 1000000.0" if target in FLOATS else f"floor(epoch_us({x}) / 1000000.0)"
        return f"{'TRY_CAST' if safe else 'CAST'}({seconds} AS {kind})"
    if safe or (source, target) in (("timestamp", "string"), ("double", "float")):
        return _lenient(x, source, target)
    return _strict(x, source, target)


def _lenient(x: str, source: str, target: str) -> str:
    """Read a timestamp from a year or a month too, as Spark does."""
    text = duckdb_cast(x, source, target)
    if (source, target) != ("string", "timestamp"):
        return text
    first = f"trim({x}) || CASE WHEN contains({x}, '-') THEN '-01' ELSE '-01-01' END"
    return f"coalesce({text}, CASE WHEN regexp_matches({x}, {sql_text(MONTH_TEXT, 'duckdb')}) THEN TRY_CAST({first} AS TIMESTAMPTZ) END)"


def _strict(x: str, source: str, target: str) -> str:
    """Fail on what does not fit; where DuckDB's own cast fails on the same values, that is enough."""
    kind = duckdb_type(target)
    if is_integer(target) and is_decimal(source):
        return f"CAST(trunc({x}) AS {kind})"
    if source == "string" or (source in FLOATS and (is_integer(target) or is_decimal(target))):
        complaint = sql_text(f"CAST_INVALID_INPUT: this is no {target}, use try_cast: ", "duckdb")
        there = (
            f"isfinite({x})" if is_decimal(target) and source in FLOATS else f"{x} IS NOT NULL"
        )  # infinity is NULL as a decimal
        return f"coalesce({_lenient(x, source, target)}, CASE WHEN {there} THEN error({complaint} || {x}) END)"
    if is_decimal(target) and source not in INTEGERS:
        return (
            f"CAST({duckdb_cast(x, source, 'decimal(38,' + str(decimal_of(target)[1]) + ')')} AS {kind})"
            if source == "boolean"
            else f"CAST({x} AS {kind})"
        )
    return f"CAST({x} AS {kind})"


def refuse(source: str, target: str) -> None:
    """Refuse a cast whose result the engines write differently."""
    if source in FLOATS and target == "string":
        raise UserError("a double has no text that both engines agree on", hint="cast it to decimal(p,s) first")
    if source in ("date", "interval") and (is_number(target) or target == "boolean"):
        raise UserError(f"{source} cannot be cast to {target}", hint="use datediff or unix_date")
    if target == "timestamp_ntz":
        raise UserError("timestamp_ntz is no type of Boathouse's tables", hint="use timestamp, an instant in UTC")

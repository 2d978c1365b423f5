"""Operators: arithmetic on numbers and dates, and comparisons, with Spark's types and errors."""

from __future__ import annotations

from sqlglot import exp

from boathouse.dialect.coercion import Writer, coerced, met
from boathouse.dialect.functions.numbers import divided, guarded
from boathouse.dialect.infer import has_days_only, literal_of, operands, type_of
from boathouse.dialect.types import decimal_of, wider
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError
from boathouse.schema import is_decimal, is_integer, is_number

SHORT = 18  # DuckDB keeps decimals of up to 18 digits in 64 bits, and does not widen them by itself


def arithmetic(writer: Writer, node: exp.Binary) -> str:
    left, right = operands(node)
    if {"date", "timestamp", "interval"} & {left, right}:
        return moment(writer, node, left, right)
    result = type_of(node)
    sign = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}[type(node)]
    x, y = side(writer, node.this, left, result), side(writer, node.expression, right, result)
    return f"CAST({x} {sign} {y} AS {duckdb_type(result)})" if is_decimal(result) else f"{x} {sign} {y}"


def side(writer: Writer, node: exp.Expr, kind: str, result: str) -> str:
    """Widen a side where DuckDB would compute in the narrower type."""
    if is_decimal(result) and (is_decimal(kind) or is_integer(kind)):
        precision, scale = decimal_of(kind)
        wide = decimal_of(result)[0]
        return (
            f"CAST({writer.sql(node)} AS DECIMAL({max(wide, precision)},{scale}))"
            if wide > SHORT >= precision
            else writer.sql(node)
        )
    if type_of(node) == "string" or (kind in ("tinyint", "smallint", "float") and result != kind):
        return coerced(writer, node, result)
    return writer.sql(node)


def moment(writer: Writer, node: exp.Binary, left: str, right: str) -> str:
    """Add to a date or a timestamp; date + 1 month stays a date on Spark."""
    sign = "+" if isinstance(node, exp.Add) else "-"
    x, y = writer.sql(node.this), writer.sql(node.expression)
    if type_of(node) == "interval":
        raise UserError(
            "the difference of two dates is an interval, which no table can hold", hint="use datediff or timestampdiff"
        )
    if "interval" in (left, right):
        span = node.expression if right == "interval" else node.this
        return (
            f"CAST({x} {sign} {y} AS DATE)"
            if "date" in (left, right) and has_days_only(span)
            else in_utc(node, x, sign, y)
        )
    return f"{x} {sign} CAST({y} AS INTEGER)" if left == "date" else f"{y} {sign} CAST({x} AS INTEGER)"


def in_utc(node: exp.Binary, x: str, sign: str, y: str) -> str:
    if type_of(node.this) == "date":
        x = f"CAST({x} AS TIMESTAMPTZ)"
    return f"{x} {sign} {y}"


def division(writer: Writer, node: exp.Div) -> str:
    left, right = operands(node)
    x, y = (
        coerced(writer, node.this, "double" if left == "string" else left),
        divisor(writer, node, "DIVIDE_BY_ZERO: division by zero; use try_divide"),
    )
    types = ("double" if left == "string" else left, "double" if right == "string" else right)
    return divided(x, y, types, type_of(node))


def remainder(writer: Writer, node: exp.Mod) -> str:
    result = type_of(node)
    text = f"{writer.sql(node.this)} % {divisor(writer, node, 'REMAINDER_BY_ZERO: remainder by zero; use try_mod')}"
    return f"CAST({text} AS {duckdb_type(result)})" if is_decimal(result) else text


def whole_division(writer: Writer, node: exp.IntDiv) -> str:
    x, y = writer.sql(node.this), divisor(writer, node, "DIVIDE_BY_ZERO: div by zero")
    if is_integer(type_of(node.this)) and is_integer(type_of(node.expression)):
        return f"CAST({x} // {y} AS BIGINT)"
    return f"CAST(trunc({x} / {y}) AS BIGINT)"


def divisor(writer: Writer, node: exp.Binary, error: str) -> str:
    """Fail on zero; a divisor that cannot be zero needs no guard."""
    by = node.expression.unnest()
    text = coerced(writer, node.expression, "double") if type_of(by) == "string" else writer.sql(node.expression)
    written = literal_of(by)
    safe = (isinstance(written, (int, float)) and written != 0) or (
        isinstance(by, exp.Anonymous) and by.name.lower() == "nullif"
    )
    return text if safe else guarded(text, writer.sql(node.this), error)


def comparison(writer: Writer, node: exp.Binary, sign: str) -> str:
    kinds = type_of(node.this), type_of(node.expression)
    common = wider(*kinds)
    if "boolean" in kinds and any(is_number(kind) for kind in kinds):
        raise UserError("a boolean cannot be compared with a number", hint="compare it with true, or cast it")
    return f"{met(writer, node.this, common)} {sign} {met(writer, node.expression, common)}"


def between(writer: Writer, node: exp.Between) -> str:
    parts = [node.this, node.args["low"], node.args["high"]]
    common = [wider(type_of(node.this), type_of(part)) for part in parts[1:]]
    if common[0] != common[1] and "string" in (type_of(part) for part in parts):
        low, high = (
            f"{met(writer, node.this, kind)} {sign} {met(writer, part, kind)}"
            for sign, part, kind in zip((">=", "<="), parts[1:], common, strict=True)
        )
        return f"({low} AND {high})"
    x, low, high = (met(writer, part, common[0]) for part in parts)
    return f"{x} BETWEEN {low} AND {high}"


def within(writer: Writer, node: exp.In) -> str:
    if node.args.get("query") or not node.expressions:
        return writer.in_sql(node)
    common = type_of(node.this)
    for item in node.expressions:
        common = wider(common, type_of(item))
    return f"{met(writer, node.this, common)} IN ({', '.join(met(writer, item, common) for item in node.expressions)})"

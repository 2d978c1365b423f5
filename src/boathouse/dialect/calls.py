"""Calls: functions by their name, aggregates with what stands behind them, windows."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from boathouse.dialect.coercion import Writer, coerced
from boathouse.dialect.functions import REFUSED
from boathouse.dialect.functions.call import Call, Function
from boathouse.dialect.infer import argument_kinds, arguments_of, call_of, function_of
from boathouse.dialect.types import VOID, wider
from boathouse.errors import UserError
from boathouse.quoting import sql_name

ARGUMENT = re.compile(r"boathouse_argument_(\d+)")
IGNORE = "boathouse_ignore_nulls"


def windowed(writer: Writer, node: exp.Window) -> str:
    """Put OVER behind the aggregate inside a translation: CAST(sum(x) OVER (...) AS BIGINT)."""
    if node.arg_key == "windows":
        return f"{writer.sql(node.this)} AS ({window_body(writer, node)})"
    frame = node.copy()
    frame.set("this", exp.Var(this=""))
    return with_after(writer, node.this, f" {writer.window_sql(frame).strip()}{writer.after}")


def window_body(writer: Writer, node: exp.Window) -> str:
    """Write a named window, which is an OVER (...) without the word."""
    frame = node.copy()
    frame.set("this", exp.Var(this=""))
    frame.set("over", "OVER")
    return writer.window_sql(frame).strip().removeprefix("OVER (").removesuffix(")")


def filtered(writer: Writer, node: exp.Filter) -> str:
    return with_after(writer, node.this, f" FILTER (WHERE {writer.sql(node.expression.this)}){writer.after}")


def nulls_ignored(writer: Writer, node: exp.IgnoreNulls) -> str:
    node.this.meta[IGNORE] = True
    return writer.sql(node.this)


def lateral_view(writer: Writer, node: exp.Lateral) -> str:
    if node.args.get("outer"):
        raise UserError("LATERAL VIEW OUTER has no DuckDB form here", hint="explode coalesce(x, array(NULL))")
    name, columns = (
        sql_name(node.alias or "exploded", "duckdb"),
        ", ".join(sql_name(column, "duckdb") for column in node.alias_column_names),
    )
    word = " CROSS JOIN LATERAL" if node.args.get("view") else "LATERAL"
    return f"{word} (SELECT {writer.sql(node.this)}) AS {name}({columns})"


def with_after(writer: Writer, node: exp.Expr, after: str) -> str:
    before, writer.after = writer.after, after
    try:
        return writer.sql(node)
    finally:
        writer.after = before


def called(writer: Writer, node: exp.Anonymous) -> str:
    name = node.name.lower()
    function = function_of(node)
    if name in REFUSED:
        raise UserError(f"`{node.name}` has no DuckDB form with the same result", hint=REFUSED[name])
    if function is None:
        return unproven(writer, node)
    after, writer.after = writer.after, ""
    call = call_of(node, function)
    kinds = argument_kinds(function, len(call.types), node.name)
    args = tuple(
        argument(writer, part, kind.rstrip("?"), call, at)
        for at, (part, kind) in enumerate(zip(arguments_of(node), kinds, strict=True))
    )
    writer.after = after
    distinct = "DISTINCT " if node.expressions and isinstance(node.expressions[0], exp.Distinct) else ""
    nulls = " IGNORE NULLS" if node.meta.get(IGNORE) else ""
    return applied(function, Call(call.name, call.types, call.literals, args, after, distinct, nulls))


def argument(writer: Writer, node: exp.Expr, kind: str, call: Call, at: int) -> str:
    if kind in ("any", "text"):
        return writer.sql(node)
    if kind == "same":
        common = VOID
        for position, other in enumerate(call.types):
            common = common if call.name.lower() in ("if", "iff") and position == 0 else wider(common, other)
        return coerced(writer, node, common)
    if kind == "concat":
        return coerced(writer, node, "string") if not call.types[0].startswith("array<") else writer.sql(node)
    text = coerced(writer, node, call.types[at])
    return f"({text})" if isinstance(node, (exp.Binary, exp.Neg, exp.Not)) else text


def applied(function: Function, call: Call) -> str:
    if callable(function.duckdb):
        return function.duckdb(call)
    return function.duckdb.format(*call.args, after=call.after, distinct=call.distinct)


def unproven(writer: Writer, node: exp.Anonymous) -> str:
    """Leave a function that is not on the list to sqlglot: its arguments written here, its name there."""
    nodes = node.expressions
    parts = [
        part.sql("databricks") if isinstance(part, exp.Literal) else f"boathouse_argument_{at}"
        for at, part in enumerate(nodes)
    ]
    text = sqlglot.parse_one(f"{node.name}({', '.join(parts)})", read="databricks").sql("duckdb")
    return ARGUMENT.sub(lambda found: writer.sql(nodes[int(found[1])]), text) + writer.after

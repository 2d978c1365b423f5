"""Writing: a resolved tree of Databricks SQL becomes DuckDB SQL, by a table of the places where the engines part."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.generators.duckdb import DuckDBGenerator

from boathouse.dialect import calls, operators, phrases
from boathouse.dialect.infer import type_of
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError
from boathouse.quoting import sql_name, sql_text
from boathouse.schema import is_decimal


def literal(node: exp.Literal) -> str:
    """Write a literal; 0.5 is decimal(1,1) on Spark and decimal(2,1) on DuckDB."""
    if node.is_string:
        return sql_text(node.name, "duckdb")
    kind = type_of(node)
    cast = kind == "double" or (is_decimal(kind) and node.name.startswith("0."))
    return f"CAST('{node.name}' AS {duckdb_type(kind)})" if cast else str(node.name)


class DuckDBSQL(DuckDB):
    """DuckDB with Spark's meaning of operators, casts and functions."""

    class Generator(DuckDBGenerator):
        after = ""  # FILTER (...) and OVER (...) of the aggregate that is being written

        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **DuckDBGenerator.TRANSFORMS,
            exp.Literal: lambda _, e: literal(e),
            exp.RawString: lambda _, e: sql_text(e.name, "duckdb"),
            exp.Identifier: lambda _, e: sql_name(e.name, "duckdb"),
            **dict.fromkeys((exp.Add, exp.Sub, exp.Mul), operators.arithmetic),
            exp.Div: operators.division,
            exp.Mod: operators.remainder,
            exp.IntDiv: operators.whole_division,
            exp.EQ: lambda self, e: operators.comparison(self, e, "="),
            exp.NEQ: lambda self, e: operators.comparison(self, e, "<>"),
            exp.LT: lambda self, e: operators.comparison(self, e, "<"),
            exp.LTE: lambda self, e: operators.comparison(self, e, "<="),
            exp.GT: lambda self, e: operators.comparison(self, e, ">"),
            exp.GTE: lambda self, e: operators.comparison(self, e, ">="),
            exp.NullSafeEQ: lambda self, e: operators.comparison(self, e, "IS NOT DISTINCT FROM"),
            exp.NullSafeNEQ: lambda self, e: operators.comparison(self, e, "IS DISTINCT FROM"),
            exp.Between: operators.between,
            exp.In: operators.within,
            exp.Like: lambda self, e: phrases.like(self, e, "LIKE"),
            exp.ILike: lambda self, e: phrases.like(self, e, "ILIKE"),
            exp.RegexpLike: phrases.matching,
            exp.Concat: phrases.joined,
            exp.DPipe: phrases.joined,
            exp.Substring: phrases.part_of_text,
            exp.Trim: phrases.trimmed,
            exp.StrPosition: phrases.found,
            exp.Cast: phrases.casting,
            exp.TryCast: phrases.casting,
            exp.Case: phrases.choice,
            exp.If: phrases.either,
            exp.Extract: phrases.extracted,
            exp.Bracket: phrases.item,
            exp.Window: calls.windowed,
            exp.Filter: calls.filtered,
            exp.IgnoreNulls: calls.nulls_ignored,
            exp.Lateral: calls.lateral_view,
            exp.Anonymous: calls.called,
        }


# What the methods above read of a node; anything else that a new sqlglot may put there is refused, never dropped.
READ: dict[type[exp.Expr], set[str]] = {
    exp.Like: {"this", "expression", "negate"}, exp.ILike: {"this", "expression", "negate"}, exp.RegexpLike: {"this", "expression", "negate"},
    exp.Between: {"this", "low", "high"}, exp.In: {"this", "expressions", "query", "field", "unnest", "is_global"},
    exp.Cast: {"this", "to"}, exp.TryCast: {"this", "to", "safe"}, exp.Case: {"this", "ifs", "default"}, exp.If: {"this", "true", "false"},
    exp.Trim: {"this", "expression", "position"}, exp.Substring: {"this", "start", "length"}, exp.StrPosition: {"this", "substr"},
    exp.Extract: {"this", "expression"}, exp.Bracket: {"this", "expressions"}, exp.Filter: {"this", "expression"},
    exp.Anonymous: {"this", "expressions"}, exp.Lateral: {"this", "view", "alias"}, exp.IgnoreNulls: {"this"},
}  # fmt: skip


def refuse_unread(tree: exp.Expr) -> None:
    for node in tree.walk():
        known = READ.get(type(node))
        beyond = {key for key, value in node.args.items() if value} - known if known else set()
        if beyond:
            raise UserError(f"{node.key.upper()} with {', '.join(sorted(beyond))} has no DuckDB form here")


def written(tree: exp.Expr) -> str:
    """Write a resolved tree as DuckDB SQL."""
    refuse_unread(tree)
    return DuckDBSQL().generate(tree, copy=True, comments=False, identify=True)

"""Any predicate in Databricks SQL: it is right where it is true, and where it is null."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal, Self

from pydantic import Field
from sqlglot import exp

from boathouse.check import Check, CheckExample
from boathouse.dialect import check_expression, expression_type
from boathouse.dialect.parse import parsed_expression
from boathouse.errors import UserError
from boathouse.known import Known
from boathouse.promise import Promise
from boathouse.quoting import spark_reference, sql_literal, sql_text
from boathouse.relation import Relation
from boathouse.schema import is_integer


class Predicate(Check):
    """Any predicate in Databricks SQL: it is right where it is true, and where it is null."""

    check: Literal["predicate"] = "predicate"
    sql: str = Field(min_length=1, description="the condition, in Databricks SQL")

    def row(self, table: Relation) -> str:
        return table.expression(self.sql)

    def expressions(self) -> tuple[str, ...]:
        return (self.sql,)

    def refuse(self, table: Relation) -> None:
        check_expression(self.sql, table.schema)
        kind = expression_type(self.sql, table.schema)
        if kind not in ("boolean", "unknown"):
            raise UserError(f"a check is true or false, and this is {kind}", hint="compare it with something")

    @property
    def written(self) -> str:
        return self.sql

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        sql = ""
        if promise.kind == "sql" and promise.allows_none:
            sql = _never(promise.condition) if promise.condition else ""
        elif promise.metric == "missingValues" and promise.allows_none and promise.column:
            sql = _present(promise)
        elif promise.kind == "option":
            sql = _option(promise)
        return cls(sql=sql) if sql else None

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest the length that all values of a code have, where no pattern says more."""
        for column in known.sure:
            if column.lengths and not column.shape and column.type == "string":
                yield cls(sql=_length(column.name, *column.lengths))

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "what is not known is not wrong", "age BETWEEN 18 AND 120", {"age": [17, 18, 120, 121, None]}, breaks=(0, 3)
        )
        yield CheckExample(
            "parts of a condition stay together",
            "x = 1 OR y = 'b' -- either",
            {"x": [1, 2, 2], "y": ["a", "b", "a"]},
            breaks=(2,),
        )


NOT = re.compile(r"\s*NOT\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
SIGNS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def _never(wrong: str) -> str:
    """Turn a condition that no row may have into the one that each has: NOT (x) -> x."""
    inner = NOT.fullmatch(wrong)
    try:
        tree = parsed_expression(f"{wrong}\n")
    except UserError:
        return f"NOT ({wrong})"
    if inner and isinstance(tree, exp.Not) and isinstance(tree.this, exp.Paren):
        return inner[1].strip()
    return f"NOT ({wrong}\n)" if "--" in wrong else f"NOT ({wrong})"


def _present(promise: Promise) -> str:
    """Say that a value is there and is none of those that stand for nothing."""
    missing = promise.arguments.get("missingValues")
    if not isinstance(missing, list) or not all(
        value is None or isinstance(value, str | int | float) for value in missing
    ):
        return ""
    name = spark_reference(promise.column)
    words = [sql_literal(str(v) if promise.type == "string" else v, "databricks") for v in missing if v is not None]
    parts = [f"{name} IS NOT NULL"] if None in missing else []
    parts += [f"{name} NOT IN ({', '.join(words)})"] if words else []
    return " AND ".join(parts)


def _option(promise: Promise) -> str:
    """Write one of logicalTypeOptions as a condition; "" where rows cannot be asked."""
    key, value = next(iter(promise.says.items()))
    if len(promise.says) > 1:
        return ""
    name = spark_reference(promise.column)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if key in SIGNS and (number or isinstance(value, str | date)):
        return f"{name} {SIGNS[key]} {_bound(value, promise.type)}"
    if key in ("minLength", "maxLength") and number:
        return f"length({name}) {'>=' if key == 'minLength' else '<='} {int(value)}"
    if key == "multipleOf" and isinstance(value, int) and number and is_integer(promise.type):
        return f"{name} % {value} = 0"
    return ""


def _bound(value: float | str | date, kind: str) -> str:
    if isinstance(value, int | float):
        return repr(value)
    text = sql_text(value if isinstance(value, str) else value.isoformat(), "databricks")
    return f"CAST({text} AS {kind})" if kind in ("date", "timestamp") else text


def _length(column: str, least: int, most: int) -> str:
    name = f"length({spark_reference(column)})"
    return f"{name} = {least}" if least == most else f"{name} BETWEEN {least} AND {most}"

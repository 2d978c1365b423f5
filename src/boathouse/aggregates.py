"""The aggregates that steps offer: each as SQL, as PySpark, and with the type that both engines give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from boathouse.errors import StepError
from boathouse.relation import Relation
from boathouse.schema import DECIMAL, NESTED, Column, Schema, is_decimal, is_integer, is_number

AggregateFunction = Literal["sum", "mean", "min", "max", "count", "count_distinct", "std", "median"]

SUMMARY = (
    "sum, mean, min, max, count (of what is not null), count_distinct, std (of a sample, as Spark's stddev: "
    "one value has none), median (exact, between two values where there are two)"
)


def aggregate_type(function: AggregateFunction, column: Column) -> str:
    """Say the type of an aggregate; one that the column's type has not is an error."""
    if function in ("count", "count_distinct"):
        return "bigint"
    if function in ("min", "max"):
        if "<" in column.type or column.type == "binary":
            raise StepError(
                f"`{column.name}` is {column.type}, which has no {function}", hint="count it, or take it apart first"
            )
        return column.type
    if not is_number(column.type):
        raise StepError(f"`{column.name}` is {column.type}, and only numbers have a {function}", hint="cast it first")
    return _sum_type(column.type) if function == "sum" else "double"


def _sum_type(type_: str) -> str:
    """Widen as Spark does: DuckDB makes HUGEINT of integers and decimal(38,s) of decimals."""
    if decimal := DECIMAL.fullmatch(type_):
        return f"decimal({min(38, int(decimal[1]) + 10)},{decimal[2]})"
    return "bigint" if is_integer(type_) else "double"


def aggregate_sql(table: Relation, function: AggregateFunction, x: str, type_: str) -> str:
    """Write an aggregate of an expression that has this type."""
    match function:
        case "count":
            return f"count({x})"
        case "count_distinct":
            return f"count(DISTINCT {x})"
        case "min" | "max":
            return f"{function}({x})"
        case "median":
            return table.quantile(x, 0.5)
        case "sum":
            total = _sum_type(type_)
            return f"CAST(sum({f'CAST({x} AS DOUBLE)' if total == 'double' else x}) AS {table.type(total)})"
    # Of decimals Spark's avg is a decimal with four digits more, DuckDB's a double: double on both.
    return f"{'avg' if function == 'mean' else 'stddev_samp'}(CAST({x} AS DOUBLE))"


def aggregate_pyspark(function: AggregateFunction, x: str, type_: str) -> str:
    """Write an aggregate of a column, given as Python text; the same name as people write it."""
    names = {"mean": "avg", "std": "stddev"}
    double = function == "mean" and is_decimal(type_)
    column = f'{x if x.startswith("F.") else f"F.col({x})"}.cast("double")' if double else x
    return f"F.{names.get(function, function)}({column})"


def aggregated(columns: Iterable[Column]) -> Schema:
    """Make the schema of a group's row; two aggregates of one name are an error."""
    named: dict[str, Column] = {}
    for column in columns:
        if column.name.lower() in named:
            raise StepError(
                f"`{column.name}` would be there twice", hint="rename a column before, or drop one aggregate"
            )
        named[column.name.lower()] = column
    return Schema(tuple(named.values()))


def group_key(column: Column) -> Column:
    """Give a column to group by; one whose values are nested is an error, as Spark cannot compare all of them."""
    if NESTED.fullmatch(column.type):
        raise StepError(
            f"`{column.name}` is {column.type}, which rows cannot be grouped by", hint="take it apart first"
        )
    return column

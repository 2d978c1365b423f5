"""Make one row of each group: counts, sums, means and the like of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from boathouse.aggregates import (
    SUMMARY,
    AggregateFunction,
    aggregate_pyspark,
    aggregate_sql,
    aggregate_type,
    aggregated,
    group_key,
)
from boathouse.quoting import python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.step import ColumnName, Example, Step, call


class Aggregate(Step):
    """Make one row of each group: counts, sums, means and the like of its rows.

    Nulls count for nothing, and of no values there is nothing but a count: a sum of nulls is null, not 0. Rows with a
    null in `by` are a group, as in SQL. Without `by` the whole table becomes one row, even where it has no rows.
    """

    step: Literal["aggregate"] = "aggregate"
    by: tuple[ColumnName, ...] = Field(
        default=(), description="the columns whose values make a group; none: one row for all"
    )
    count: ColumnName | None = Field(default=None, description="a column for the number of rows, such as orders")
    columns: dict[ColumnName, tuple[AggregateFunction, ...]] = Field(
        default={}, description=f"what to make of which column, named amount_sum: {SUMMARY}"
    )

    @model_validator(mode="after")
    def _makes_something(self) -> Self:
        if not self.count and not any(self.columns.values()):
            raise ValueError("there is nothing to make: give `columns`, `count` or both")
        return self

    def title(self) -> str:
        return f"Aggregation: one row for {'each ' + ', '.join(self.by) if self.by else 'the whole table'}"

    def sql(self, table: Relation) -> str:
        keys = [table.column(name) for name in self.by]
        made = [f"count(*) AS {table.name_of(self.count)}"] if self.count else []
        made += [
            f"{aggregate_sql(table, function, table.column(name), table.schema[name].type)} AS {table.name_of(f'{name}_{function}')}"
            for name, function in self._pairs()
        ]
        return f"SELECT {', '.join([*keys, *made])} FROM {table.name}" + (
            f" GROUP BY {', '.join(keys)}" if keys else ""
        )

    def pyspark(self, table: Relation) -> str:
        made = [f'F.count("*").alias({python_text(self.count)})'] if self.count else []
        made += [
            f"{aggregate_pyspark(function, python_text(spark_reference(name)), table.schema[name].type)}"
            f".alias({python_text(f'{name}_{function}')})"
            for name, function in self._pairs()
        ]
        keys = ", ".join(python_text(spark_reference(name)) for name in self.by)
        return call(f"df = df.groupBy({keys}).agg" if keys else "df = df.agg", made)

    def after(self, table: Relation) -> Schema:
        columns = [group_key(table.schema[name]) for name in self.by]
        columns += [Column(self.count, "bigint")] if self.count else []
        for name, function in self._pairs():
            columns.append(Column(f"{name}_{function}", aggregate_type(function, table.schema[name])))
        return aggregated(columns)

    def _pairs(self) -> Iterator[tuple[str, AggregateFunction]]:
        return ((name, function) for name, functions in self.columns.items() for function in functions)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        nan = float("nan")
        yield Example(
            "a sum of ints is bigint, a sum of nulls is null, a count of them is 0; a null key is a group",
            cls(by=("user",), count="orders", columns={"amount": ("sum", "count", "count_distinct")}),
            given={"user": ["a", "a", "a", "b", None], "amount int": [2_000_000_000, 2_000_000_000, None, None, 1]},
            then={
                "user": ["a", "b", None], "orders": [3, 1, 1], "amount_sum bigint": [4_000_000_000, None, 1],
                "amount_count": [2, 0, 1], "amount_count_distinct": [1, 0, 1],
            },
        )  # fmt: skip
        yield Example(
            "std is of a sample, so one value has none; a median lies between two values",
            cls(by=("user",), columns={"x": ("mean", "std", "median")}),
            given={"user": [1, 1, 2], "x": [1.0, 4.0, 5.0]},
            then={"user": [1, 2], "x_mean": [2.5, 5.0], "x_std": [2.1213203435596424, None], "x_median": [2.5, 5.0]},
        )  # fmt: skip
        yield Example(
            "values that are all the same do not vary at all",
            cls(by=("user",), columns={"x": ("std",)}), given={"user": [1, 1, 1], "x": [0.1, 0.1, 0.1]}, then={"user": [1], "x_std": [0.0]},
        )  # fmt: skip
        yield Example(
            "a sum of decimals is ten digits wider, and their mean is a double with all its digits",
            cls(columns={"x": ("sum", "mean", "max", "median")}),
            given={"x decimal(4,1)": [Decimal("1.0"), Decimal("1.0"), Decimal("2.1"), None]},
            then={"x_sum decimal(14,1)": [Decimal("4.1")], "x_mean": [4.1 / 3], "x_max decimal(4,1)": [Decimal("2.1")], "x_median": [1.0]},
        )  # fmt: skip
        yield Example(
            "a table without rows is one row where nothing is grouped",
            cls(count="rows", columns={"x": ("sum", "mean", "median", "count", "std")}), given={"x smallint": []},
            then={
                "rows": [0], "x_sum bigint": [None], "x_mean double": [None], "x_median double": [None], "x_count": [0],
                "x_std double": [None],
            },
        )  # fmt: skip
        yield Example(
            "a table without rows has no groups",
            cls(by=("id",), count="rows"), given={"id string": []}, then={"id string": [], "rows bigint": []},
        )  # fmt: skip
        yield Example(
            "dates, text and booleans have a least and a most; text is compared by its bytes",
            cls(columns={"day": ("min", "max"), "name": ("min",), "open": ("max",)}),
            given={"day": [date(2024, 2, 1), date(2024, 1, 9), None], "name": ["a", "B", None], "open": [False, True, None]},
            then={"day_min": [date(2024, 1, 9)], "day_max": [date(2024, 2, 1)], "name_min": ["B"], "open_max": [True]},
        )  # fmt: skip
        yield Example(
            "NaN is one value, larger than any number, and sums and means of it are NaN",
            cls(columns={"x": ("sum", "mean", "std", "min", "max", "count", "count_distinct")}),
            given={"x": [nan, 1.0, nan]},
            then={
                "x_sum": [nan], "x_mean": [nan], "x_std": [nan], "x_min": [1.0], "x_max": [nan], "x_count": [3],
                "x_count_distinct": [2],
            },
        )  # fmt: skip
        yield Example(
            "zero and minus zero are one key and one value",
            cls(by=("x",), columns={"x": ("count_distinct",)}), given={"x": [0.0, -0.0]}, then={"x": [0.0], "x_count_distinct": [1]},
        )  # fmt: skip
        yield Example(
            "a float's sum is a double",
            cls(columns={"x": ("sum", "max")}), given={"x float": [0.5, 0.25]}, then={"x_sum": [0.75], "x_max float": [0.5]},
        )  # fmt: skip
        yield Example(
            "names that have to be quoted",
            cls(by=("a.b",), count='n"', columns={"x`y": ("sum", "median", "mean")}),
            given={"a.b": ["k", "k"], "x`y decimal(3,1)": [Decimal("1.5"), Decimal("2.5")]},
            then={"a.b": ["k"], 'n"': [2], "x`y_sum decimal(13,1)": [Decimal("4.0")], "x`y_median": [2.0], "x`y_mean": [2.0]},
        )  # fmt: skip

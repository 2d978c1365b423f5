"""Take the logarithm of 1 + x."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, log, nan
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.errors import StepError
from boathouse.quoting import python_column
from boathouse.relation import Relation
from boathouse.schema import Column, Schema, is_number
from boathouse.step import ColumnName, Example, Step, expect, with_column


class LogTransform(Step):
    """Take the natural logarithm of 1 + x, which draws a long tail in; null where x is negative."""

    row_by_row: ClassVar[bool] = True

    step: Literal["log_transform"] = "log_transform"
    column: ColumnName = Field(description="the column of numbers")
    into: ColumnName | None = Field(
        default=None, description="the name of a new column; without it the column itself changes"
    )

    def title(self) -> str:
        return f"Log transform: {self.column}" + (f" into {self.into}" if self.into else "")

    def sql(self, table: Relation) -> str:
        x = f"CAST({table.column(self.column)} AS DOUBLE)"
        return table.select({self.into or self.column: f"CASE WHEN {x} >= 0 THEN ln(1 + {x}) END"})

    def pyspark(self, table: Relation) -> str:
        del table
        x = f'{python_column(self.column)}.cast("double")'
        return with_column(self.into or self.column, f"F.when({x} >= 0, F.log(1 + {x}))")

    def after(self, table: Relation) -> Schema:
        expect(table, self.column, is_number, "a number")
        if self.into is None:
            return table.schema.put(self.column, "double")
        if self.into in table.schema:
            raise StepError(f"there is a column `{self.into}` already", hint="choose another `into`")
        return Schema((*table.schema, Column(self.into, "double")))

    @classmethod
    def examples(cls) -> Iterator[Example]:
        given = [0.0, 1.0, -0.5, -3.0, 1e-9, 1e300, inf, nan, None]
        # ln(1 + x) on both: Spark's log1p is exact for tiny x, and DuckDB has none (1e-9 differs by 8e-8, relatively).
        then = [0.0, log(2.0), None, None, log(1 + 1e-9), log(1 + 1e300), inf, nan, None]
        yield Example(
            "a negative number has none, even where 1 + x is positive",
            cls(column="x"),
            given={"x": given},
            then={"x": then},
        )
        yield Example(
            "a whole number becomes a double, in a new column",
            cls(column="x", into="log_x"),
            given={"x": [0, 3, -1]},
            then={"x": [0, 3, -1], "log_x": [0.0, log(4.0), None]},
        )

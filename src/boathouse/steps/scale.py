"""Scale a column: by mean and standard deviation, by median and quartiles, or by least and most."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from boathouse.errors import StepError
from boathouse.quoting import python_column, python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import Schema, is_number
from boathouse.step import LINE, ColumnName, Example, FittedStep, Rows, call, fitting_frame, named, with_column

# What each method subtracts and what it divides by.
PARTS = {"standard": ("mean", "std"), "robust": ("median", "iqr"), "min_max": ("min", "range")}

# The standard deviation of a column of equal doubles is 1e-17 or 0, as the order of its rows will have it: a spread
# that is so small beside the values is none.
NO_SPREAD = 1e-12


class Scale(FittedStep):
    """Scale a column to a spread of 1: by its mean and standard deviation, its median and quartiles, or its least and most.

    standard: (x - mean) / std, where std is of a sample (n - 1), as in Spark's StandardScaler; scikit-learn divides by n.
    robust: (x - median) / (third quartile - first quartile), exact quantiles. min_max: (x - min) / (max - min).
    Nulls stay null. A column whose values do not differ becomes 0, and so does one with a NaN to learn from in `standard`.
    """

    step: Literal["scale"] = "scale"
    column: ColumnName = Field(description="the numeric column to scale")
    method: Literal["standard", "robust", "min_max"] = Field(default="standard", description="what it is scaled by")
    into: ColumnName | None = Field(default=None, description="the column for the result; none: the column itself")

    def title(self) -> str:
        return f"Scaling: {self.column} ({self.method.replace('_', '-')})"

    def fit_sql(self, table: Relation) -> str:
        x = f"CAST({table.column(self.column)} AS DOUBLE)"
        centre, spread = {
            "standard": (f"avg({x})", f"stddev_samp({x})"),
            "robust": (table.quantile(x, 0.5), f"{table.quantile(x, 0.75)} - {table.quantile(x, 0.25)}"),
            "min_max": (f"min({x})", f"max({x}) - min({x})"),
        }[self.method]
        return f"SELECT {centre} AS centre, {spread} AS spread FROM {table.fitting}"

    def learn(self, rows: Rows) -> dict[str, Any]:
        centre, spread = rows[0]["centre"], rows[0]["spread"]
        spreads = spread is not None and spread > NO_SPREAD * abs(centre)
        return dict(zip(PARTS[self.method], (centre, spread if spreads else 0.0), strict=True))

    def numbers(self) -> dict[str, str]:
        return {part: named(part, self.column) for part in PARTS[self.method]}

    def pyspark_fit(self, table: Relation) -> str:
        centre, spread = self.numbers().values()
        parts = call(
            f"{centre}, {spread} = {fitting_frame(table)}.agg", self._pyspark_parts(table), start=len(".first()")
        )
        return (
            f"{parts}.first()\n"
            f"if {spread} is None or not {spread} > {NO_SPREAD} * abs({centre}):\n"
            f"    {spread} = 0.0  # values that do not differ: what is left are the last digits of a sum"
        )

    def _pyspark_parts(self, table: Relation) -> list[str]:
        x, type_ = spark_reference(self.column), table.schema[self.column].type
        column = python_text(x) if type_ == "double" else f'F.col({python_text(x)}).cast("double")'
        if self.method == "standard":
            return [f"F.avg({column})", f"F.stddev({column})"]
        if self.method == "robust":
            return [f"F.median({column})", f"F.expr({python_text(f'percentile({x}, 0.75) - percentile({x}, 0.25)')})"]
        return [f"F.min({column})", f"F.max({column}) - F.min({column})"]

    def sql(self, table: Relation) -> str:
        x = f"CAST({table.column(self.column)} AS DOUBLE)"
        centre, spread = (self.number(part) for part in PARTS[self.method])
        scaled = f"({x} - {table.literal(centre)}) / {table.literal(spread)}"
        flat = f"CASE WHEN {x} IS NOT NULL THEN {table.literal(0.0)} END"
        return table.select({self.into or self.column: scaled if spread else flat})

    def pyspark(self, table: Relation) -> str:
        centre, spread = self.numbers().values()
        x = python_column(self.column)
        value = x if table.schema[self.column].type == "double" else f'{x}.cast("double")'
        scaled = f"({value} - {centre}) / {spread}"
        flat = f"F.when({x}.isNotNull(), 0.0)"
        either = f"{scaled} if {spread} else {flat}"
        if len(f"    {either},") > LINE:
            either = f"{scaled}\nif {spread}\nelse {flat}"
        if self.fitted is not None:
            either = scaled if self.number(PARTS[self.method][1]) else flat
        return f"{self.pyspark_numbers(table)}\n{with_column(self.into or self.column, either)}"

    def after(self, table: Relation) -> Schema:
        column = table.schema[self.column]
        if not is_number(column.type):
            raise StepError(
                f"`{self.column}` is {column.type}, and only numbers can be scaled", hint="cast or encode it first"
            )
        if self.into is not None and self.into != self.column and self.into in table.schema:
            raise StepError(f"`{self.into}` is there already", hint="write another name into `into`")
        return table.schema.put(self.into or self.column, "double")

    @classmethod
    def examples(cls) -> Iterator[Example]:
        fee = cls(column="fee")
        yield Example(
            "the deviation is a sample's: 1, not 0.816; nulls stay null and count for nothing",
            fee, given={"fee": [1.0, 2.0, 3.0, None]}, then={"fee": [-1.0, 0.0, 1.0, None]},
        )  # fmt: skip
        yield Example(
            "a column of one value becomes 0, though its deviation need not be 0 to the last digit",
            fee, given={"fee": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, None]}, then={"fee": [*[0.0] * 6, None]},
        )  # fmt: skip
        yield Example(
            "what differs only in the last digits of a double does not differ",
            fee, given={"fee": [1e9, 1e9 + 1e-6, 1e9]}, then={"fee": [0.0, 0.0, 0.0]},
        )  # fmt: skip
        yield Example(
            "small values do differ: a spread is small beside its values only",
            fee, given={"fee": [1e-15, 3e-15]}, then={"fee": [-(0.5**0.5), 0.5**0.5]},
        )  # fmt: skip
        yield Example("one row has no deviation", fee, given={"fee": [7.5]}, then={"fee": [0.0]})
        yield Example(
            "a column of nulls stays null", fee, given={"fee int": [None, None]}, then={"fee double": [None, None]}
        )
        yield Example(
            "no rows at all", cls(column="fee", method="robust"), given={"fee int": []}, then={"fee double": []}
        )
        yield Example(
            "robust: quartiles lie between values",
            cls(column="age", method="robust"), given={"age int": [1, 2, 3, 10]}, then={"age": [-0.5, -1 / 6, 1 / 6, 2.5]},
        )  # fmt: skip
        yield Example(
            "robust: where most values are the same the quartiles meet, and all becomes 0",
            cls(column="age", method="robust"), given={"age": [3.0, 3.0, 3.0, 3.0, 9.0]}, then={"age": [0.0] * 5},
        )  # fmt: skip
        yield Example(
            "min_max: from 0 to 1, into a column of its own",
            cls(column="age", method="min_max", into="age_scaled"),
            given={"age int": [10, 15, 20, None], "x": [1, 2, 3, 4]},
            then={"age int": [10, 15, 20, None], "x": [1, 2, 3, 4], "age_scaled": [0.0, 0.5, 1.0, None]},
        )  # fmt: skip
        yield Example(
            "decimals are doubles before anything is summed",
            fee, given={"fee decimal(5,2)": [Decimal("0.00"), Decimal("0.01"), Decimal("0.02")]}, then={"fee": [-1.0, 0.0, 1.0]},
        )  # fmt: skip
        yield Example(
            "min_max: NaN is more than any number, so nothing can be said of the others",
            cls(column="fee", method="min_max"), given={"fee": [1.0, float("nan")]}, then={"fee": [0.0, 0.0]},
        )  # fmt: skip
        yield Example(
            "names that have to be quoted",
            cls(column="a.b`", method="robust", into='c"'), given={"a.b` double": [1.0, 2.0, 3.0]},
            then={"a.b` double": [1.0, 2.0, 3.0], 'c" double': [-1.0, 0.0, 1.0]},
        )  # fmt: skip

"""Move values beyond a fence back to it; nulls stay null."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from boathouse.errors import StepError
from boathouse.quoting import python_column, python_literal, python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import Schema, is_number
from boathouse.step import ColumnName, Example, FittedStep, Rows, chained, fitting_frame, named, with_column


class CapOutliers(FittedStep):
    """Move values beyond a fence back to it: k interquartile ranges, two quantiles, or given bounds.

    The column becomes double. NaN is larger than any number, on both engines: it is moved to the upper fence, and it
    counts among the values that quantiles are taken of. Where it means a missing value, make it null first.
    """

    step: Literal["cap_outliers"] = "cap_outliers"
    column: ColumnName = Field(description="the numeric column to cap")
    method: Literal["iqr", "winsorize", "bounds"] = Field(default="iqr", description="where the fences come from")
    k: PositiveFloat = Field(
        default=1.5, description="iqr: how many interquartile ranges lie between a quartile and its fence"
    )
    quantiles: tuple[float, float] = Field(
        default=(0.01, 0.99), description="winsorize: the fences as quantiles, exact"
    )
    lower: float | None = Field(default=None, description="bounds: the lower fence, if any")
    upper: float | None = Field(default=None, description="bounds: the upper fence, if any")

    @model_validator(mode="after")
    def _has_fences(self) -> Self:
        if self.method == "bounds" and self.lower is None and self.upper is None:
            raise ValueError("bounds wants `lower`, `upper` or both")
        if self.method != "bounds" and (self.lower is not None or self.upper is not None):
            raise ValueError("`lower` and `upper` want `method: bounds`")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"the lower bound {self.lower} lies above the upper bound {self.upper}")
        if not 0 <= self.quantiles[0] < self.quantiles[1] <= 1:
            raise ValueError("`quantiles` wants two numbers from 0 to 1, the lower one first")
        return self

    def title(self) -> str:
        words = {
            "iqr": "IQR method",
            "winsorize": "winsorized at {} and {}".format(*self.quantiles),
            "bounds": "given bounds",
        }
        return f"Outlier capping: {self.column} ({words[self.method]})"

    def learns(self) -> bool:
        return self.method != "bounds"

    def fit_sql(self, table: Relation) -> str:
        x = table.column(self.column)
        low, high = self._quantiles()
        return f"SELECT {table.quantile(x, low)} AS low, {table.quantile(x, high)} AS high FROM {table.fitting}"

    def learn(self, rows: Rows) -> dict[str, Any]:
        low, high = rows[0]["low"], rows[0]["high"]
        if self.method == "winsorize" or low is None:
            return {"lower": low, "upper": high}
        return {"lower": low - self.k * (high - low), "upper": high + self.k * (high - low)}

    def numbers(self) -> dict[str, str]:
        return {"lower": named("lower", self.column), "upper": named("upper", self.column)} if self.learns() else {}

    def pyspark_fit(self, table: Relation) -> str:
        names, x = ", ".join(self.numbers().values()), spark_reference(self.column)
        low, high = (f"percentile({x}, {p})" for p in self._quantiles())
        frame = fitting_frame(table)
        if self.method == "winsorize":
            return f"{names} = {frame}.selectExpr({python_text(low)}, {python_text(high)}).first()"
        # The fences are made in SQL, where a column of nulls makes them null; Python's None cannot be subtracted.
        return (
            f"{names} = (\n"
            f"    {frame}.selectExpr({python_text(f'{low} AS q1')}, {python_text(f'{high} AS q3')})\n"
            f'    .selectExpr("q1 - {self.k} * (q3 - q1)", "q3 + {self.k} * (q3 - q1)")\n'
            f"    .first()\n)"
        )

    def sql(self, table: Relation) -> str:
        x = f"CAST({table.column(self.column)} AS DOUBLE)"
        lower, upper = (table.literal(fence) for fence in self._fences())
        return table.select(
            {self.column: f"CASE WHEN {x} < {lower} THEN {lower} WHEN {x} > {upper} THEN {upper} ELSE {x} END"}
        )

    def pyspark(self, table: Relation) -> str:
        x, names = python_column(self.column), list(self.numbers().values())
        lower, upper = names or [python_literal(fence) for fence in self._fences()]
        arms = [f"when({x} {sign} {fence}, {fence})" for sign, fence in (("<", lower), (">", upper)) if fence != "None"]
        value = x if table.schema[self.column].type == "double" else f'{x}.cast("double")'
        capped = with_column(self.column, chained([*arms, f"otherwise({value})"]))
        return f"{self.pyspark_numbers(table)}\n{capped}" if names else capped

    def after(self, table: Relation) -> Schema:
        column = table.schema[self.column]
        if not is_number(column.type):
            raise StepError(f"`{self.column}` is {column.type}, and only numbers can be capped", hint="cast it first")
        return table.schema.put(self.column, "double")

    def _quantiles(self) -> tuple[float, float]:
        return (0.25, 0.75) if self.method == "iqr" else self.quantiles

    def _fences(self) -> tuple[float | None, float | None]:
        return (self.number("lower"), self.number("upper")) if self.learns() else (self.lower, self.upper)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        fee, nan = cls(column="fee"), float("nan")
        yield Example(
            "a quartile lies between two values, not on one",
            fee, given={"fee": [1.0, 2.0, 3.0, 100.0]}, then={"fee": [1.0, 2.0, 3.0, 65.5]},
        )  # fmt: skip
        yield Example(
            "both ends are capped, nulls stay null and count for nothing",
            fee, given={"id": [1, 2, 3, 4, 5, 6], "fee": [-50.0, 4.0, None, 5.0, 6.0, 50.0]},
            then={"id": [1, 2, 3, 4, 5, 6], "fee": [1.0, 4.0, None, 5.0, 6.0, 9.0]},
        )  # fmt: skip
        yield Example(
            "a column with nothing in it has no fences",
            fee, given={"fee double": [None, None]}, then={"fee double": [None, None]},
        )  # fmt: skip
        yield Example("no rows at all", fee, given={"fee int": []}, then={"fee double": []})
        yield Example("one value is its own fences", fee, given={"fee": [7.5]}, then={"fee": [7.5]})
        yield Example(
            "where most values are the same the fences meet, and all are moved to it",
            fee, given={"fee": [3.0, 3.0, 3.0, 3.0, 9.0]}, then={"fee": [3.0, 3.0, 3.0, 3.0, 3.0]},
        )  # fmt: skip
        yield Example(
            "an int column becomes double, because a fence lies between ints",
            cls(column="age"), given={"age int": [1, 2, 3, 100]}, then={"age double": [1.0, 2.0, 3.0, 65.5]},
        )  # fmt: skip
        yield Example(
            "an int column of nulls becomes double as well",
            cls(column="age"), given={"age int": [None]}, then={"age double": [None]},
        )  # fmt: skip
        yield Example(
            "decimals have quartiles of doubles, not rounded to their scale",
            fee, given={"fee decimal(5,1)": [Decimal(text) for text in ("1.0", "2.1", "3.0", "99.9")]},
            then={"fee double": [1.0, 2.1, 3.0, 65.325]},
        )  # fmt: skip
        yield Example(
            "NaN is larger than any number, so it is moved to the upper fence",
            cls(column="fee", k=1.0), given={"fee": [1.0, 2.0, 3.0, 4.0, nan]}, then={"fee": [1.0, 2.0, 3.0, 4.0, 6.0]},
        )  # fmt: skip
        yield Example(
            "winsorize: the fences are exact quantiles, between values",
            cls(column="fee", method="winsorize", quantiles=(0.1, 0.9)),
            given={"fee": [0.0, 10.0, 20.0, 30.0]}, then={"fee": [3.0, 10.0, 20.0, 27.0]},
        )  # fmt: skip
        yield Example(
            "bounds: a fence that is not given caps nothing",
            cls(column="fee", method="bounds", lower=0), given={"fee bigint": [-3, None, 99]}, then={"fee": [0.0, None, 99.0]},
        )  # fmt: skip
        yield Example(
            "a name that has to be quoted, and both bounds",
            cls(column='a.b "`', method="bounds", lower=-1, upper=1.5),
            given={'a.b "` double': [-2.0, 0.0, 2.0]}, then={'a.b "` double': [-1.0, 0.0, 1.5]},
        )  # fmt: skip
        yield Example(
            "a name that has to be quoted, with fences that are learnt",
            cls(column="class.o`f"), given={"class.o`f double": [1.0, 2.0, 3.0, 100.0]},
            then={"class.o`f double": [1.0, 2.0, 3.0, 65.5]},
        )  # fmt: skip

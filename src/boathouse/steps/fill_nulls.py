"""Fill the nulls of a column with its median, mean or mode, or with a constant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from boathouse.errors import StepError
from boathouse.quoting import python_column, python_literal, python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import DECIMAL, FLOATS, NESTED, Schema, is_decimal, is_integer, is_number
from boathouse.step import ColumnName, Example, FittedStep, Rows, fitting_frame, named, with_column

BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
PLAIN = ("string", "int", "bigint", "double", "boolean")  # types that F.lit makes of Python's own

Value = Annotated[
    bool | int | float | str | None,
    BeforeValidator(
        lambda value: value.isoformat() if isinstance(value, date) else value
    ),  # YAML reads dates by itself
]


class FillNulls(FittedStep):
    """Fill the nulls of a column with its median, mean or mode, or with a constant.

    Median and mean are exact and of doubles, and make the column double. The mode and a constant keep its type; of
    values that are equally frequent the lowest is the mode, and null never is. A column of nulls has nothing to learn
    from and stays null. NaN is a value on both engines: it is not filled, and counts as larger than any number.
    """

    step: Literal["fill_nulls"] = "fill_nulls"
    column: ColumnName = Field(description="the column to fill")
    using: Literal["median", "mean", "mode", "constant"] = Field(description="what to fill it with")
    value: Value = Field(default=None, description="constant: the value; a date, timestamp or decimal as text")

    @model_validator(mode="after")
    def _has_its_value(self) -> Self:
        if (self.using == "constant") != (self.value is not None):
            raise ValueError("`value` belongs to `using: constant`, and to nothing else")
        return self

    def title(self) -> str:
        how = f"constant {self.value}" if self.using == "constant" else f"{self.using} imputation"
        return f"Null handling: {self.column} ({how})"

    def learns(self) -> bool:
        return self.using != "constant"

    def fit_sql(self, table: Relation) -> str:
        x, type_ = table.column(self.column), table.schema[self.column].type
        if self.using == "mode":
            # DuckDB's own mode() takes whichever of equally frequent values it meets first.
            value = table.cast(x, type_, "string") if _travels_as_text(type_) else x
            order = f"{table.order('count(*)', descending=True)}, {table.order(x)}"
            return f"SELECT {value} AS mode FROM {table.fitting} WHERE {x} IS NOT NULL GROUP BY {x} ORDER BY {order} LIMIT 1"
        number = table.quantile(x, 0.5) if self.using == "median" else f"avg(CAST({x} AS DOUBLE))"
        return f"SELECT {number} AS {self.using} FROM {table.fitting}"

    def learn(self, rows: Rows) -> dict[str, Any]:
        return dict(rows[0]) if rows else {self.using: None}

    def numbers(self) -> dict[str, str]:
        return {self.using: named(self.using, self.column)} if self.learns() else {}

    def pyspark_fit(self, table: Relation) -> str:
        name, x = named(self.using, self.column), python_text(spark_reference(self.column))
        if self.using == "mean" and is_decimal(table.schema[self.column].type):
            x = f'F.col({x}).cast("double")'  # Spark's avg of decimals is a decimal, with four digits more
        function = {"median": f"F.median({x})", "mean": f"F.avg({x})", "mode": f"F.mode({x}, deterministic=True)"}
        return f"{name} = {fitting_frame(table)}.agg({function[self.using]}).first()[0]"

    def sql(self, table: Relation) -> str:
        column = self.after(table)[self.column]
        value = table.literal(self.value_for(column.type) if self.using == "constant" else self.number(self.using))
        kind = table.type(column.type)
        return table.select(
            {self.column: f"coalesce(CAST({table.column(self.column)} AS {kind}), CAST({value} AS {kind}))"}
        )

    def pyspark(self, table: Relation) -> str:
        before, after = table.schema[self.column].type, self.after(table)[self.column].type
        name = python_literal(self.value_for(after)) if self.using == "constant" else named(self.using, self.column)
        x = python_column(self.column) + ("" if before == after else f".cast({python_text(after)})")
        value = f"F.lit({name})" + ("" if after in PLAIN else f".cast({python_text(after)})")
        filled = with_column(self.column, f"F.coalesce({x}, {value})")
        return f"{self.pyspark_numbers(table)}\n{filled}" if self.learns() else filled

    def after(self, table: Relation) -> Schema:
        column = table.schema[self.column]
        if self.using in ("median", "mean"):
            if not is_number(column.type):
                raise StepError(
                    f"`{column.name}` is {column.type}, and only numbers have a {self.using}", hint="try `using: mode`"
                )
            return table.schema.put(column.name, "double")
        if NESTED.fullmatch(column.type) or column.type == "binary":
            raise StepError(
                f"`{column.name}` is {column.type}, which fill_nulls cannot fill", hint="derive it by an expression"
            )
        if self.using == "constant":
            self.value_for(column.type)
        return table.schema

    def value_for(self, type_: str) -> Any:
        """Give the constant as a value of this type; one that does not fit it is an error."""
        fitting = _as_type(self.value, type_)
        if fitting is None:
            raise StepError(
                f"{self.value!r} is no {type_}, which `{self.column}` is", hint="cast the column, or change `value`"
            )
        return fitting

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield from _examples_of_numbers(cls)
        yield from _examples_of_modes(cls)
        yield from _examples_of_constants(cls)


def _travels_as_text(type_: str) -> bool:
    """Tell whether a number of this type is kept as text: JSON has no dates, and doubles would round decimals."""
    return type_ in ("date", "timestamp") or is_decimal(type_)


def _as_type(value: Any, type_: str) -> Any:
    """Read a constant as a type holds it, dates and decimals as text; None where it does not fit."""
    try:
        if type_ == "date":
            return date.fromisoformat(value).isoformat()
        if type_ == "timestamp":
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(sep=" ")
        if is_decimal(type_):
            return _as_decimal(value, type_)
    except (ValueError, TypeError, InvalidOperation):
        return None
    if is_integer(type_):
        return value if type(value) is int and -(2 ** (BITS[type_] - 1)) <= value < 2 ** (BITS[type_] - 1) else None
    python = {"string": (str,), "boolean": (bool,)}.get(type_, (int, float))
    fits = type(value) in python
    return (float(value) if type_ in FLOATS else value) if fits else None


def _as_decimal(value: Any, type_: str) -> str | None:
    """Write a decimal with all its digits, or nothing where the type has too few."""
    precision, scale = (int(part) for part in DECIMAL.fullmatch(type_).groups())  # type: ignore[union-attr]
    exact = Decimal(str(value)) if type(value) is not bool else Decimal("NaN")
    fits = exact.is_finite() and abs(exact) < Decimal(10) ** (precision - scale) and exact == round(exact, scale)
    return f"{exact:.{scale}f}" if fits else None


def _examples_of_numbers(step: type[FillNulls]) -> Iterator[Example]:
    median, mean, nan = step(column="age", using="median"), step(column="age", using="mean"), float("nan")
    yield Example(
        "a median lies between two values, not on one; an int column becomes double",
        median, given={"age int": [1, None, 2, 7, 100]}, then={"age": [1.0, 4.5, 2.0, 7.0, 100.0]},
    )  # fmt: skip
    yield Example("a column of nulls stays null", median, given={"age double": [None]}, then={"age double": [None]})
    yield Example(
        "an int column of nulls becomes double", median, given={"age int": [None]}, then={"age double": [None]}
    )
    yield Example("no rows at all", mean, given={"age int": []}, then={"age double": []})
    yield Example(
        "a decimal's median is not rounded to its scale",
        median, given={"age decimal(4,1)": [Decimal("1.0"), Decimal("1.1"), None]}, then={"age": [1.0, 1.1, 1.05]},
    )  # fmt: skip
    yield Example(
        "a decimal's mean has all its digits, where Spark's own stops four after the scale",
        mean, given={"age decimal(4,1)": [Decimal("1.0"), Decimal("1.0"), Decimal("2.0"), None]},
        then={"age": [1.0, 1.0, 2.0, 4.0 / 3.0]},
    )  # fmt: skip
    yield Example(
        "the mean is of what is not null", mean, given={"age": [1.0, None, 4.0]}, then={"age": [1.0, 2.5, 4.0]}
    )
    yield Example(
        "NaN is a value: it is not filled, and is larger than any number",
        median, given={"age": [1.0, 2.0, nan, None]}, then={"age": [1.0, 2.0, nan, 2.0]},
    )  # fmt: skip
    yield Example(
        "a median may be NaN, and still is a number to fill with",
        median, given={"age": [1.0, nan, nan, None]}, then={"age": [1.0, nan, nan, nan]},
    )  # fmt: skip
    yield Example(
        "a name that has to be quoted",
        step(column="a.b`", using="median"), given={"a.b` double": [1.0, None, 2.0]}, then={"a.b` double": [1.0, 1.5, 2.0]},
    )  # fmt: skip


def _examples_of_modes(step: type[FillNulls]) -> Iterator[Example]:
    mode = step(column="x", using="mode")
    june = datetime(2024, 6, 1, 12, 30, 0, 250000, tzinfo=UTC)
    yield Example(
        "of two that are equally frequent the lower one is the mode, whichever comes first; null never is",
        mode, given={"x": [None, None, None, "b", "a", "b", "a"]}, then={"x": ["a", "a", "a", "b", "a", "b", "a"]},
    )  # fmt: skip
    yield Example(
        "letters are compared by their bytes", mode, given={"x": ["a", "B", None]}, then={"x": ["a", "B", "B"]}
    )
    yield Example("a column of nulls has no mode", mode, given={"x string": [None]}, then={"x string": [None]})
    yield Example("a small integer keeps its type", mode, given={"x tinyint": [7, None]}, then={"x tinyint": [7, 7]})
    yield Example(
        "a quote in a value is a value", mode, given={"x": ['it\'s "\\n"', None]}, then={"x": ['it\'s "\\n"'] * 2}
    )
    yield Example(
        "NaN can be the mode",
        mode,
        given={"x": [float("nan"), float("nan"), 1.0, None]},
        then={"x": [*[float("nan")] * 3, 1.0]},
    )
    yield Example("booleans have one", mode, given={"x": [True, None]}, then={"x": [True, True]})
    yield Example("so have dates", mode, given={"x": [date(2024, 2, 29), None]}, then={"x": [date(2024, 2, 29)] * 2})
    yield Example("and instants, with their fractions", mode, given={"x": [june, None]}, then={"x": [june, june]})
    yield Example(
        "a decimal keeps its digits",
        mode, given={"x decimal(20,2)": [Decimal("123456789012345678.10"), None]},
        then={"x decimal(20,2)": [Decimal("123456789012345678.10")] * 2},
    )  # fmt: skip


def _examples_of_constants(step: type[FillNulls]) -> Iterator[Example]:
    june = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)

    def constant(value: Any) -> FillNulls:
        return step(column="x", using="constant", value=value)

    yield Example("text", constant("none given"), given={"x": ["a", None]}, then={"x": ["a", "none given"]})
    yield Example(
        "a number fills null and leaves NaN, where Spark's fillna fills both",
        constant(0), given={"x": [float("nan"), None]}, then={"x": [float("nan"), 0.0]},
    )  # fmt: skip
    yield Example("an int stays an int", constant(-1), given={"x int": [5, None]}, then={"x int": [5, -1]})
    yield Example(
        "a decimal, written as text",
        constant("0.10"), given={"x decimal(6,2)": [None]}, then={"x decimal(6,2)": [Decimal("0.10")]},
    )  # fmt: skip
    yield Example("a date", constant("1970-01-01"), given={"x date": [None]}, then={"x date": [date(1970, 1, 1)]})
    yield Example(
        "an instant, in its own time zone", constant("2024-06-01T12:00:00+02:00"), given={"x timestamp": [None]},
        then={"x timestamp": [june]},
    )  # fmt: skip

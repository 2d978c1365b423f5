"""Take dates apart into numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from boathouse.errors import StepError
from boathouse.quoting import python_column
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.step import ColumnName, Example, Step, expect, with_columns

Part = Literal["year", "quarter", "month", "day", "iso_year", "iso_week", "day_of_week", "hour", "is_weekend"]


class DateParts(Step):
    """Take a date or a timestamp (in UTC) apart into whole numbers, each in a new column `{column}_{part}`.

    Weeks are those of ISO 8601: they start on Monday, day_of_week is 1 to 7, and iso_week 1 can begin in December; it
    belongs to iso_year. is_weekend is 1 on Saturday and Sunday.
    """

    row_by_row: ClassVar[bool] = True

    step: Literal["date_parts"] = "date_parts"
    column: ColumnName = Field(description="the date or timestamp")
    parts: Annotated[list[Part], Field(min_length=1)] = Field(description=f"any of {', '.join(get_args(Part))}")

    def title(self) -> str:
        return f"Date parts: {self.column} ({', '.join(self.parts)})"

    def sql(self, table: Relation) -> str:
        return table.select(
            {f"{self.column}_{part}": table.date_part(table.column(self.column), part) for part in self.parts}
        )

    def pyspark(self, table: Relation) -> str:
        del table
        return with_columns(
            {f"{self.column}_{part}": PYSPARK[part].format(x=python_column(self.column)) for part in self.parts}
        )

    def after(self, table: Relation) -> Schema:
        column = expect(table, self.column, lambda kind: kind in ("date", "timestamp"), "a date or a timestamp")
        if column.type == "date" and "hour" in self.parts:
            raise StepError(f"`{self.column}` is a date, which has no hour", hint="leave `hour` out")
        return Schema((*table.schema, *(Column(f"{self.column}_{part}", "int") for part in self.parts)))

    @classmethod
    def examples(cls) -> Iterator[Example]:
        days = [date(2024, 12, 30), date(2023, 1, 1), date(2024, 2, 29), None]
        yield Example(
            "week 1 of 2025 begins in 2024, and Sunday is day 7",
            cls(
                column="d",
                parts=["year", "quarter", "month", "day", "iso_year", "iso_week", "day_of_week", "is_weekend"],
            ),
            given={"d": days},
            then={
                "d": days,
                "d_year int": [2024, 2023, 2024, None],
                "d_quarter int": [4, 1, 1, None],
                "d_month int": [12, 1, 2, None],
                "d_day int": [30, 1, 29, None],
                "d_iso_year int": [2025, 2022, 2024, None],
                "d_iso_week int": [1, 52, 9, None],
                "d_day_of_week int": [1, 7, 4, None],
                "d_is_weekend int": [0, 1, 0, None],
            },
        )
        at = [datetime(2024, 1, 6, 23, 59, 59, 999999, tzinfo=UTC), datetime(1969, 12, 31, 23, tzinfo=UTC), None]
        yield Example(
            "an hour is cut, not rounded, and is of UTC",
            cls(column="t", parts=["hour", "is_weekend"]),
            given={"t": at},
            then={"t": at, "t_hour int": [23, 23, None], "t_is_weekend int": [1, 0, None]},
        )


# Spark's own dayofweek is 1 on Sunday, and weekday 0 on Monday.
PYSPARK = {
    "year": "F.year({x})",
    "quarter": "F.quarter({x})",
    "month": "F.month({x})",
    "day": "F.day({x})",
    "hour": "F.hour({x})",
    "iso_year": 'F.extract(F.lit("yearofweek"), {x})',
    "iso_week": "F.weekofyear({x})",
    "day_of_week": "(F.weekday({x}) + 1)",
    "is_weekend": '(F.weekday({x}) >= 5).cast("int")',
}

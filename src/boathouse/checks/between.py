"""Every value lies between two bounds, both included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.relation import Relation


class Between(Check):
    """Every value lies between two bounds, both included; NaN lies nowhere."""

    check: Literal["between"] = "between"
    column: str = Field(min_length=1, description="the column")
    low: int | float | str = Field(description="the least that is right; a date as text")
    high: int | float | str = Field(description="the most that is right")

    def row(self, table: Relation) -> str:
        column = table.schema[self.column]
        low, high = (self._bound(table, value, column.type) for value in (self.low, self.high))
        return f"{table.column(self.column)} BETWEEN {low} AND {high}"

    def _bound(self, table: Relation, value: float | str, kind: str) -> str:
        return f"CAST({table.literal(value)} AS {table.type(kind)})" if isinstance(value, str) else table.literal(value)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "the bounds are in it", "between(age, 18, 120)", {"age": [17, 18, 120, 121, None]}, breaks=(0, 3)
        )
        yield CheckExample(
            "not a number is beyond every bound",
            "between(x, -1, 2.5)",
            {"x": [-1.0, 2.5, 2.6, float("nan")]},
            breaks=(2, 3),
        )
        yield CheckExample(
            "days", "between(day, '2024-01-01', '2024-06-30')",
            {"day date": ["2023-12-31", "2024-01-01", "2024-06-30", "2024-07-01"]}, breaks=(0, 3),
        )  # fmt: skip

"""Every value lies between two bounds, both included."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.known import Known
from boathouse.promise import Promise
from boathouse.relation import Relation
from boathouse.schema import is_number


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
    def promised(cls, promise: Promise) -> Self | None:
        if promise.kind != "option" or set(promise.says) != {"minimum", "maximum"}:
            return None
        return cls(column=promise.column, low=promise.says["minimum"], high=promise.says["maximum"])

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest a range with room in it: the values' own ends would be broken by the next largest one."""
        for column in known.sure:
            if column.low is not None and column.high is not None and is_number(column.type):
                low, high = _roomy(column.low, column.high)
                yield cls(column=column.name, low=low, high=high)

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


def _roomy(low: float, high: float) -> tuple[int | float, int | float]:
    """Round both ends away from the values, to one digit: 19 and 83.98 -> 0 and 90, -7 and 0.3 -> -7 and 0.3."""
    return (0 if low >= 0 else -_up(-low)), (0 if high <= 0 else _up(high))


def _up(number: float) -> int | float:
    """Round a positive number up to one digit; two decimals of a power of ten are written, and no 0.30000000000000004."""
    power = math.floor(math.log10(number))
    digit = math.ceil(number / 10.0**power)
    rounded = float(f"{digit}e{power}")
    if rounded < number:  # what division lost
        rounded = float(f"{digit + 1}e{power}")
    return int(rounded) if rounded == int(rounded) else rounded

"""The share of rows without a value is within a bound."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.known import Known
from boathouse.promise import WORDS, Promise, percent_of, share_of
from boathouse.relation import Relation

LEARNED = 0.5  # of the rows; what is missing more often is not known well enough to promise anything


class NullShare(Check):
    """The share of rows without a value is within a bound: null_share(age) <= 0.05; an empty table has none."""

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False

    check: Literal["null_share"] = "null_share"
    column: str = Field(min_length=1, description="the column")
    operator: Literal["<=", "<"]
    bound: float = Field(ge=0, le=1)

    def broken(self, table: Relation) -> str:
        return f"coalesce(avg(CASE WHEN {table.column(self.column)} IS NULL THEN 1 ELSE 0 END), 0)"

    def right(self, found: str, table: Relation) -> str:
        del table
        return f"{found} {self.operator} {self.bound}"

    def promise(self, table: Relation) -> Promise | None:
        del table
        says = {"metric": "nullValues", WORDS[self.operator]: percent_of(self.bound), "unit": "percent"}
        return Promise("metric", says, self.column)

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        sign, number = promise.bound
        share = promise.metric == "nullValues" and promise.in_percent and isinstance(number, int | float)
        if not share or sign not in ("<", "<=") or not 0 <= number <= 100:  # noqa: PLR2004 - percent
            return None
        return cls.model_validate({"column": promise.column, "operator": sign, "bound": share_of(number)})

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest a quarter more than is missing now, in whole percent."""
        for column in known.columns:
            share = column.nulls / known.rows if known.rows else 0
            if 0 < share < LEARNED:
                yield cls(column=column.name, operator="<=", bound=min(1.0, math.ceil(share * 125) / 100))

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("a half is a half", "null_share(x) <= 0.5", {"x": [1, None]}, holds=True)
        yield CheckExample("a half is not less", "null_share(x) < 0.5", {"x": [1, None]}, holds=False)
        yield CheckExample("nothing of nothing", "null_share(x) <= 0", {"x int": []}, holds=True)

"""The share of rows without a value is within a bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.relation import Relation


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

    def holds(self, table: Relation) -> str:
        return f"{self.broken(table)} {self.operator} {self.bound}"

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("a half is a half", "null_share(x) <= 0.5", {"x": [1, None]}, holds=True)
        yield CheckExample("a half is not less", "null_share(x) < 0.5", {"x": [1, None]}, holds=False)
        yield CheckExample("nothing of nothing", "null_share(x) <= 0", {"x int": []}, holds=True)

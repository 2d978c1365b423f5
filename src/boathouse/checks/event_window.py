"""The share of rows whose time is outside a window is small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.promise import OBJECT, Promise
from boathouse.relation import Relation


class EventWindow(Check):
    """The share of rows whose day is outside a window, both ends included, is at most `share`; null is outside of none."""

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False

    check: Literal["event_window"] = "event_window"
    column: str = Field(min_length=1, description="a date or timestamp")
    first: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="the first day")
    last: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="the last day")
    share: float = Field(default=0.0, ge=0, le=1, description="the share that may lie outside")

    def broken(self, table: Relation) -> str:
        column, (first, last) = table.column(self.column), map(table.text, (self.first, self.last))
        inside = f"CAST({column} AS DATE) BETWEEN DATE {first} AND DATE {last}"
        return f"coalesce(avg(CASE WHEN {inside} THEN 0 WHEN {column} IS NOT NULL THEN 1 END), 0)"

    def right(self, found: str, table: Relation) -> str:
        del table
        return f"{found} <= {self.share}"

    def promise(self, table: Relation) -> Promise | None:
        return Promise(
            "sql", {"query": f"SELECT {self.broken(table)} FROM {OBJECT}", "mustBeLessOrEqualTo": self.share}
        )

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        days = {"at date": ["2023-12-31", "2024-01-01", "2024-06-30", None]}
        yield CheckExample(
            "a third is outside, for a null is nowhere",
            "event_window(at, '2024-01-01', '2024-06-30', share => 0.34)",
            days,
            holds=True,
        )
        yield CheckExample(
            "a third is too much", "event_window(at, '2024-01-01', '2024-06-30', 0.33)", days, holds=False
        )

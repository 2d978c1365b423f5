"""These columns have a value in every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.promise import Promise
from boathouse.relation import Relation


class NotNull(Check):
    """These columns have a value in every row."""

    check: Literal["not_null"] = "not_null"
    columns: tuple[str, ...] = Field(min_length=1, description="the columns")

    def row(self, table: Relation) -> str:
        return " AND ".join(f"{table.column(name)} IS NOT NULL" for name in self.columns)

    def promise(self, table: Relation) -> Promise | None:
        if len(self.columns) > 1:
            return super().promise(table)
        return Promise("metric", {"metric": "nullValues", "mustBe": 0}, self.columns[0])

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        none = promise.metric == "nullValues" and promise.column and promise.allows_none
        return cls(columns=(promise.column,)) if none else None

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("an empty text is a value", "not_null(name)", {"name": ["a", "", None]}, breaks=(2,))
        yield CheckExample(
            "each of them",
            "not_null(x, y)",
            {"x int": [1, None, 1, None], "y int": [1, 1, None, None]},
            breaks=(1, 2, 3),
        )

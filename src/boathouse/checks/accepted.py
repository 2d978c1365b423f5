"""Every value is one of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.relation import Relation


class Accepted(Check):
    """Every value is one of these; null is none of them and is not wrong."""

    check: Literal["accepted"] = "accepted"
    column: str = Field(min_length=1, description="the column")
    values: tuple[str | int | float | bool, ...] = Field(min_length=1, description="the values that it may have")

    def row(self, table: Relation) -> str:
        return f"{table.column(self.column)} IN ({', '.join(map(table.literal, self.values))})"

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "letters are told apart by case",
            "accepted(plan, 'basic', 'pro')",
            {"plan": ["basic", "pro", "Basic", "", None]},
            breaks=(2, 3),
        )
        yield CheckExample("numbers as numbers", "accepted(x, 1, 2)", {"x": [1, 2, 3]}, breaks=(2,))

"""Every value is one of these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.known import Known
from boathouse.promise import Promise
from boathouse.relation import Relation


class Accepted(Check):
    """Every value is one of these; null is none of them and is not wrong."""

    check: Literal["accepted"] = "accepted"
    column: str = Field(min_length=1, description="the column")
    values: tuple[str | int | float | bool, ...] = Field(min_length=1, description="the values that it may have")

    def row(self, table: Relation) -> str:
        return f"{table.column(self.column)} IN ({', '.join(map(table.literal, self.values))})"

    def promise(self, table: Relation) -> Promise | None:
        del table
        valid = {"validValues": list(self.values)}
        return Promise("metric", {"metric": "invalidValues", "arguments": valid, "mustBe": 0}, self.column)

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        listed = promise.says.get("values") if promise.kind == "enum" else None
        if promise.metric == "invalidValues" and promise.allows_none and set(promise.arguments) == {"validValues"}:
            listed = promise.arguments["validValues"]
        if not isinstance(listed, list) or not promise.column:
            return None
        values = [value.isoformat() if isinstance(value, date) else value for value in listed if value is not None]
        if not values or not all(isinstance(value, str | int | float) for value in values):
            return None
        as_text = promise.type == "string" and not all(isinstance(value, str) for value in values)
        return cls(column=promise.column, values=tuple(map(str, values)) if as_text else tuple(values))

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest the values of a category, where all of them are known."""
        for column in known.sure:
            if column.values and column.type == "string":
                yield cls(column=column.name, values=column.values)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "letters are told apart by case",
            "accepted(plan, 'basic', 'pro')",
            {"plan": ["basic", "pro", "Basic", "", None]},
            breaks=(2, 3),
        )
        yield CheckExample("numbers as numbers", "accepted(x, 1, 2)", {"x": [1, 2, 3]}, breaks=(2,))

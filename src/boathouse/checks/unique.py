"""No two rows have the same values in these columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.known import Known
from boathouse.promise import Promise
from boathouse.relation import Relation


class Unique(Check):
    """No two rows have the same values in these columns; null counts as a value, for a key that is not there is no key."""

    alone: ClassVar[bool] = False

    check: Literal["unique"] = "unique"
    columns: tuple[str, ...] = Field(min_length=1, description="the columns that together name a row")

    def row(self, table: Relation) -> str:
        return f"count(*) OVER (PARTITION BY {table.columns(self.columns)}) = 1"

    def broken(self, table: Relation) -> str:
        """Count the rows that are too many, in one pass and without a sort."""
        columns = [table.schema[name] for name in self.columns]
        if len(columns) == 1:
            name = table.column(columns[0].name)
            null = f" - coalesce(max(CASE WHEN {name} IS NULL THEN 1 ELSE 0 END), 0)" if columns[0].nullable else ""
            return f"count(*) - count(DISTINCT {name}){null}"
        row = table.either(duckdb="row", databricks="struct")
        return f"count(*) - count(DISTINCT {row}({table.columns(self.columns)}))"

    def promise(self, table: Relation) -> Promise | None:
        del table
        says = {"metric": "duplicateValues", "mustBe": 0}
        if len(self.columns) == 1:
            return Promise("metric", says, self.columns[0])
        return Promise("metric", {**says, "arguments": {"properties": list(self.columns)}})

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        if promise.kind == "unique":
            return cls(columns=(promise.column,))
        if promise.metric != "duplicateValues" or not promise.allows_none:
            return None
        columns = (promise.column,) if promise.column else promise.arguments.get("properties") or ()
        return cls(columns=tuple(map(str, columns))) if columns else None

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest what names a row, beside the key."""
        yield from (cls(columns=key) for key in known.keys[1:])

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("both rows are wrong", "unique(id)", {"id": [1, 2, 2, 3]}, breaks=(1, 2))
        yield CheckExample("one null is nobody else's", "unique(id)", {"id": [1, None]})
        yield CheckExample("two nulls are alike", "unique(id)", {"id": [1, None, None]}, breaks=(1, 2))
        yield CheckExample(
            "together, and null is a value among them",
            "unique(a, b)",
            {"a": [1, 1, 1, 2, None, None], "b": ["x", "x", "y", "x", "x", "x"]},
            breaks=(0, 1, 4, 5),
        )
        yield CheckExample("no rows, no doubles", "unique(id)", {"id int": []})

"""The table has so many rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from boathouse.check import Check, CheckExample
from boathouse.relation import Relation


class RowCount(Check):
    """The table has so many rows: row_count() >= 1000."""

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False

    check: Literal["row_count"] = "row_count"
    operator: Literal[">=", ">", "<=", "<", "="]
    bound: int

    def broken(self, table: Relation) -> str:
        del table
        return "count(*)"

    def holds(self, table: Relation) -> str:
        return f"{self.broken(table)} {self.operator} {self.bound}"

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("as many as asked", "row_count() >= 2", {"x": [1, None]}, holds=True)
        yield CheckExample("one too few", "row_count() > 2", {"x": [1, None]}, holds=False)
        yield CheckExample("an empty table can be asked", "row_count() = 0", {"x int": []}, holds=True)

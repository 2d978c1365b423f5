"""The table has so many rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from boathouse.check import Check, CheckExample
from boathouse.known import Known
from boathouse.promise import WORDS, Promise
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

    def right(self, found: str, table: Relation) -> str:
        del table
        return f"{found} {self.operator} {self.bound}"

    def promise(self, table: Relation) -> Promise | None:
        del table
        return Promise("metric", {"metric": "rowCount", WORDS[self.operator]: self.bound})

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        sign, number = promise.bound
        counted = promise.metric == "rowCount" or promise.condition == ""
        whole = isinstance(number, int | float) and not isinstance(number, bool) and number == int(number)
        if not counted or not whole or sign not in cls.model_fields["operator"].annotation.__args__:  # type: ignore[union-attr]
            return None
        return cls.model_validate({"operator": sign, "bound": int(number)})

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest half as many rows as there are: fewer say that a delivery is not whole."""
        if known.rows > 1:
            yield cls(operator=">=", bound=known.rows // 2)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("as many as asked", "row_count() >= 2", {"x": [1, None]}, holds=True)
        yield CheckExample("one too few", "row_count() > 2", {"x": [1, None]}, holds=False)
        yield CheckExample("an empty table can be asked", "row_count() = 0", {"x int": []}, holds=True)

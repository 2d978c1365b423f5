"""The number of rows is near what it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.relation import Before, Relation


class Volume(Check):
    """The number of rows differs from that of the build before by no more than a share: volume(change => 0.2)."""

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    asks_before: ClassVar[bool] = True

    check: Literal["volume"] = "volume"
    change: float = Field(ge=0, description="as a share of the rows before: 0.2 is a fifth more, or less")

    def broken(self, table: Relation) -> str:
        """Give the number of rows."""
        del table
        return "count(*)"

    def right(self, found: str, table: Relation) -> str:
        before = f"CAST({table.before.rows} AS BIGINT)"  # NULL where the table was not there before
        return f"coalesce(abs({found} - {before}) <= {table.literal(self.change)} * {before}, TRUE)"

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        ten = {"x": list(range(10))}
        yield CheckExample("a first build has nothing to differ from", "volume(change => 0.2)", ten, holds=True)
        yield CheckExample("just within", "volume(change => 0.25)", ten, holds=True, before=Before(rows="8"))
        yield CheckExample("too many", "volume(0.2)", ten, holds=False, before=Before(rows="8"))
        yield CheckExample("too few", "volume(change => 0.2)", ten, holds=False, before=Before(rows="13"))
        yield CheckExample(
            "nothing, where nothing was", "volume(0.2)", {"x int": []}, holds=True, before=Before(rows="0")
        )

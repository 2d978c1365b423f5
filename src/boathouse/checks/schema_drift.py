"""The columns are those of the build before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from boathouse.check import Check, CheckExample
from boathouse.relation import Before, Relation


class SchemaDrift(Check):
    """The columns and their types are those of the build before: schema_drift(); what is found is how many are not."""

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    asks_before: ClassVar[bool] = True

    check: Literal["schema_drift"] = "schema_drift"

    def broken(self, table: Relation) -> str:
        """Give the number of columns that came, went or have another type."""
        return f"max(CAST({table.before.changed_columns} AS INT))"

    def right(self, found: str, table: Relation) -> str:
        # Over no row, max is NULL, which would be unknown; and a check is an aggregate of the table's rows.
        return f"coalesce({found}, CAST({table.before.changed_columns} AS INT)) = 0"

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("the same columns", "schema_drift()", {"x": [1]}, holds=True)
        two = Before(changed_columns="2")
        yield CheckExample("two are not", "schema_drift()", {"x": [1]}, holds=False, before=two)
        yield CheckExample("without a row, too", "schema_drift()", {"x int": []}, holds=False, before=two)

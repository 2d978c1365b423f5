"""Leave columns out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.errors import StepError
from boathouse.quoting import python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Columns, Example, Step, call, listed


class DropColumns(Step):
    """Leave columns out; the others keep their order."""

    row_by_row: ClassVar[bool] = True

    step: Literal["drop_columns"] = "drop_columns"
    columns: Columns = Field(description="the columns to leave out")

    def title(self) -> str:
        return f"Drop: {listed(self.columns)}"

    def sql(self, table: Relation) -> str:
        return table.select(drop=self.columns)

    def pyspark(self, table: Relation) -> str:
        del table
        return call("df = df.drop", [python_text(name) for name in self.columns])

    def after(self, table: Relation) -> Schema:
        left = table.schema.drop(self.columns)
        if not left.columns:
            raise StepError("no column would be left", hint="drop the table instead")
        return left

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "the others keep their order",
            cls(columns=["b"]),
            given={"a": [1], "b": [2], "c": [3]},
            then={"a": [1], "c": [3]},
        )
        yield Example(
            "rows that become equal all stay",
            cls(columns=["id"]),
            given={"id": [1, 2], "x": ["a", "a"]},
            then={"x": ["a", "a"]},
        )

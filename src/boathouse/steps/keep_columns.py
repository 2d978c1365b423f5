"""Keep these columns only, in this order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.quoting import python_column
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Columns, Example, Step, call, listed


class KeepColumns(Step):
    """Keep these columns only, in this order."""

    step: Literal["keep_columns"] = "keep_columns"
    columns: Columns = Field(description="the columns to keep, in the order they get")

    def title(self) -> str:
        return f"Keep: {listed(self.columns)}"

    def alone(self) -> bool:
        return True

    def passes(self, column: str) -> bool:
        del column
        return True

    def sql(self, table: Relation) -> str:
        return table.only({name: table.column(name) for name in self.columns})

    def pyspark(self, table: Relation) -> str:
        del table
        return call("df = df.select", [python_column(name) for name in self.columns])

    def after(self, table: Relation) -> Schema:
        return table.schema.keep(self.columns)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "the order is the one given here",
            cls(columns=["c", "a"]),
            given={"a": [1], "b": [2], "c": [3]},
            then={"c": [3], "a": [1]},
        )
        yield Example(
            "rows that become equal all stay",
            cls(columns=["x"]),
            given={"id": [1, 2], "x": ["a", "a"]},
            then={"x": ["a", "a"]},
        )

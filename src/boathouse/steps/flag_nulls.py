"""Say in a new column whether a value was missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.quoting import python_column
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.step import Columns, Example, Step, listed, with_columns


class FlagNulls(Step):
    """Say in a new column whether a value was missing, before it is filled."""

    row_by_row: ClassVar[bool] = True

    step: Literal["flag_nulls"] = "flag_nulls"
    columns: Columns = Field(description="the columns to look at")
    suffix: str = Field(default="_is_null", min_length=1, description="what the name of the new column ends in")

    def title(self) -> str:
        return f"Null flags: {listed(self.columns)}"

    def sql(self, table: Relation) -> str:
        return table.select({f"{name}{self.suffix}": f"{table.column(name)} IS NULL" for name in self.columns})

    def pyspark(self, table: Relation) -> str:
        del table
        return with_columns({f"{name}{self.suffix}": f"{python_column(name)}.isNull()" for name in self.columns})

    def after(self, table: Relation) -> Schema:
        flags = [Column(f"{table.schema[name].name}{self.suffix}", "boolean") for name in self.columns]
        return Schema((*table.schema, *flags))

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "NaN is a value, and so is empty text",
            cls(columns=["x", "s"]),
            given={"x": [1.0, float("nan"), None], "s": ["a", "", None]},
            then={
                "x": [1.0, float("nan"), None],
                "s": ["a", "", None],
                "x_is_null": [False, False, True],
                "s_is_null": [False, False, True],
            },
        )
        yield Example(
            "the suffix can be another",
            cls(columns=["x"], suffix="_missing"),
            given={"x": [1, None]},
            then={"x": [1, None], "x_missing": [False, True]},
        )

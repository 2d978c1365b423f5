"""Cut white space off both ends of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.blanks import PYSPARK_BLANK_ENDS
from boathouse.quoting import python_column
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Columns, Example, Step, expect, listed, with_columns


class TrimText(Step):
    """Cut white space off both ends of text: tabs, line breaks and no-break spaces too, which trim() leaves."""

    row_by_row: ClassVar[bool] = True

    step: Literal["trim_text"] = "trim_text"
    columns: Columns = Field(description="the text columns to trim")
    empty: Literal["keep", "null"] = Field(default="keep", description="what becomes of text that is empty then")

    def title(self) -> str:
        return f"Trim: {listed(self.columns)}" + (" (empty to null)" if self.empty == "null" else "")

    def sql(self, table: Relation) -> str:
        trimmed = {name: table.trimmed(table.column(name)) for name in self.columns}
        return table.select({name: f"nullif({x}, '')" if self.empty == "null" else x for name, x in trimmed.items()})

    def pyspark(self, table: Relation) -> str:
        del table
        trimmed = {name: f'F.regexp_replace({python_column(name)}, blank_ends, "")' for name in self.columns}
        if self.empty == "null":
            trimmed = {name: f'F.nullif({x}, F.lit(""))' for name, x in trimmed.items()}
        return f"{PYSPARK_BLANK_ENDS}\n{with_columns(trimmed)}"

    def after(self, table: Relation) -> Schema:
        for name in self.columns:
            expect(table, name, lambda kind: kind == "string", "text")
        return table.schema

    @classmethod
    def examples(cls) -> Iterator[Example]:
        texts = ["  a b  ", "\t\na\r\n", "\xa0a\u3000\u200b", "\ufeffa", "a \x85", "a", " ", "", None]
        then = ["a b", "a", "a", "a", "a", "a", "", "", None]
        yield Example(
            "every kind of blank goes, and those inside stay", cls(columns=["x"]), given={"x": texts}, then={"x": then}
        )
        yield Example(
            "text that is empty then is null where asked for",
            cls(columns=["x"], empty="null"),
            given={"x": texts},
            then={"x": [text or None for text in then]},
        )

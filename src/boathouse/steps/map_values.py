"""Replace values of a text column by others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from boathouse.quoting import python_column, python_literal
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import ColumnName, Example, Step, chained, expect, with_column


class MapValues(Step):
    """Replace values of a text column by others: typos, synonyms, codes; text is compared exactly."""

    row_by_row: ClassVar[bool] = True

    step: Literal["map_values"] = "map_values"
    column: ColumnName = Field(description="the text column")
    values: dict[str, str | None] = Field(
        min_length=1, description="what each value becomes: {from: to}; null is a target too"
    )
    otherwise: Literal["keep", "null"] = Field(default="keep", description="what becomes of values that are not listed")

    def title(self) -> str:
        return f"Map values: {self.column} ({len(self.values)} value{'s' * (len(self.values) > 1)})"

    def sql(self, table: Relation) -> str:
        x = table.column(self.column)
        cases = [f"WHEN {table.literal(old)} THEN {table.literal(new)}" for old, new in self.values.items()]
        otherwise = x if self.otherwise == "keep" else "NULL"
        return table.select(
            {self.column: f"CAST(CASE {x} {' '.join(cases)} ELSE {otherwise} END AS {table.type('string')})"}
        )

    def pyspark(self, table: Relation) -> str:
        del table
        x = python_column(self.column)
        if self.otherwise == "null" and not any(new is not None for new in self.values.values()):
            return with_column(self.column, 'F.lit(None).cast("string")')  # a column of bare nulls has no type
        cases = [f"when({x} == {python_literal(old)}, {_value(new)})" for old, new in self.values.items()]
        otherwise = [f"otherwise({x})"] if self.otherwise == "keep" else []
        return with_column(self.column, chained([*cases, *otherwise]))

    def after(self, table: Relation) -> Schema:
        expect(table, self.column, lambda kind: kind == "string", "text")
        return table.schema

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "values are compared exactly, null stays null, and a value is mapped once",
            cls(column="plan", values={"premuim": "premium", "premium": "gold"}),
            given={"plan": ["premuim", "premium", "Premium", " premium", "basic", None]},
            then={"plan": ["premium", "gold", "Premium", " premium", "basic", None]},
        )
        yield Example(
            "what is not listed becomes null where asked for",
            cls(column="plan", values={"b": "basic", "x": None}, otherwise="null"),
            given={"plan": ["b", "x", "other", "", None]},
            then={"plan string": ["basic", None, None, None, None]},
        )
        yield Example(
            "values are only values, whatever they look like",
            cls(
                column="x", values={"'; DROP TABLE t; --": "it's", 'a"b': "\\n", "\\": "{x}", "": "empty", "$1\n": "ß"}
            ),
            given={"x": ["'; DROP TABLE t; --", 'a"b', "\\", "", "$1\n"]},
            then={"x": ["it's", "\\n", "{x}", "empty", "ß"]},
        )
        yield Example(
            "all may become null", cls(column="x", values={"a": None}), given={"x": ["a"]}, then={"x string": [None]}
        )
        yield Example(
            "and a column that can hold nothing but null is text still",
            cls(column="x", values={"a": None}, otherwise="null"),
            given={"x": ["a", "b"]},
            then={"x string": [None, None]},
        )


def _value(value: str | None) -> str:
    return "F.lit(None)" if value is None else python_literal(value)

"""Keep the rows where a condition is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.dialect import check_expression, is_by_row
from boathouse.quoting import python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Example, Step


class FilterRows(Step):
    """Keep the rows where a condition is true; where it is null, the row goes too."""

    step: Literal["filter_rows"] = "filter_rows"
    where: str = Field(min_length=1, description="the condition, in Databricks SQL")

    def title(self) -> str:
        return f"Filter: {' '.join(self.where.split())}"

    def expressions(self) -> tuple[str, ...]:
        return (self.where,)

    def alone(self) -> bool:
        return is_by_row(self.where)

    def passes(self, column: str) -> bool:
        del column
        return True

    def sql(self, table: Relation) -> str:
        # The line break ends a comment that the condition may end in.
        return f"{table.select()} WHERE ({table.expression(self.where)}\n)"

    def pyspark(self, table: Relation) -> str:
        del table
        return f"df = df.where({python_text(self.where)})"

    def after(self, table: Relation) -> Schema:
        check_expression(self.where, table.schema)
        return table.schema

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "an unknown truth is not true", cls(where="age >= 18"), given={"age": [17, 18, None]}, then={"age": [18]}
        )
        yield Example(
            "parts of a condition stay together",
            cls(where="x = 1 OR y = 'b' -- either"),
            given={"x": [1, 2, 2], "y": ["a", "b", None]},
            then={"x": [1, 2], "y": ["a", "b"]},
        )
        yield Example(
            "a negated unknown is unknown",
            cls(where="NOT (plan IN ('basic'))"),
            given={"plan": ["basic", "gold", None]},
            then={"plan": ["gold"]},
        )

"""Compute a column by an expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.dialect import check_expression, expression_type, is_by_row
from boathouse.errors import StepError
from boathouse.quoting import python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import ColumnName, Example, Step, TypeName, with_column


class Derive(Step):
    """Compute a column by an expression; one that is there already is replaced in its place."""

    step: Literal["derive"] = "derive"
    column: ColumnName = Field(description="the column to compute")
    expression: str = Field(min_length=1, description="the expression, in Databricks SQL")
    # The engines disagree about an expression's own type (a sum of ints is bigint or HUGEINT), so it is said.
    type: TypeName = Field(
        description="the column's type; the expression's value is cast to it, and null where it does not fit"
    )

    def title(self) -> str:
        return f"Derive: {self.column} = {' '.join(self.expression.split())}"

    def expressions(self) -> tuple[str, ...]:
        return (self.expression,)

    def alone(self) -> bool:
        return is_by_row(self.expression)

    def passes(self, column: str) -> bool:
        return column.lower() != self.column.lower()

    def sql(self, table: Relation) -> str:
        # Cast inside, where the expression's type is known; the line break ends a comment that it may end in.
        return table.select({self.column: table.expression(f"try_cast(({self.expression}\n) AS {self.type})")})

    def pyspark(self, table: Relation) -> str:
        del table
        return with_column(self.column, f"F.expr({python_text(self.expression)}).try_cast({python_text(self.type)})")

    def after(self, table: Relation) -> Schema:
        check_expression(self.expression, table.schema)
        if (expression_type(self.expression, table.schema), self.type) == ("string", "timestamp"):
            # Spark alone reads `10:00`, as today's; the step cast looks at the text before.
            raise StepError("text is made a timestamp by a step of its own", hint="derive a string, then cast it")
        return table.schema.put(self.column, self.type)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "the type is the one said, whatever the engines make of a product",
            cls(column="total", expression="price * amount", type="double"),
            given={"price": [1.5, None], "amount": [2, 3]},
            then={"price": [1.5, None], "amount": [2, 3], "total": [3.0, None]},
        )
        yield Example(
            "a fraction is cut to an int, not rounded",
            cls(column="x", expression="x * 1.5D", type="int"),
            given={"x": [1, 5, None], "y": ["a", "b", "c"]},
            then={"x int": [1, 7, None], "y": ["a", "b", "c"]},
        )
        yield Example(
            "text with a null in it is null",
            cls(column="name", expression="concat(first, ' ', last) -- both", type="string"),
            given={"first": ["Ada", "Bob"], "last": ["L", None]},
            then={"first": ["Ada", "Bob"], "last": ["L", None], "name": ["Ada L", None]},
        )

"""Any predicate in Databricks SQL: it is right where it is true, and where it is null."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.dialect import check_expression, expression_type
from boathouse.errors import UserError
from boathouse.relation import Relation


class Predicate(Check):
    """Any predicate in Databricks SQL: it is right where it is true, and where it is null."""

    check: Literal["predicate"] = "predicate"
    sql: str = Field(min_length=1, description="the condition, in Databricks SQL")

    def row(self, table: Relation) -> str:
        return table.expression(self.sql)

    def expressions(self) -> tuple[str, ...]:
        return (self.sql,)

    def refuse(self, table: Relation) -> None:
        check_expression(self.sql, table.schema)
        kind = expression_type(self.sql, table.schema)
        if kind not in ("boolean", "unknown"):
            raise UserError(f"a check is true or false, and this is {kind}", hint="compare it with something")

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "what is not known is not wrong", "age BETWEEN 18 AND 120", {"age": [17, 18, 120, 121, None]}, breaks=(0, 3)
        )
        yield CheckExample(
            "parts of a condition stay together",
            "x = 1 OR y = 'b' -- either",
            {"x": [1, 2, 2], "y": ["a", "b", "a"]},
            breaks=(2,),
        )

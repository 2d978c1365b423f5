"""Every value is there in another table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field

from boathouse.check import Check, CheckExample
from boathouse.errors import UserError
from boathouse.known import Known
from boathouse.names import IDENTIFIER, TableName
from boathouse.promise import Promise
from boathouse.relation import Relation


class References(Check):
    """Every value is there in another table; a null refers to nothing."""

    check: Literal["references"] = "references"
    column: str = Field(min_length=1, description="the column that refers")
    table: str = Field(min_length=1, description="the other table, such as gold.dim_user")
    to: str = Field(default="", description="its column, where it is called otherwise")

    def reads(self) -> tuple[str, ...]:
        return (self.table,)

    def row(self, table: Relation) -> str:
        other = table.other(self.table)
        to = other.column(self.to or self.column)
        # A NULL there would make unknown what is not there; a NULL here is unknown, and so not wrong.
        known = f"SELECT {to} FROM {other.name} WHERE {to} IS NOT NULL"
        return f"{table.column(self.column)} IN ({known})"

    def promise(self, table: Relation) -> Promise | None:
        try:
            TableName.parse(self.table)
        except UserError:
            return super().promise(table)
        to = self.to or self.column
        if not IDENTIFIER.fullmatch(to):  # the standard's short reference has no other names
            return super().promise(table)
        return Promise("relationship", {"table": self.table, "column": to}, self.column)

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        if promise.kind != "relationship" or not promise.column:
            return None
        to = str(promise.says["column"])
        return cls(column=promise.column, table=promise.says["table"], to="" if to == promise.column else to)

    @classmethod
    def learned(cls, known: Known) -> Iterator[Self]:
        """Suggest what refers to another table without an orphan."""
        for column in known.columns:
            if column.refers:
                table, to = column.refers
                yield cls(column=column.name, table=table, to="" if to == column.name else to)

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample(
            "a null refers to nothing, and a null there hides no orphan",
            "references(user_id, gold.dim_user)",
            {"user_id": [1, 7, None]},
            breaks=(1,),
            others={"gold.dim_user": {"user_id": [1, 2, None]}},
        )
        yield CheckExample(
            "its column may have another name",
            "references(school, silver.schools, id)",
            {"school": ["a", "b"]},
            breaks=(1,),
            others={"silver.schools": {"id": ["a"]}},
        )

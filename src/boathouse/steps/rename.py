"""Give columns other names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.quoting import python_column, python_literal, python_text
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import ColumnName, Example, Step, call, listed


class Rename(Step):
    """Give columns other names; their order stays."""

    step: Literal["rename"] = "rename"
    columns: dict[ColumnName, ColumnName] = Field(min_length=1, description="the new name of each column: {old: new}")

    def title(self) -> str:
        return "Rename: " + listed(f"{old} to {new}" for old, new in self.columns.items())

    def alone(self) -> bool:
        return True

    def passes(self, column: str) -> bool:
        return column.lower() not in {name.lower() for pair in self.columns.items() for name in pair}

    def sql(self, table: Relation) -> str:
        return table.only({self.columns.get(name, name): table.column(name) for name in table.schema.names})

    def pyspark(self, table: Relation) -> str:
        old, new = ({name.lower() for name in names} for names in (self.columns, self.columns.values()))
        if old & new:  # withColumnsRenamed goes one by one, and {a: b, b: a} would make two a
            renamed = [
                f"{python_column(name)}.alias({python_text(self.columns.get(name, name))})"
                for name in table.schema.names
            ]
            return call("df = df.select", renamed)
        return f"df = df.withColumnsRenamed({python_literal(self.columns)})"

    def after(self, table: Relation) -> Schema:
        return table.schema.rename(self.columns)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield Example(
            "a renamed column keeps its place",
            cls(columns={"custid": "customer_id"}),
            given={"x": [1], "custid": ["a"], "y": [2]},
            then={"x": [1], "customer_id": ["a"], "y": [2]},
        )
        yield Example("only the case may change", cls(columns={"Age": "age"}), given={"Age": [1]}, then={"age": [1]})
        yield Example(
            "two columns change names",
            cls(columns={"a": "b", "b": "a"}),
            given={"a": [1], "b": [2]},
            then={"b": [1], "a": [2]},
        )

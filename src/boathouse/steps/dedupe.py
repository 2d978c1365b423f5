"""Keep one row of each key, or one of rows that are the same."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from boathouse.errors import StepError
from boathouse.long_text import each
from boathouse.quoting import python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import NESTED, Schema
from boathouse.step import ColumnName, Example, Step, call, free_name

SPELLED_OUT = 2  # more columns than this are listed


class Dedupe(Step):
    """Keep one row of each key, the latest or the first; without a key, one of rows that are the same in all columns.

    Which row is kept never depends on the engine: rows that are equally late are ordered by their other columns, from
    left to right, lowest first and nulls last. (Nested columns have no order that both engines agree on and take no part.)
    A null in the key is a key like any other, as in GROUP BY: its rows become one. Filter them out before, or keep them.
    """

    step: Literal["dedupe"] = "dedupe"
    key: tuple[ColumnName, ...] = Field(
        default=(), description="the columns that tell one thing from another; none: all of them"
    )
    keep: Literal["latest", "first"] = Field(default="latest", description="latest by `latest_by`, or first in order")
    latest_by: ColumnName | Annotated[tuple[ColumnName, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="the column that says which row is newer, or several, the first first; nulls are oldest",
    )

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not self.key and (self.latest_by is not None or self.keep == "first"):
            raise ValueError("`keep` and `latest_by` want a `key`; rows that are the same in all columns have no order")
        if self.key and (self.keep == "latest") != bool(self.newer):
            raise ValueError(
                "the latest row is the latest by a column: give `latest_by`, or say `keep: first` without it"
            )
        return self

    @property
    def newer(self) -> tuple[str, ...]:
        """Give the columns that say which row is newer: rows that arrived at one time may still be of an older and a newer file."""
        if self.latest_by is None:
            return ()
        return (self.latest_by,) if isinstance(self.latest_by, str) else self.latest_by

    def merges(self, table: Relation, kept: Container[str], apart: str = "") -> bool:
        """Tell whether what is left of a row still says if a new one is to be kept; of nested columns, nothing says it."""
        decides = self.key and apart.lower() in {name.lower() for name in self.newer}
        wanted = (*self.key, *self.newer) if decides else table.schema.names
        nested = any(NESTED.fullmatch(column.type) for column in table.schema)
        return not nested and all(table.schema[name].name in kept for name in wanted)

    def title(self) -> str:
        if not self.key:
            return "Deduplication: rows that are the same"
        latest = f"latest by {', '.join(self.newer)}" if self.newer else "first"
        return f"Deduplication: {', '.join(self.key)} ({latest})"

    def sql(self, table: Relation) -> str:
        columns, (latest, ties) = table.columns(table.schema.names), self._order(table)
        if not latest and not ties:
            return f"SELECT DISTINCT {columns} FROM {table.name}"
        order = [table.order(table.column(name), descending=True, nulls_last=True) for name in latest]
        order += [table.order(table.column(name), nulls_last=True) for name in ties]
        number = table.name_of(free_name("row_number", table.schema.names))
        numbered = f"row_number() OVER (PARTITION BY {table.columns(self.key)} ORDER BY {', '.join(order)}) AS {number}"
        return f"SELECT {columns} FROM (SELECT *, {numbered} FROM {table.name}) AS numbered WHERE {number} = 1"

    def pyspark(self, table: Relation) -> str:
        key, latest, ties = (_texts(names) for names in (self.key, *self._order(table)))
        if not latest and not ties:
            return "df = df.dropDuplicates()"
        order = [f"F.desc_nulls_last({name})" for name in latest]
        if len(ties) <= SPELLED_OUT:
            order += [f"F.asc_nulls_last({name})" for name in ties]
        else:
            order.append(each("F.asc_nulls_last(name)", ties))
        window = call(f"one_key = Window.partitionBy({', '.join(key)}).orderBy", order)
        number = free_name("row_number", table.schema.names)
        return (
            f"{window}\n"
            f'df = df.withColumn("{number}", F.row_number().over(one_key)).where("{number} = 1").drop("{number}")'
        )

    def after(self, table: Relation) -> Schema:
        for name in (*self.key, *self.newer):
            if NESTED.fullmatch(table.schema[name].type):
                raise StepError(
                    f"`{name}` is {table.schema[name].type}, which is no key and no order", hint="take it apart first"
                )
        if not self.key and (nested := [c.name for c in table.schema if c.type.startswith("map<")]):
            raise StepError(f"`{nested[0]}` is a map, and Spark cannot compare maps", hint="give a `key`")
        return table.schema

    def _order(self, table: Relation) -> tuple[list[str], list[str]]:
        """Say what rows of one key are ordered by, if they can differ: the latest first, then every other column."""
        if not self.key:
            return [], []
        latest = list(self.newer)
        return latest, [
            c.name for c in table.schema if c.name not in (*self.key, *latest) and not NESTED.fullmatch(c.type)
        ]

    @classmethod
    def examples(cls) -> Iterator[Example]:
        latest, first = cls(key=("id",), latest_by="seen"), cls(key=("id",), keep="first")
        old, new = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC)
        yield Example(
            "the newest row stays, whole, wherever it stands",
            latest, given={"id": [1, 1, 2], "seen": [new, old, old], "plan": ["b", "a", "c"]},
            then={"id": [1, 2], "seen": [new, old], "plan": ["b", "c"]},
        )  # fmt: skip
        yield Example(
            "a null is older than anything, where Spark and DuckDB would order it differently",
            latest, given={"id": [1, 1], "seen": [None, 5]}, then={"id": [1], "seen": [5]},
        )  # fmt: skip
        yield Example(
            "rows that are equally new are ordered by all other columns, nulls last, so that both engines keep the same",
            latest, given={"id": [1] * 4, "seen": [9, 9, 9, 1], "plan": ["b", None, "b", "a"], "fee": [3.0, 1.0, None, 0.0]},
            then={"id": [1], "seen": [9], "plan": ["b"], "fee": [3.0]},
        )  # fmt: skip
        yield Example(
            "of rows that came at one time, that of the later file stays, though its price is higher",
            cls(key=("id",), latest_by=("at", "file")),
            given={"id": [1, 1, 2, 2], "price": [5, 4, 6, 7], "at": [9, 9, 9, 8], "file": ["day 2", "day 1", "day 1", "day 2"]},
            then={"id": [1, 2], "price": [5, 6], "at": [9, 9], "file": ["day 2", "day 1"]},
        )  # fmt: skip
        yield Example(
            "text is ordered by its bytes: capital letters come first",
            first, given={"id": [1, 1, 1], "plan": ["a", "B", "ä"]}, then={"id": [1], "plan": ["B"]},
        )  # fmt: skip
        yield Example(
            "NaN is newer than any number",
            latest, given={"id": [1, 1], "seen": [float("nan"), 5.0]}, then={"id": [1], "seen": [float("nan")]},
        )  # fmt: skip
        yield Example(
            "rows without a key are one group, as in GROUP BY",
            cls(key=("id", "day"), keep="first"),
            given={"id int": [None, None, None, 1], "day": ["x", "x", None, "x"], "n": [2, 1, 3, 4]},
            then={"id int": [None, None, 1], "day": ["x", None, "x"], "n": [1, 3, 4]},
        )  # fmt: skip
        yield Example(
            "the key may be all there is",
            cls(key=("id",), keep="first"), given={"id": [1, 1, None, None]}, then={"id": [1, None]},
        )  # fmt: skip
        yield Example(
            "without a key, rows that are the same in all columns are one; nulls are the same, and so are NaN and NaN",
            cls(), given={"id": [1, 1, 1, 2, 2], "fee": [None, None, 0.5, float("nan"), float("nan")]},
            then={"id": [1, 1, 2], "fee": [None, 0.5, float("nan")]},
        )  # fmt: skip
        yield Example(
            "names that have to be quoted, and one that the step would like to use",
            cls(key=("a.b",), latest_by="x`y"),
            given={"a.b int": [1, 1], "x`y int": [1, 2], "Row_Number": ["r", "s"], 'q"': ["t", "u"]},
            then={"a.b int": [1], "x`y int": [2], "Row_Number": ["s"], 'q"': ["u"]},
        )  # fmt: skip


def _texts(names: Iterable[str]) -> list[str]:
    return [python_text(spark_reference(name)) for name in names]

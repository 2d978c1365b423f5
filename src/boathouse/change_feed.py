"""Change feed: the rows that tell of changes, in the one order that both engines give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from boathouse.auto_cdc import AutoCdc
from boathouse.dialect import check_expression, expression_type
from boathouse.errors import StepError
from boathouse.long_text import each
from boathouse.quoting import python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import NESTED, Schema
from boathouse.step import call, free_name, with_column

# What ingestion says about a row: one that is delivered twice is no change.
OF_INGESTION = ("_ingested_at", "_run_id", "_source_file")
SPELLED_OUT = 2  # more columns than this are listed
KEY = "the columns that tell one thing from another"
DELETE_WHEN = "which rows are deletes, in Databricks SQL: op = 'D'; where it is null, none"
EXCEPT = "columns of the feed that the table does not get, such as op"


@dataclass(frozen=True)
class ChangeFeed:
    """A feed: its key, what says which change is newer, and which are deletes.

    Rows with the same key and sequence are put in order so that it never depends on the engine or on files: rows before
    deletes, then by the other columns from left to right, lowest first and nulls last, what ingestion says last of all.
    """

    table: Relation
    key: tuple[str, ...]
    sequence_by: tuple[str, ...]
    delete_when: str
    except_columns: tuple[str, ...]

    @property
    def kept(self) -> Schema:
        return self.table.schema.drop(self.except_columns)

    @property
    def has_deletes(self) -> bool:
        return bool(self.delete_when.strip())

    def refuse(self) -> None:
        """Refuse columns that are no key and no order, and a delete that is no condition."""
        for name in (*self.key, *self.sequence_by):
            if NESTED.fullmatch(kind := self.table.schema[name].type):
                raise StepError(f"`{name}` is {kind}, which is no key and no order", hint="take it apart first")
        for name in self.except_columns:
            if self.table.schema[name].name in self.key:
                raise StepError(f"`{name}` is the key, and cannot stand among `except_columns`")
        if self.has_deletes:
            check_expression(self.delete_when, self.table.schema)
            kind = expression_type(self.delete_when, self.table.schema)
            if kind not in ("boolean", "unknown", "void"):
                raise StepError(f"`delete_when` is {kind}, and a condition is wanted", hint="write op = 'D'")

    def auto_cdc(self, stored_as: Literal[1, 2], tracked: tuple[str, ...] = (), unlike: str = "") -> AutoCdc:
        """Say what AUTO CDC is told of it."""
        return AutoCdc(
            self.key, self.sequence_by, self.delete_when, self.except_columns, stored_as, tracked=tracked, unlike=unlike
        )

    def own(self, *wanted: str) -> list[str]:
        """Name the columns that a step puts and drops again."""
        return [free_name(name, self.table.schema.names) for name in wanted]

    # ---- SQL -------------------------------------------------------------------------------------------------------

    def marked(self, deleted: str) -> str:
        """Say of each row whether it is a delete; the line break ends a comment that the condition may end in."""
        x = f"coalesce(({self.table.expression(self.delete_when)}\n), FALSE)" if self.has_deletes else "FALSE"
        return f"(SELECT *, {x} AS {self.table.name_of(deleted)} FROM {self.table.name}) AS marked"

    def newest_sql(self) -> list[str]:
        table = self.table
        return [table.order(table.column(name), descending=True, nulls_last=True) for name in self.sequence_by]

    def oldest_sql(self) -> list[str]:
        return [self.table.order(self.table.column(name)) for name in self.sequence_by]

    def ties_sql(self) -> list[str]:
        return [self.table.order(self.table.column(name), nulls_last=True) for name in self._ties()]

    def window_sql(self, order: Iterable[str], *, moment: bool = False) -> str:
        """Write OVER for the rows of one key, or of one key and sequence."""
        by = (*self.key, *self.sequence_by) if moment else self.key
        return f"OVER (PARTITION BY {self.table.columns(dict.fromkeys(by))} ORDER BY {', '.join(order)})"

    # ---- PySpark ---------------------------------------------------------------------------------------------------

    def mark(self, deleted: str) -> list[str]:
        text = f"F.coalesce(F.expr({python_text(self.delete_when)}), F.lit(False))"
        return [with_column(deleted, text)] if self.has_deletes else []

    def newest_pyspark(self) -> list[str]:
        return [f"F.desc_nulls_last({text(name)})" for name in self.sequence_by]

    def oldest_pyspark(self) -> list[str]:
        return [f"F.asc_nulls_first({text(name)})" for name in self.sequence_by]

    def ties_pyspark(self) -> list[str]:
        names = [text(name) for name in self._ties()]
        if len(names) <= SPELLED_OUT:
            return [f"F.asc_nulls_last({name})" for name in names]
        return [each("F.asc_nulls_last(name)", names)]

    def window_pyspark(self, name: str, order: list[str], *, moment: bool = False) -> str:
        by = dict.fromkeys((*self.key, *self.sequence_by) if moment else self.key)
        return call(f"{name} = Window.partitionBy({', '.join(map(text, by))}).orderBy", order or ["F.lit(1)"])

    def drop_pyspark(self, *own: str) -> str:
        return call("drop", map(python_text, [*own, *self.except_columns]))

    def _ties(self) -> list[str]:
        known = (*self.key, *self.sequence_by)
        ties = [c.name for c in self.table.schema if c.name not in known and not NESTED.fullmatch(c.type)]
        return sorted(ties, key=OF_INGESTION.__contains__)


def text(name: str) -> str:
    """Write a column's name as the text that a PySpark function takes."""
    return python_text(spark_reference(name))


def frame(calls: Iterable[str]) -> str:
    """Write `df` with one call a line, as a formatter does."""
    lines = "".join(f"    .{one}\n".replace("\n", "\n    ").removesuffix("    ") for one in calls)
    return f"df = (\n    df\n{lines})".replace("\n    df\n    .", "\n    df.", 1)

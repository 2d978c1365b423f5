"""Keep the newest row of each key of a change feed, and none where that is a delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from boathouse.auto_cdc import AutoCdc
from boathouse.change_feed import DELETE_WHEN, EXCEPT, KEY, ChangeFeed, frame, text
from boathouse.errors import StepError
from boathouse.quoting import python_text
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.step import ColumnName, Columns, Example, Step


class ScdType1(Step):
    """Keep the newest row of each key of a change feed, and none where that is a delete.

    It is what AUTO CDC (APPLY CHANGES) stores as SCD type 1, over all changes that there are: a late one lands where its
    sequence says. Nulls in the sequence are oldest. Of rows with the same key and sequence one counts, wherever it
    stands: any row before a delete, then the first by the other columns, from left to right, lowest first, nulls last.
    """

    step: Literal["scd_type_1"] = "scd_type_1"
    key: Columns = Field(description=KEY)
    sequence_by: Columns = Field(description="the columns that say which change is newer, the first one first")
    delete_when: str = Field(default="", description=DELETE_WHEN)
    except_columns: list[ColumnName] = Field(default=[], description=EXCEPT)
    soft_delete: bool = Field(
        default=False,
        description="a deleted key keeps its last row, with the sequence of the delete, and `is_deleted` is true there",
    )

    def title(self) -> str:
        soft = ", soft deletes" if self.soft_delete else ""
        return (
            f"Change data capture: the newest {', '.join(self.key)} by {', '.join(self.sequence_by)} (SCD type 1{soft})"
        )

    def merge_key(self) -> tuple[str, ...]:
        return tuple(self.key)

    def expressions(self) -> tuple[str, ...]:
        return (self.delete_when,) if self.delete_when.strip() else ()

    def after(self, table: Relation) -> Schema:
        feed = self._feed(table)
        feed.refuse()
        if not self.soft_delete:
            return feed.kept
        if "is_deleted" in map(str.lower, feed.kept.names):
            raise StepError("`is_deleted` is there already", hint="rename it, or name it in `except_columns`")
        return Schema((*feed.kept.columns, Column("is_deleted", "boolean")))

    def sql(self, table: Relation) -> str:
        feed = self._feed(table)
        own = feed.own("deleted", "row_number")
        deleted, number = map(table.name_of, own)
        newest, ties = feed.newest_sql(), feed.ties_sql()
        last = feed.window_sql([*newest, deleted, *ties])
        columns, row, where = {name: table.column(name) for name in feed.kept.names}, last, f"{number} = 1"
        if self.soft_delete:
            row = feed.window_sql([deleted, *newest, *ties])
            told = {name: table.column(name) for name in self.sequence_by if name in columns} | {"is_deleted": deleted}
            columns |= {name: f"first_value({x}) {last}" for name, x in told.items()}
        else:
            columns, where = columns | {own[0]: deleted}, f"{where} AND NOT {deleted}"
        chosen = ", ".join(f"{x} AS {table.name_of(name)}" for name, x in columns.items())
        names = ", ".join(map(table.name_of, self.after(table).names))
        ranked = f"SELECT {chosen}, row_number() {row} AS {number} FROM {feed.marked(own[0])}"
        return f"SELECT {names} FROM ({ranked}) AS ranked WHERE {where}"

    def pyspark(self, table: Relation) -> str:
        feed = self._feed(table)
        return self._soft_pyspark(feed) if self.soft_delete else self._pyspark(feed)

    def _pyspark(self, feed: ChangeFeed) -> str:
        deleted, number = feed.own("deleted", "row_number")
        marked = [deleted] if feed.has_deletes else []
        order = [*feed.newest_pyspark(), *map(python_text, marked), *feed.ties_pyspark()]
        where = " AND ".join([f"{number} = 1", *(f"NOT {name}" for name in marked)])
        rows = [f'withColumn("{number}", F.row_number().over(newest))', f'where("{where}")']
        statements = [feed.window_pyspark("newest", order), frame([*rows, feed.drop_pyspark(*marked, number)])]
        return "\n".join([*feed.mark(deleted), *statements])

    def _soft_pyspark(self, feed: ChangeFeed) -> str:
        deleted, number = feed.own("deleted", "row_number")
        marked = [f'"{deleted}"'] if feed.has_deletes else []
        newest, ties = feed.newest_pyspark(), feed.ties_pyspark()
        shown = [name for name in self.sequence_by if name not in self.except_columns]
        # Put aside first, for the windows are ordered by the columns that it replaces.
        aside = dict(zip(shown, feed.own(*(f"newest_{at}" for at in range(len(shown)))), strict=True))
        is_deleted = f'F.first("{deleted}").over(newest)' if marked else "F.lit(False)"
        put = {number: "F.row_number().over(newest_row)", "is_deleted": is_deleted}
        put |= {aside[name]: f"F.first({text(name)}).over(newest)" for name in shown}
        rows = [f"withColumn({python_text(name)}, {x})" for name, x in put.items()]
        rows += [f'where("{number} = 1")']
        rows += [f'withColumn({python_text(name)}, F.col("{first}"))' for name, first in aside.items()]
        gone = [*([deleted] if marked else []), number, *aside.values()]
        windows = [
            feed.window_pyspark("newest", [*newest, *marked, *ties]),
            feed.window_pyspark("newest_row", [*marked, *newest, *ties]),
        ]
        return "\n".join([*feed.mark(deleted), *windows, frame([*rows, feed.drop_pyspark(*gone)])])

    def auto_cdc(self, table: Relation) -> AutoCdc | None:
        return self._feed(table).auto_cdc(1, unlike="it keeps no row of what is deleted" if self.soft_delete else "")

    def _feed(self, table: Relation) -> ChangeFeed:
        return ChangeFeed(table, tuple(self.key), tuple(self.sequence_by), self.delete_when, tuple(self.except_columns))

    @classmethod
    def examples(cls) -> Iterator[Example]:
        feed = cls(key=["id"], sequence_by=["at"], delete_when="op = 'D'", except_columns=["op"])
        soft = feed.model_copy(update={"soft_delete": True})
        nan = float("nan")
        yield Example(
            "the newest row by its sequence stays, though an older one arrives later; a key that is deleted last is gone",
            feed, given={"id": [1, 1, 2, 2, 3], "at": [2, 1, 1, 2, 5], "op": ["U", "I", "I", "D", "I"], "plan": ["pro", "basic", "pro", None, "max"]},
            then={"id": [1, 3], "at": [2, 5], "plan": ["pro", "max"]},
        )  # fmt: skip
        yield Example(
            "what was deleted may come back, and a delete that arrives late deletes nothing newer",
            feed, given={"id": [1, 1, 2, 2], "at": [2, 3, 9, 4], "op": ["D", "I", "U", "D"], "plan": ["x", "back", "kept", None]},
            then={"id": [1, 2], "at": [3, 9], "plan": ["back", "kept"]},
        )  # fmt: skip
        yield Example(
            "a null operation is no delete, and a null sequence is oldest, on both engines",
            feed, given={"id": [1, 2, 2], "at": [1, None, 0], "op": [None, "D", "U"], "plan": ["a", "b", "c"]},
            then={"id": [1, 2], "at": [1, 0], "plan": ["a", "c"]},
        )  # fmt: skip
        yield Example(
            "at the same sequence a row goes before a delete, then the lowest, nulls last: files' order says nothing",
            feed, given={"id": [1, 1, 2, 2, 2], "at": [1, 1, 7, 7, 7], "op": ["D", "I", "U", "U", "U"], "plan": [None, "z", "b", None, "B"]},
            then={"id": [1, 2], "at": [1, 7], "plan": ["z", "B"]},
        )  # fmt: skip
        yield Example(
            "the second column of the sequence decides where the first is the same; NaN is newer than any number",
            cls(key=["id", "day"], sequence_by=["at", "lsn"]),
            given={"id": [1, 1, 1, None, None], "day": ["x", "x", "x", "y", "y"], "at": [nan, nan, 9.0, 1.0, 1.0], "lsn": [1, 10, 99, 2, None]},
            then={"id": [1, None], "day": ["x", "y"], "at": [nan, 1.0], "lsn": [10, 2]},
        )  # fmt: skip
        yield Example(
            "a soft delete keeps what the key last was, with the sequence of the delete; one that was never more is kept as it is",
            soft,
            given={"id": [1, 1, 1, 2, 3, 3], "at": [1, 2, 3, 1, 4, 5], "op": ["I", "U", "D", "D", "D", "I"], "plan": ["basic", "pro", None, None, None, "max"]},
            then={"id": [1, 2, 3], "at": [3, 1, 5], "plan": ["pro", None, "max"], "is_deleted": [True, True, False]},
        )  # fmt: skip
        yield Example(
            "names that have to be quoted, those that the step would like to use, and a condition with a comment at its end",
            cls(key=["a.b"], sequence_by=["x`y"], delete_when="Deleted -- a flag", soft_delete=True),
            given={"a.b int": [1, 1], "x`y int": [1, 2], "Row_Number": ["r", "s"], "Deleted": [False, True], 'q"': ["t", "u"]},
            then={"a.b int": [1], "x`y int": [2], "Row_Number": ["r"], "Deleted": [False], 'q"': ["t"], "is_deleted": [True]},
        )  # fmt: skip

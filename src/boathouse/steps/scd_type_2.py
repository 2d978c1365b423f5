"""Make the history of each key from a change feed: every version, with when it was valid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from boathouse.auto_cdc import AutoCdc
from boathouse.change_feed import DELETE_WHEN, EXCEPT, KEY, OF_INGESTION, ChangeFeed, frame, text
from boathouse.errors import StepError
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.step import ColumnName, Columns, Example, Step, call


class ScdType2(Step):
    """Make the history of each key from a change feed: every version, with when it was valid.

    It is what AUTO CDC (APPLY CHANGES) stores as SCD type 2, over all changes that there are: a late one lands where its
    sequence says. A version is valid from its own sequence (`valid_from`) up to, but not at, that of the next change
    (`valid_to`; null where there is none, and `is_current` is true). A delete ends a version. A change that changes no
    tracked column makes no version: the one there is goes on, and shows the newest row. Nulls in the sequence are
    oldest. Of rows with the same key and sequence one counts, wherever it stands: any row before a delete, then the first
    by the other columns, from left to right, lowest first, nulls last.
    """

    step: Literal["scd_type_2"] = "scd_type_2"
    key: Columns = Field(description=KEY)
    sequence_by: Columns = Field(
        description="the columns that say which change is newer; `valid_from` and `valid_to` are of the first of them"
    )
    delete_when: str = Field(default="", description=DELETE_WHEN)
    track_history_on: list[ColumnName] = Field(
        default=[],
        description=f"the columns whose changes make a version; otherwise all but key, sequence and {', '.join(OF_INGESTION)}",
    )
    except_columns: list[ColumnName] = Field(default=[], description=f"{EXCEPT}; their changes make no version")

    def title(self) -> str:
        return (
            f"Change data capture: every version of {', '.join(self.key)} by {', '.join(self.sequence_by)} (SCD type 2)"
        )

    def merge_key(self) -> tuple[str, ...]:
        # Where a second column decides, two versions of a key may begin at one time.
        return (*self.key, "valid_from") if len(self.sequence_by) == 1 else ()

    def expressions(self) -> tuple[str, ...]:
        return (self.delete_when,) if self.delete_when.strip() else ()

    def after(self, table: Relation) -> Schema:
        feed = self._feed(table)
        feed.refuse()
        if maps := [name for name in self._tracked(table) if "map<" in table.schema[name].type]:
            raise StepError(f"`{maps[0]}` is a map, and Spark cannot compare maps", hint="use `track_history_on`")
        since = table.schema[self.sequence_by[0]].type
        made = {"valid_from": since, "valid_to": since, "is_current": "boolean"}
        for name in feed.kept.names:
            if name.lower() in made:
                raise StepError(f"`{name}` is there already", hint="rename it, or name it in `except_columns`")
        return Schema((*feed.kept.columns, *(Column(name, type_) for name, type_ in made.items())))

    def sql(self, table: Relation) -> str:
        feed = self._feed(table)
        own = feed.own("deleted", "row_number", "changes", "next_changes")
        deleted, number, changed, following = map(table.name_of, own)
        moment = feed.window_sql([deleted, *feed.ties_sql()], moment=True)
        history = feed.window_sql(feed.oldest_sql())
        since = table.column(self.sequence_by[0])
        state = table.row([deleted, *map(table.column, self._tracked(table))])
        counted = f"SELECT *, row_number() {moment} AS {number} FROM {feed.marked(own[0])}"
        compared = (
            f"SELECT *, lag({state}) {history} IS DISTINCT FROM {state} AS {changed}"
            f" FROM ({counted}) AS counted WHERE {number} = 1"
        )
        # ChangeFeed that change nothing stand between a version's first row and its last: the last one is kept.
        made = {
            "valid_from": f"max(CASE WHEN {changed} THEN {since} END) {history}",
            "valid_to": f"lead({since}) {history}",
            own[3]: f"lead({changed}) {history}",
        }
        kept = {name: table.column(name) for name in feed.kept.names} | made | {own[0]: deleted}
        followed = ", ".join(f"{x} AS {table.name_of(name)}" for name, x in kept.items())
        names = [table.name_of(name) for name in (*feed.kept.names, "valid_from", "valid_to")]
        return (
            f"SELECT {', '.join(names)}, {following} IS NULL AS {table.name_of('is_current')}"
            f" FROM (SELECT {followed} FROM ({compared}) AS compared) AS followed"
            f" WHERE NOT {deleted} AND coalesce({following}, TRUE)"
        )

    def pyspark(self, table: Relation) -> str:
        feed = self._feed(table)
        deleted, number, changed, following = feed.own("deleted", "row_number", "changes", "next_changes")
        marked = [deleted] if feed.has_deletes else []
        quoted, since = [f'"{name}"' for name in marked], text(self.sequence_by[0])
        order = [*quoted, *feed.ties_pyspark()]
        state = [*quoted, *map(text, self._tracked(table))] or ["F.lit(1)"]
        where = " AND ".join([*(f"NOT {name}" for name in marked), f"coalesce({following}, true)"])
        rows = [
            f'withColumn("{number}", F.row_number().over(moment))',
            f'where("{number} = 1")',
            f'withColumn("{changed}", ~state.eqNullSafe(F.lag(state).over(history)))',
            f'withColumn("valid_from", F.max(F.when(F.col("{changed}"), F.col({since}))).over(history))',
            f'withColumn("valid_to", F.lead({since}).over(history))',
            f'withColumn("{following}", F.lead("{changed}").over(history))',
            f'withColumn("is_current", F.isnull("{following}"))',
            f'where("{where}")',
            feed.drop_pyspark(*marked, number, changed, following),
        ]
        windows = [
            feed.window_pyspark("moment", order, moment=True),
            feed.window_pyspark("history", feed.oldest_pyspark()),
        ]
        return "\n".join([*feed.mark(deleted), *windows, call("state = F.struct", state), frame(rows)])

    def auto_cdc(self, table: Relation) -> AutoCdc | None:
        tracked = tuple(self._tracked(table))
        return self._feed(table).auto_cdc(2, tracked, "" if tracked else "no column makes a version")

    def _feed(self, table: Relation) -> ChangeFeed:
        return ChangeFeed(table, tuple(self.key), tuple(self.sequence_by), self.delete_when, tuple(self.except_columns))

    def _tracked(self, table: Relation) -> list[str]:
        unseen = (*self.key, *self.sequence_by, *self.except_columns, *OF_INGESTION)
        every = [name for name in table.schema.names if name not in unseen]
        return [table.schema[name].name for name in self.track_history_on] or every

    @classmethod
    def examples(cls) -> Iterator[Example]:
        feed = cls(key=["id"], sequence_by=["at"], delete_when="op = 'D'", except_columns=["op"])
        plain, days = cls(key=["id"], sequence_by=["at"]), [datetime(2024, 5, day, tzinfo=UTC) for day in range(1, 9)]
        yield Example(
            "a version ends where the next begins, and a late row lands where its sequence says",
            plain, given={"id": [1, 1, 1], "at": [days[0], days[4], days[2]], "plan": ["basic", "max", "pro"]},
            then={"id": [1, 1, 1], "at": [days[0], days[2], days[4]], "plan": ["basic", "pro", "max"],
                  "valid_from": [days[0], days[2], days[4]], "valid_to": [days[2], days[4], None], "is_current": [False, False, True]},
        )  # fmt: skip
        yield Example(
            "a delete ends the version, a second one nothing; what comes back begins a new one, though it is what it was",
            feed, given={"id": [1, 1, 1, 1, 2, 3], "at": [1, 2, 3, 5, 1, 7], "op": ["I", "D", "D", "I", "D", "I"], "plan": ["a", None, "a", "a", "x", "c"]},
            then={"id": [1, 1, 3], "at": [1, 5, 7], "plan": ["a", "a", "c"],
                  "valid_from": [1, 5, 7], "valid_to": [2, None, None], "is_current": [False, True, True]},
        )  # fmt: skip
        yield Example(
            "a change that changes nothing goes on with its version, also from null to null; back to an old value is a change",
            feed, given={"id": [1] * 5, "at": [1, 2, 3, 4, 5], "op": ["I", "U", "U", "U", "U"], "plan": ["a", "a", None, None, "a"]},
            then={"id": [1] * 3, "at": [2, 4, 5], "plan": ["a", None, "a"],
                  "valid_from": [1, 3, 5], "valid_to": [3, 5, None], "is_current": [False, False, True]},
        )  # fmt: skip
        yield Example(
            "with columns to track, the others show what they were last in their version",
            cls(key=["id"], sequence_by=["at"], track_history_on=["plan"]),
            given={"id": [1] * 4, "at": [1, 2, 3, 4], "plan": ["a", "a", "b", "b"], "visits": [10, 20, 30, 40]},
            then={"id": [1, 1], "at": [2, 4], "plan": ["a", "b"], "visits": [20, 40],
                  "valid_from": [1, 3], "valid_to": [3, None], "is_current": [False, True]},
        )  # fmt: skip
        yield Example(
            "at the same sequence there is one version: a row goes before a delete, then the lowest, nulls last",
            feed, given={"id": [1, 1, 1, 2, 2], "at": [1, 1, 1, 3, 3], "op": ["U", "U", "U", "D", "I"], "plan": ["b", None, "B", None, "kept"]},
            then={"id": [1, 2], "at": [1, 3], "plan": ["B", "kept"], "valid_from": [1, 3], "valid_to bigint": [None, None], "is_current": [True, True]},
        )  # fmt: skip
        yield Example(
            "NaN is NaN, and a null sequence is oldest; the second column of the sequence decides where the first is the same",
            cls(key=["id"], sequence_by=["at", "lsn"], except_columns=["lsn"]),
            given={"id": [1, 1, 1, 2, 2], "at": [1, 1, 2, None, 0], "lsn": [2, 1, 0, 1, 1], "fee": [float("nan"), 1.0, float("nan"), 5.0, 6.0]},
            then={"id": [1, 1, 2, 2], "at": [1, 2, None, 0], "fee": [1.0, float("nan"), 5.0, 6.0],
                  "valid_from": [1, 1, None, 0], "valid_to": [1, None, 0, None], "is_current": [False, True, False, True]},
        )  # fmt: skip
        yield Example(
            "names that have to be quoted, those that the step would like to use, and nothing that could change",
            cls(key=["a.b", 'q"'], sequence_by=["x`y"], delete_when="Row_Number = 9", except_columns=["Row_Number"]),
            given={"a.b int": [1, 1, 1], 'q"': ["t", "t", None], "x`y int": [1, 2, 3], "Row_Number": [1, 1, 1]},
            then={"a.b int": [1, 1], 'q"': ["t", None], "x`y int": [2, 3], "valid_from int": [1, 3], "valid_to int": [None, None], "is_current": [True, True]},
        )  # fmt: skip

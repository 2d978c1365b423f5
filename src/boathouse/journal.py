"""Journal: rows for the ops tables, kept in SQLite from the moment they are known until Delta has them, each once.

The rows of a batch get its number first, once and for all; then they are appended to the very snapshot on which that
number was found to be free, as a Delta transaction; then they are taken out. Whatever is killed when, the next one goes
on from there; and of two processes that append one batch, both the same rows, Delta takes one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from arro3.core import Array, DataType, Table

from boathouse import file_lock, ledger
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import BoathouseError, EngineError
from boathouse.file_lock import translated_errors
from boathouse.ops import OPS
from boathouse.schema import Schema

APP = "boathouse.ops"
IN_BATCH = "SELECT row FROM records WHERE ops_table = ? AND batch = ?"
LOCK = "run.lock"
COMPACTED = 20  # commits, after which an ops table's files become one, and its log: each makes a run 1 ms longer
# Of deltalake's own Arrow; pyarrow, with the pandas that it looks for, takes 0.4 s to start.
ARROW = {
    "string": DataType.utf8(), "bigint": DataType.int64(), "double": DataType.float64(), "boolean": DataType.bool(),
}  # fmt: skip
INSTANT = DataType.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Journal:
    """What is to be told of a project's runs."""

    project: Project
    connection: sqlite3.Connection

    def begin(self, run_id: str, row: Mapping[str, Any]) -> None:
        """Say that a run goes on; if it never ends, the next one tells that it was killed."""
        with self._transaction():
            self.connection.execute("INSERT INTO open_runs VALUES (?, ?)", [run_id, json.dumps(_plain(row))])

    def end(self, run_id: str, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Keep all that a run has to tell, in one transaction with its end; one that is told of as killed has no other."""
        with self._transaction():
            if not self.connection.execute("DELETE FROM open_runs WHERE run_id = ?", [run_id]).rowcount:
                raise EngineError("another run began before this one had ended", hint="run again")
            self._add(rows)

    def add(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        with self._transaction():
            self._add(rows)

    def waiting(self, name: str) -> list[dict[str, Any]]:
        """Give the rows of an ops table that Delta may not have yet, as Delta would give them."""
        found = self._answer("SELECT row FROM records WHERE ops_table = ? ORDER BY rowid", name)
        return [_read(OPS[name], json.loads(text)) for (text,) in found]

    def bury(self) -> None:
        """Tell of the runs that did not live to say how they ended."""
        with self._transaction():
            # One statement: a run that began after they were read would be taken out untold.
            for (text,) in self.connection.execute("DELETE FROM open_runs RETURNING row").fetchall():
                killed = {**json.loads(text), "status": "killed", "message": "the process ended before the run did"}
                self._add({"pipeline_runs": [killed]})

    def flush(self) -> None:
        """Append every row that waits to its Delta table."""
        while names := self._answer("SELECT DISTINCT ops_table FROM records ORDER BY ops_table"):
            for (name,) in names:
                self._flush(name)

    def _flush(self, name: str) -> None:
        path = self.project.ops / name
        if not delta.exists(path):
            delta.create(path, arrow_rows(OPS[name], []), {})
        with self._transaction():
            self.connection.execute("BEGIN IMMEDIATE")  # who numbers a batch has seen all that were appended before
            table = delta.opened(path)
            batch = delta.last_transaction(table, APP) + 1
            rows = self._numbered(name, batch)
        if rows:
            delta.append(table, arrow_rows(OPS[name], rows), (APP, batch), {})
        with self._transaction():
            self.connection.execute("DELETE FROM records WHERE ops_table = ? AND batch = ?", [name, batch])
        if batch % COMPACTED == 0:
            delta.compact(table)

    def _numbered(self, name: str, batch: int) -> list[dict[str, Any]]:
        """Give the rows of a batch, which are those that wait unless one who was killed has numbered them."""
        self.connection.execute("DELETE FROM records WHERE ops_table = ? AND batch < ?", [name, batch])
        waiting = "UPDATE records SET batch = ? WHERE ops_table = ? AND NOT EXISTS (" + IN_BATCH + ")"
        self.connection.execute(waiting, [batch, name, name, batch])
        return [json.loads(text) for (text,) in self.connection.execute(f"{IN_BATCH} ORDER BY rowid", [name, batch])]

    def _add(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        for name, each in rows.items():
            ledger.add_records(self.connection, name, map(_plain, each))

    def _answer(self, sql: str, *values: str) -> list[Any]:
        with translated_errors(self.project.ops / ledger.FILE):
            return self.connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with translated_errors(self.project.ops / ledger.FILE), self.connection:
            yield


@contextmanager
def writing(project: Project) -> Iterator[Journal]:
    """Open the journal for the one process that may change the project's tables; at the end Delta has its rows."""
    doing = f"another run of {project.config.name} is going on"
    with file_lock.held(project.ops / LOCK, doing), ledger.connected(project.ops) as connection:
        journal = Journal(project, connection)
        journal.bury()
        journal.flush()  # a release asks the ops tables, which are to tell of the runs that were killed
        try:
            yield journal
        except BaseException:
            with suppress(BoathouseError):  # the rows wait in the journal; what went wrong first is told
                journal.flush()
            raise
        journal.flush()


def tell(project: Project, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Keep rows that no run makes; where one is going on, Delta has them at its end."""
    with ledger.connected(project.ops) as connection:
        Journal(project, connection).add(rows)
    with suppress(EngineError), file_lock.held(project.ops / LOCK, ""), ledger.connected(project.ops) as connection:
        Journal(project, connection).flush()


def told(project: Project, name: str) -> list[dict[str, Any]]:
    """Give the rows of an ops table whose rows have an `event_id`, with those that wait, each once."""
    with ledger.connected(project.ops) as connection:
        # First those that wait: what is appended in between is then found twice, and never not at all.
        waiting = Journal(project, connection).waiting(name)
    path = project.ops / name
    kept = delta.rows(path) if delta.exists(path) else []
    return list({row["event_id"]: row for row in (*waiting, *kept)}.values())


def arrow_rows(schema: Schema, rows: list[dict[str, Any]]) -> Table:
    """Make rows of JSON an Arrow table of these columns."""
    columns = [_array([row.get(column.name) for row in rows], column.type) for column in schema]
    return Table.from_arrays(columns, names=schema.names)


def _array(values: list[Any], kind: str) -> Array:
    """Make values of JSON an Arrow array; instants are ISO texts there."""
    if kind == "timestamp":
        return Array(values, type=DataType.utf8()).cast(INSTANT)
    return Array(values, type=ARROW[kind])


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the values as JSON knows them: times as ISO texts, names as texts."""
    return {name: _told(value) for name, value in row.items()}


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _read(schema: Schema, row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row of JSON all its columns, with instants as times."""
    values = {column.name: row.get(column.name) for column in schema}
    times = [column.name for column in schema if column.type == "timestamp" and values[column.name] is not None]
    return {**values, **{name: datetime.fromisoformat(str(values[name])) for name in times}}

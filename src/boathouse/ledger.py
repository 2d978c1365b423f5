"""Ledger: which file of a landing folder went into which batch; a plan and a memory, while the Delta log is the truth.

Its file also keeps what waits to be told in the ops tables (`journal.py`), so that one transaction can do both.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boathouse.file_lock import translated_errors
from boathouse.landing import LandedFile

FILE = "ledger.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS tables (
    name TEXT PRIMARY KEY,
    delta_id TEXT NOT NULL,    -- a table that was deleted and built anew has another
    batch INTEGER NOT NULL,    -- the last one; its number is the Delta transaction's
    run_id TEXT NOT NULL,      -- whose plan it is: where locks do not hold, two runs plan the same batch
    settled INTEGER NOT NULL   -- 0 from the plan until the Delta log is known to hold it
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    table_name TEXT NOT NULL,
    file TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    PRIMARY KEY (table_name, file)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (ops_table TEXT NOT NULL, batch INTEGER, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS open_runs (run_id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Ledger:
    """The rows of one table in the project's ledger."""

    connection: sqlite3.Connection
    table: str

    def is_in_step(self, delta_id: str, batch: int) -> bool:
        """Tell whether it speaks of this very table and ends with its last batch; else it is to be rebuilt."""
        row = self.connection.execute("SELECT delta_id, batch, settled FROM tables WHERE name = ?", [self.table])
        return bool(row.fetchone() == (delta_id, batch, 1))

    def files(self) -> dict[str, LandedFile]:
        """Give every file that it knows as it was when it was planned."""
        found = self.connection.execute("SELECT file, size, modified FROM files WHERE table_name = ?", [self.table])
        return {name: LandedFile(name, size, modified) for name, size, modified in found}

    def plan(self, delta_id: str, batch: int, files: Iterable[LandedFile], run_id: str) -> None:
        """Write down what the batch will hold, before anything of it is written elsewhere."""
        with self.connection:
            self._end_with(delta_id, batch, run_id, settled=False)
            self._add(batch, files)

    def settle(self, batch: int, run_id: str) -> None:
        """Note that the Delta log holds the batch, unless another run has planned over it, and have its files told."""
        with self.connection:
            done = self.connection.execute(
                "UPDATE tables SET settled = 1 WHERE name = ? AND batch = ? AND run_id = ?", [self.table, batch, run_id]
            )
            if done.rowcount:
                found = self.connection.execute(
                    "SELECT file, size, modified FROM files WHERE table_name = ? AND batch = ?", [self.table, batch]
                )
                self._tell(self._identity(), ((run_id, batch, LandedFile(*row)) for row in found.fetchall()))

    def settled(self, delta_id: str) -> set[str]:
        """Name the files of batches that are known to be in this very table's log."""
        found = self.connection.execute(
            "SELECT file FROM files JOIN tables ON name = table_name "
            "WHERE name = ? AND delta_id = ? AND (settled = 1 OR files.batch < tables.batch)",
            [self.table, delta_id],
        )
        return {name for (name,) in found}

    def tell(self, delta_id: str, files: Iterable[tuple[str, int, LandedFile]]) -> None:
        """Have files told of, each with its run and batch, that settled without a word."""
        with self.connection:
            self._tell(delta_id, files)

    def _identity(self) -> str:
        return str(self.connection.execute("SELECT delta_id FROM tables WHERE name = ?", [self.table]).fetchone()[0])

    def _tell(self, delta_id: str, files: Iterable[tuple[str, int, LandedFile]]) -> None:
        add_records(self.connection, "ingested_files", (
            {"run_id": run_id, "table_name": self.table, "file": file.name, "bytes": file.size, "batch": batch,
             "delta_id": delta_id, "modified_at": datetime.fromtimestamp(file.modified / 1e9, UTC).isoformat()}
            for run_id, batch, file in files
        ))  # fmt: skip

    def rebuild(self, delta_id: str, batch: int, files: Iterable[LandedFile]) -> None:
        """Forget everything, and say what the table itself says."""
        with self.connection:
            self.connection.execute("DELETE FROM files WHERE table_name = ?", [self.table])
            self._add(batch, files)
            self._end_with(delta_id, batch, "", settled=True)

    def _end_with(self, delta_id: str, batch: int, run_id: str, *, settled: bool) -> None:
        row = [self.table, delta_id, batch, run_id, int(settled)]
        self.connection.execute("INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?, ?)", row)

    def _add(self, batch: int, files: Iterable[LandedFile]) -> None:
        rows = [(self.table, file.name, file.size, file.modified, batch) for file in files]
        self.connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?)", rows)


def add_records(connection: sqlite3.Connection, ops_table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep rows of an ops table until Delta has them, in the transaction that is going on."""
    told = [(ops_table, json.dumps(dict(row))) for row in rows]
    connection.executemany("INSERT INTO records VALUES (?, NULL, ?)", told)


@contextmanager
def connected(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the file, which survives a crash and a power failure: WAL, and synchronous at every commit."""
    file = folder / FILE
    with translated_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=30)
    with closing(connection):
        with translated_errors(file):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(TABLES)
        yield connection


@contextmanager
def opened(folder: Path, table: str) -> Iterator[Ledger]:
    """Open the ledger of one table."""
    with connected(folder) as connection, translated_errors(folder / FILE):
        yield Ledger(connection, table)


def known_files(folder: Path, table: str, end: tuple[str, int]) -> dict[str, LandedFile]:
    """Give what the ledger holds, without making one, if it ends with this very table's last batch."""
    if not (folder / FILE).exists():
        return {}
    with opened(folder, table) as ledger:
        return ledger.files() if ledger.is_in_step(*end) else {}

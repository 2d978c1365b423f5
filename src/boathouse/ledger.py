"""Ledger: which file of a landing folder went into which batch; a plan and a memory, while the Delta log is the truth."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from boathouse.errors import EngineError
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
        """Note that the Delta log holds the batch, unless another run has planned over it."""
        with self.connection:
            self.connection.execute(
                "UPDATE tables SET settled = 1 WHERE name = ? AND batch = ? AND run_id = ?", [self.table, batch, run_id]
            )

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


@contextmanager
def opened(folder: Path, table: str) -> Iterator[Ledger]:
    """Open the ledger, which survives a crash and a power failure: WAL, and synchronous at every commit."""
    file = folder / FILE
    with translated_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(TABLES)
            yield Ledger(connection, table)


def known_files(folder: Path, table: str) -> dict[str, LandedFile]:
    """Give what the ledger holds, without making one."""
    if not (folder / FILE).exists():
        return {}
    with opened(folder, table) as ledger:
        return ledger.files()


@contextmanager
def held(folder: Path, table: str) -> Iterator[None]:
    """Hold the table's lock; SQLite's own is the operating system's, on each of them, and ends with the process."""
    file = folder / f"{table}.lock"
    with translated_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                raise EngineError(
                    f"another run is ingesting {table}", hint="wait until it ends; nothing was done here"
                ) from error
            yield


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Turn SQLite's errors, of which a full disk is one, into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        hint = "a lost ledger is rebuilt from the tables: delete it" if "malformed" in str(error) else ""
        raise EngineError(f"{file} cannot be used: {error}", hint=hint) from error
    except OSError as error:
        raise EngineError(f"{file} cannot be used: {error.strerror}") from error

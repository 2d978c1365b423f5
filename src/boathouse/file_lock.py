"""File lock: one process at a time, by SQLite's lock on a file: it is the operating system's, and ends with the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from boathouse.errors import EngineError


@contextmanager
def held(file: Path, doing: str) -> Iterator[None]:
    """Hold the lock; where another process does, say what it is doing."""
    with translated_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    with closing(connection):
        with translated_errors(file):
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                raise EngineError(doing, hint="wait until it ends; nothing was done here") from error
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

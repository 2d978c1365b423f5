"""SQLite file: a database that is read, and neither changed nor kept from its writers."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from boathouse.errors import SourceError
from boathouse.quoting import sql_name

MAGIC = b"SQLite format 3\0"
READ_AND_WRITE_VERSION, WAL = slice(18, 20), b"\2\2"  # https://sqlite.org/fileformat.html#the_database_header
PATIENCE = 5.0  # seconds to wait for a writer's commit
ROWS = 1024  # fetched at once: of values of a megabyte each that is a gigabyte
# The tables that people made: no tables of SQLite's own, and no search index, which the tables behind it hold.
TABLES = r"type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL TABLE%'"


def is_database(path: Path) -> bool:
    """Tell by its first bytes; of a file that is not there, opening it says so."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return True


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database to read it, so that nothing of it or beside it changes.

    Its writers go on in WAL mode; in any other, as with every reader of SQLite, their commits wait until it is closed
    (a million rows of ten columns: 3 s).
    """
    if path.is_dir() or (not path.exists() and set("*?[") & set(path.name)):
        hint = "name one file and one `table` of it: what changes in a database does not arrive as files"
        raise SourceError(f"{path}: databases are not ingested from a folder", hint=hint)
    if not path.exists():
        raise SourceError(f"{path}: there is no such file", hint="paths count from the project's folder")
    try:
        with (
            undisturbed(path) as file,
            closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", PATIENCE, uri=True)) as database,
        ):
            yield database
    except sqlite3.Error as error:
        said = str(error).split(" with text ")[0]  # what follows is a value
        raise SourceError(f"{path} cannot be read: {said}", hint=remedy(said)) from error


@contextmanager
def undisturbed(path: Path) -> Iterator[Path]:
    """Give the file, or a copy of it where SQLite would make files beside it.

    A reader of a database in WAL mode needs `-wal` and `-shm`; where no writer has them, it makes them and leaves them
    there, even if it may only read.
    """
    try:
        with path.open("rb") as stream:
            header = stream.read(100)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    beside = [path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm")]
    if header[READ_AND_WRITE_VERSION] != WAL or all(file.exists() for file in beside):
        yield path
        return
    with TemporaryDirectory(prefix="boathouse-") as folder:
        for file in (path, beside[0]):
            if file.exists():
                shutil.copyfile(file, Path(folder, file.name))
        yield Path(folder, path.name)


def remedy(said: str) -> str:
    """Say what helps against SQLite's most usual errors."""
    known = {
        "not a database": "is it encrypted, or not of SQLite at all?",
        "locked": "another program writes it: run again when it is done",
        "UTF-8": "make a view that casts the column to BLOB, and name it as the `table`",
        "readonly": "a write of it was broken off: open it once with the program that wrote it",
    }
    return next((hint for part, hint in known.items() if part in said), "")


def tables(path: Path, database: sqlite3.Connection) -> list[str]:
    """List the tables that people made; those that hold a search index (shadow tables) are not."""
    shadows = {row[1] for row in database.execute("PRAGMA table_list") if row[2] == "shadow"}
    query = f"SELECT name FROM sqlite_master WHERE {TABLES} ORDER BY rowid"
    found = [name for (name,) in database.execute(query) if name not in shadows]
    if not found:
        raise SourceError(f"{path} has no table", hint="a view is read where a source names it as its `table`")
    return found


def declared_types(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """List the columns, generated ones too, and what they are declared as: any words, or none."""
    return dict(database.execute("SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,)))


@contextmanager
def fetched(database: sqlite3.Connection, table: str, names: list[str]) -> Iterator[Iterator[list[tuple[Any, ...]]]]:
    """Read rows in batches, each as its columns.

    A cursor that is left in the middle keeps the database locked, even where its connection is closed.
    """
    query = f"SELECT {', '.join(map(quoted, names))} FROM {quoted(table)}"
    with closing(database.execute(query)) as cursor:
        yield (list(zip(*rows, strict=True)) for rows in iter(lambda: cursor.fetchmany(ROWS), []))


def quoted(name: str) -> str:
    """Quote in backticks: a name in double quotes that is no column is a text to SQLite, and no error."""
    return sql_name(name, "databricks")

"""Tables of SQLite databases: their values arrive as SQLite holds them, and the database is left as it was."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import projects
from boathouse.cells import import_lines
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import SourceError
from boathouse.explore import explore
from boathouse.findings_file import save
from boathouse.names import column_names
from boathouse.quoting import sql_name
from boathouse.schema import Schema
from boathouse.source import SOURCES, Source, find_sources

Row = tuple[Any, ...]
LARGE = 2**53 + 1


def database(file: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


def filled(file: Path, rows: Iterable[Row], *names: str, table: str = "t") -> Path:
    """Make a table whose columns have no declared type, so that each value keeps the one that it came with."""
    columns = ", ".join(sql_name(name, "duckdb") for name in names)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE {sql_name(table, 'duckdb')} ({columns})")
        marks = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO {sql_name(table, 'duckdb')} VALUES ({marks})", rows)
        connection.commit()
    return file


def source_of(path: Path, **options: Any) -> Source:
    made: Source = SOURCES.member("sqlite")(path=str(path), **options)
    return made


def only(path: Path) -> tuple[Source, Schema]:
    [found] = find_sources(path, engine()).values()
    return found


@cache
def engine() -> DuckDB:
    return DuckDB(delta_scan=delta.scan)


def local(path: Path, source: Source, schema: Schema) -> list[Row]:
    query = source.sql(path, schema, engine())
    assert engine().describe(query).types == schema.types
    return [tuple(row.values()) for row in engine().rows(query)]


def on_spark(path: Path, source: Source, schema: Schema, spark: Any) -> list[Row]:
    code = source.pyspark(schema)
    space: dict[str, Any] = {"spark": spark, "SOURCE_PATH": str(path)}
    exec("\n".join([*import_lines([code]), code]), space)  # noqa: S102
    assert dict(space["df"].dtypes) == schema.types
    return [tuple(bytes(v) if isinstance(v, bytearray) else v for v in row) for row in space["df"].collect()]


def beside(path: Path) -> dict[str, tuple[int, int]]:
    return {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in path.parent.iterdir()}


# ---- types and values ------------------------------------------------------------------------------------------------

# The values of a column, its type, and what arrives where it is not the values themselves.
COLUMNS: dict[str, tuple[list[Any], str, list[Any] | None]] = {
    "integers of 64 bits": ([1, None, LARGE, 2**63 - 1, -(2**63)], "bigint", None),
    "reals": ([1.5, -0.1, 1e308, 5e-324, float("inf"), None], "double", None),
    "NaN is NULL to SQLite": ([float("nan"), 1.5], "double", [None, 1.5]),
    "integers and reals": ([2**53, -(2**53), 0.5], "double", [float(2**53), -float(2**53), 0.5]),
    "integers that are no doubles, and reals": ([LARGE, 0.1, 1e22], "string", [str(LARGE), "0.1", "1e+22"]),
    "text": (["a", "", None, "it's", "日本", 'a"b`c\\', "line\nbreak"], "string", None),
    "text with a NUL": (["a\0b", "\0"], "string", None),
    "text and numbers": (["a", 7, 1.5, LARGE], "string", ["a", "7", "1.5", str(LARGE)]),
    "dates and booleans as they arrive": (["2024-02-30", "true"], "string", None),
    "BLOBs": ([b"\x00\xff", b"", None], "binary", None),
    "no value": ([None, None], "string", None),
}


@pytest.fixture(params=COLUMNS)
def column(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str, list[Any]]:
    values, kind, arrived = COLUMNS[request.param]
    return filled(tmp_path / "it's 100% raw.db", [(v,) for v in values], "x"), kind, arrived or values


def test_a_column_has_the_type_that_holds_its_values(column: tuple[Path, str, list[Any]]) -> None:
    path, kind, values = column
    source, schema = only(path)
    assert schema.types == {"x": kind}
    assert [value for (value,) in local(path, source, schema)] == values


@pytest.mark.spark
def test_values_are_the_same_on_spark(column: tuple[Path, str, list[Any]], spark: Any) -> None:
    path, _, values = column
    assert [value for (value,) in on_spark(path, *only(path), spark)] == values


def test_blobs_beside_other_values_are_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "raw.db", [(b"x",), ("x",)], "a")
    with pytest.raises(SourceError, match=r"`a` of `t` holds BLOBs and other values; make a view that casts it"):
        only(path)
    database(path, "CREATE VIEW v AS SELECT CAST(a AS TEXT) AS a FROM t")
    source = source_of(path, table="v")
    assert local(path, source, source.columns(path, engine())) == [("x",), ("x",)]


def test_text_that_is_no_utf_8_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = database(tmp_path / "raw.db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (CAST(x'736563726574ff' AS TEXT))")
    with pytest.raises(SourceError, match="make a view that casts the column to BLOB") as error:
        only(path)
    assert "secret" not in str(error.value)


DECLARED = "CREATE TABLE t (i INTEGER, n BIGINT, r REAL, d DOUBLE PRECISION, c VARCHAR(9), b BLOB, s DATE, x)"
EMPTY = {"i": "bigint", "n": "bigint", "r": "double", "d": "double", "c": "string", "b": "binary", "s": "string"}


def test_an_empty_table_has_the_types_that_it_declares(tmp_path: Path) -> None:
    path = database(tmp_path / "raw.sqlite", DECLARED)
    source, schema = only(path)
    assert schema.types == {**EMPTY, "x": "string"}
    assert local(path, source, schema) == []


@pytest.mark.spark
def test_an_empty_table_on_spark(tmp_path: Path, spark: Any) -> None:
    path = database(tmp_path / "raw.sqlite", DECLARED)
    assert on_spark(path, *only(path), spark) == []


# ---- names -----------------------------------------------------------------------------------------------------------

HOSTILE = ["select", "a b", 'q"t', "`", "a.b", "é", "É", "{x}", "%s", "it's", "\\", "", "]", "--", "x;y"]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    return filled(tmp_path / "raw.db", [tuple(range(len(HOSTILE)))], *HOSTILE, table="t\"`; DROP {x} '")


def test_hostile_names(hostile: Path) -> None:
    source, schema = only(hostile)
    assert schema.names == tuple(column_names(HOSTILE))
    assert local(hostile, source, schema) == [tuple(range(len(HOSTILE)))]


@pytest.mark.spark
def test_hostile_names_on_spark(hostile: Path, spark: Any) -> None:
    source, schema = only(hostile)
    assert on_spark(hostile, source, schema, spark) == [tuple(range(len(HOSTILE)))]
    unnamed = source.model_copy(update={"table": ""})  # the notebook finds and quotes the only table itself
    assert on_spark(hostile, unnamed, schema, spark) == [tuple(range(len(HOSTILE)))]


def test_generated_columns_are_columns(tmp_path: Path) -> None:
    path = database(tmp_path / "raw.db", "CREATE TABLE t (a, b AS (a + 1))", "INSERT INTO t VALUES (1)")
    assert local(path, *only(path)) == [(1, 2)]


def test_two_thousand_columns(tmp_path: Path) -> None:
    path = filled(tmp_path / "raw.db", [tuple(range(2_000))], *(f"c{n}" for n in range(2_000)))
    assert local(path, *only(path)) == [tuple(range(2_000))]


# ---- which table -----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return database(
        tmp_path / "shop.db",
        "CREATE TABLE Orders (id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER, amount)",
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE VIEW rich AS SELECT name FROM customers",
        "CREATE VIRTUAL TABLE found USING fts5(name)",
        "INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob')",
        "INSERT INTO Orders (customer_id, amount) VALUES (1, 5), (1, 2.5), (2, 7)",
    )


def test_explore_finds_every_table_that_people_made(shop: Path, tmp_path: Path) -> None:
    found = explore([shop], DuckDB(delta_scan=delta.scan))
    assert [(data.name, data.row_count, data.source["table"]) for data in found.datasets] == [
        ("orders", 3, "Orders"),
        ("customers", 2, "customers"),
    ]
    assert len(save(found, tmp_path / "findings")) == 3


def test_a_file_with_several_tables_wants_one_named(shop: Path) -> None:
    source = source_of(shop)
    with pytest.raises(SourceError, match=r"holds the tables `Orders`, `customers`; .*table: Orders}"):
        source.columns(shop, engine())
    with pytest.raises(SourceError, match=r"no table `customer`; did you mean `customers`"):
        source_of(shop, table="customer").columns(shop, engine())
    with pytest.raises(SourceError, match="has no table"):
        only(database(shop.with_name("none.sqlite")))


def test_a_file_with_one_table_needs_no_table(tmp_path: Path) -> None:
    path = filled(tmp_path / "raw.db", [(1,)], "a")
    source = source_of(path)
    assert local(path, source, source.columns(path, engine())) == [(1,)]


def test_what_changed_since_it_was_explored_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "raw.db", [(1, 0.5)], "a", "b")
    source, schema = only(path)
    database(path, f"INSERT INTO t VALUES (2, {LARGE})")
    with pytest.raises(SourceError, match=r"`t` holds values in `b` that are no double any more"):
        source.sql(path, schema, engine())
    database(path, "DELETE FROM t WHERE a = 2", "INSERT INTO t VALUES ('x', 1)")
    with pytest.raises(SourceError, match=r"`t` holds values in `a` that are no bigint any more"):
        source.sql(path, schema, engine())
    database(path, "ALTER TABLE t DROP COLUMN b")  # a name in double quotes that is no column would be a text
    with pytest.raises(SourceError, match=r"`t` has no column `b` any more"):
        source.sql(path, schema, engine())


def test_what_is_no_database_of_sqlite(tmp_path: Path) -> None:
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "secret.sqlite").write_bytes(bytes(range(256)) * 16)
    with pytest.raises(SourceError, match=r"of no known format \(`\.db`\)"):
        only(tmp_path / "Thumbs.db")
    with pytest.raises(SourceError, match="file is not a database; is it encrypted"):
        only(tmp_path / "secret.sqlite")


@pytest.mark.parametrize("path", ["raw", "raw/*.db"])
def test_a_folder_of_databases_is_not_ingested(path: str, tmp_path: Path) -> None:
    bronze = f"source: {{format: sqlite, path: {path}, table: t}}\n"
    project = projects.project(tmp_path, {"tables/bronze/t.yml": bronze, "raw/readme.txt": ""})
    with pytest.raises(SourceError, match=r"databases are not ingested from a folder.*name one file"):
        project.run()


# ---- the user's database ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_nothing_is_made_beside_the_database(journal: str, tmp_path: Path) -> None:
    path = database(tmp_path / "raw.db", f"PRAGMA journal_mode = {journal}", "CREATE TABLE t (a)")
    database(path, "INSERT INTO t VALUES (1)")
    before = beside(path)
    assert list(before) == ["raw.db"]
    assert local(path, *only(path)) == [(1,)]
    assert beside(path) == before


def test_a_database_that_may_only_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    path = database(folder / "raw.db", "PRAGMA journal_mode = wal", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        assert local(path, *only(path)) == [(1,)]
    finally:
        folder.chmod(0o755)


def test_what_a_writer_has_committed_is_read_while_it_writes(tmp_path: Path) -> None:
    path = database(tmp_path / "raw.db", "PRAGMA journal_mode = wal", "CREATE TABLE t (a)")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO t VALUES (1)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO t VALUES (2)")
        assert local(path, *only(path)) == [(1,)]
        writer.execute("COMMIT")
        assert local(path, *only(path)) == [(1,), (2,)]


def test_a_refused_read_leaves_no_lock(tmp_path: Path) -> None:
    path = filled(tmp_path / "raw.db", [(n,) for n in range(5_000)], "a")
    source, schema = only(path)
    database(path, "UPDATE t SET a = 'x' WHERE a = 7")
    with pytest.raises(SourceError) as error:
        source.sql(path, schema, engine())
    with closing(sqlite3.connect(path, timeout=0)) as writer:
        writer.execute("DELETE FROM t")
        writer.commit()
    assert error.value  # what it holds on to is not gone


def test_a_database_that_another_program_writes_just_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boathouse.sqlite_file.PATIENCE", 0)
    path = filled(tmp_path / "raw.db", [(1,)], "a")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceError, match="database is locked; another program writes it: run again"):
            only(path)


CRASH = """
import os, sqlite3, sys
writer = sqlite3.connect(sys.argv[1], isolation_level=None)
writer.execute("INSERT INTO t VALUES (1)")
os.remove(sys.argv[1] + "-shm")
os._exit(1)
"""


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A database whose last commit stands only in the `-wal` file beside it."""
    path = database(tmp_path / "raw.db", "PRAGMA journal_mode = wal", "CREATE TABLE t (a INTEGER)")
    subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False)
    assert sorted(beside(path)) == ["raw.db", "raw.db-wal"]
    return path


def test_what_a_crashed_writer_had_committed_is_read(crashed: Path) -> None:
    before = beside(crashed)
    assert local(crashed, *only(crashed)) == [(1,)]
    assert beside(crashed) == before


@pytest.mark.spark
def test_what_a_crashed_writer_had_committed_is_read_on_spark(crashed: Path, spark: Any) -> None:
    assert on_spark(crashed, *only(crashed), spark) == [(1,)]


# ---- any values ------------------------------------------------------------------------------------------------------

INTEGERS = st.integers(-(2**63), 2**63 - 1)
REALS = st.floats(allow_nan=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.one_of(
    st.lists(st.one_of(st.none(), INTEGERS)),
    st.lists(st.one_of(st.none(), REALS)),
    st.lists(st.one_of(st.none(), INTEGERS, REALS)),
    st.lists(st.one_of(st.none(), INTEGERS, REALS, TEXTS)),
    st.lists(st.one_of(st.none(), st.binary())),
)
AS = {"bigint": int, "double": float, "string": str, "binary": bytes}


@given(st.lists(VALUES, min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_any_values_arrive_as_sqlite_gives_them(columns: list[list[Any]]) -> None:
    length = max(map(len, columns))
    rows = list(zip(*([*values, *[None] * (length - len(values))] for values in columns), strict=True))
    with TemporaryDirectory() as folder:
        names = [f"c{n}" for n in range(len(columns))]
        path = filled(Path(folder, "raw.db"), rows, *names)
        with closing(sqlite3.connect(path)) as connection:
            given = connection.execute("SELECT * FROM t").fetchall()
        source, schema = only(path)
        wanted = [
            tuple(
                None if value is None else AS[kind](value)
                for value, kind in zip(row, schema.types.values(), strict=True)
            )
            for row in given
        ]
        assert local(path, source, schema) == wanted
        for kind, values in zip(schema.types.values(), zip(*given, strict=True), strict=False):
            if kind in ("bigint", "double", "binary"):  # what becomes another type equals what it was
                assert [AS[kind](v) for v in values if v is not None] == [v for v in values if v is not None]


# ---- a project -------------------------------------------------------------------------------------------------------

PROJECT = {
    "tables/bronze/orders.yml": "source: {format: sqlite, path: raw/shop.db, table: Orders}\n",
    "tables/bronze/users.yml": "source: {format: sqlite, path: raw/users.sqlite}\n",
    "tables/gold/spend.sql": "SELECT u.name, CAST(sum(o.amount) AS DOUBLE) AS total FROM bronze.orders AS o\n"
    "JOIN bronze.users AS u ON u.id = o.user_id GROUP BY u.name\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Any:
    made = projects.project(tmp_path / "shop", PROJECT)
    raw = tmp_path / "shop/raw"
    raw.mkdir()
    filled(raw / "shop.db", [(LARGE, 1, 5), (2, 2, 2.5), (None, 1, 1e300)], "id", "user_id", "amount", table="Orders")
    filled(raw / "shop.db", [(1,)], "x", table="other")
    filled(raw / "users.sqlite", [(1, "Ann", b"\0"), (2, "B\0b", None)], "id", "name", "photo", table="all `users`")
    return made


def test_a_run_notices_what_stands_in_the_wal_file_only(project: Any, tmp_path: Path) -> None:
    path = tmp_path / "shop/raw/shop.db"
    database(path, "PRAGMA journal_mode = wal")
    project.run()
    assert {action.state for action in project.plan().actions} == {"same"}
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO Orders VALUES (4, 2, 1)")
        states = {str(action.name): action.state for action in project.plan().actions}
    assert states == {"bronze.orders": "stale", "bronze.users": "same", "gold.spend": "stale"}


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_project_of_databases_is_proven(project: Any) -> None:
    project.run()
    project.export("databricks")
    proof = project.prove()
    assert {table.table: table.comparison.verdict for table in proof.tables} == dict.fromkeys(
        ["bronze.orders", "bronze.users", "gold.spend"], "PROVEN"
    )

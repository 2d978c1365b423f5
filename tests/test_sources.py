"""Raw files: what is read, what is refused, and that DuckDB and Spark read the same rows."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import SourceError
from boathouse.quoting import sql_name
from boathouse.schema import Schema
from boathouse.source import SOURCES, Source, find_sources

Row = tuple[Any, ...]

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
REAL = sorted(DATA.glob("*/*.csv")) + sorted(DATA.glob("*/*.parquet")) + sorted(DATA.glob("*/*.data"))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / name


def opened(path: Path) -> tuple[Source, Schema, DuckDB]:
    engine = DuckDB(delta_scan=delta.scan)
    [(source, schema)] = find_sources(path, engine).values()
    return source, schema, engine


def local(path: Path) -> list[Row]:
    """Read by DuckDB; an instant as its text in UTC, so that both engines' rows compare."""
    source, schema, engine = opened(path)
    query = source.sql(path, schema, engine)
    assert engine.describe(query).types == schema.types
    names = [sql_name(name, "duckdb") for name in schema.names]
    texts = {name for name, kind in zip(names, schema.types.values(), strict=True) if kind == "timestamp"}
    values = ", ".join(
        f"strftime({name}, '%Y-%m-%d %H:%M:%S.%f') AS {name}" if name in texts else name for name in names
    )
    return [tuple(row.values()) for row in engine.rows(f"SELECT {values} FROM ({query})")]


def on_spark(path: Path, spark: Any) -> list[Row]:
    """Read by the PySpark text, as a notebook would run it."""
    from pyspark.sql import functions as F  # noqa: N812 - as notebooks have it

    source, schema, _ = opened(path)
    space: dict[str, Any] = {"spark": spark, "F": F, "SOURCE_PATH": str(path)}
    exec(source.pyspark(schema), space)  # noqa: S102
    assert dict(space["df"].dtypes) == schema.types
    return [tuple(map(plain, row)) for row in space["df"].collect()]


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return bytes(value) if isinstance(value, bytearray) else value


# ---- delimited text --------------------------------------------------------------------------------------------------

READ: dict[str, tuple[str, list[str], list[Row]]] = {
    "plain": ("a,b\n1,2\n", ["a", "b"], [("1", "2")]),
    "semicolons": ("a;b\n1,5;2\n3,5;4\n", ["a", "b"], [("1,5", "2"), ("3,5", "4")]),
    "a single column": ("a\n1\n\n2\n", ["a"], [("1",), ("2",)]),
    "a single column with empty and blank values": ('a\n""\n\n  \nx\n', ["a"], [(None,), ("  ",), ("x",)]),
    "no header": ("1,x\n2,y\n", ["column_1", "column_2"], [("1", "x"), ("2", "y")]),
    "a year as a name": (
        "country,2019\nx,1\ny,2\n",
        ["column_1", "column_2"],
        [("country", "2019"), ("x", "1"), ("y", "2")],
    ),
    "an index without a name": (",b\n0,x\n1,y\n", ["column_1", "b"], [("0", "x"), ("1", "y")]),
    "a name twice": ("a,A,a\nx,y,z\n", ["a", "A_2", "a_3"], [("x", "y", "z")]),
    "names that need quoting": (
        'select,a b,"q""t",`,a.b,é\nu,v,w,x,y,z\n',
        ["select", "a_b", 'q"t', "`", "a.b", "é"],
        [tuple("uvwxyz")],
    ),
    "nothing and an empty text": ('a,b\n"",x\n,y\n', ["a", "b"], [(None, "x"), (None, "y")]),
    "blanks are kept": ("a,b\n x ,  \n", ["a", "b"], [(" x ", "  ")]),
    "empty lines": ("\n\na,b\n\n1,2\n\n\n", ["a", "b"], [("1", "2")]),
    "the last line without an end": ("a,b\n1,2", ["a", "b"], [("1", "2")]),
    "quotes": ('a,b\n"x,y","say ""hi"""\n', ["a", "b"], [("x,y", 'say "hi"')]),
    "a lone quote inside a value": ('a,b\n5" pipe,x\n', ["a", "b"], [('5" pipe', "x")]),
    "a line break in a value": ('a,b\n"x\ny",1\n', ["a", "b"], [("x\ny", "1")]),
    "a line break in a value, on Windows": ('a,b\r\n"x\r\ny",1\r\n', ["a", "b"], [("x\ny", "1")]),
    "a line break in a name": ('"a\nb",c\nx,1\n', ["a_b", "c"], [("x", "1")]),
    "old Mac line ends": ("a,b\r1,2\r", ["a", "b"], [("1", "2")]),
    "backslashes are text": ('a,b\n\\N,"x\\"\n', ["a", "b"], [("\\N", "x\\")]),
    "NULL is a text": ("a,b\nNULL,nan\n", ["a", "b"], [("NULL", "nan")]),
    "no comments": ("a,b\n#x,1\n", ["a", "b"], [("#x", "1")]),
    "a byte order mark": ("\ufeffa,b\nx,1\n", ["a", "b"], [("x", "1")]),
    "a byte order mark and a line break": ('\ufeff"a\nb",c\nx,1\n', ["a_b", "c"], [("x", "1")]),
    "a line of tabs": ("a\tb\n1\t2\n\t\n", ["a", "b"], [("1", "2"), (None, None)]),
}


@pytest.fixture(params=READ)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[str], list[Row]]:
    text, names, rows = READ[request.param]
    return write(tmp_path, "it's here/raw data.csv", text), names, rows


def test_delimited_text_is_read(case: tuple[Path, list[str], list[Row]]) -> None:
    path, names, rows = case
    assert list(opened(path)[1].types.items()) == [(name, "string") for name in names]
    assert local(path) == rows


@pytest.mark.spark
def test_delimited_text_is_the_same_on_spark(case: tuple[Path, list[str], list[Row]], spark: Any) -> None:
    path, _, rows = case
    assert on_spark(path, spark) == rows


ENCODED = {
    "Latin-1": ("é", "latin-1"),
    "Windows-1252 arrives as Latin-1 has it": ("\x92", "latin-1"),
    "UTF-16": ("日本", "utf-16"),
    "UTF-8": ("日本", "utf-8"),
}


@pytest.fixture(params=ENCODED)
def encoded(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    value, encoding = ENCODED[request.param]
    return write(tmp_path, "raw.csv", f"name,n\n{value},1\n".encode(encoding)), value


def test_encodings(encoded: tuple[Path, str]) -> None:
    path, value = encoded
    assert local(path) == [(value, "1")]


@pytest.mark.spark
def test_encodings_on_spark(encoded: tuple[Path, str], spark: Any) -> None:
    path, value = encoded
    assert on_spark(path, spark) == [(value, "1")]


def test_a_gzip_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert local(write(tmp_path, "raw.csv.gz", gzip.compress(b"a,b\nx,1\n"))) == [("x", "1")]


def test_a_value_of_ten_megabytes(tmp_path: Path) -> None:
    long = "x" * 10_000_000
    assert local(write(tmp_path, "raw.csv", f"a,b\n{long},1\n")) == [(long, "1")]


def test_two_thousand_columns(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(2_000))
    path = write(tmp_path, "raw.csv", f"{header}\n{','.join('x' * 2_000)}\n")
    assert local(path) == [("x",) * 2_000]


REFUSED = {
    "too few values": ("a,b\n1,2\n3\n", r"line 3 has 1 value where 2 are expected"),
    "too many values": ("a,b\n1,2\n3,4,5\n", r"line 3 has 3 values where 2 are expected"),
    "a delimiter too many": ("a,b\n1,2,\n", r"line 2 has 3 values where 2 are expected"),
    "the line is counted with its breaks": ('a,b\n"x\ny",1\n3\n', r"line 4 has 1 value"),
    "a quote never closed": ('a,b\n1,2\n3,"x\n4,5\n', r"line 3: a quote is opened and never closed"),
    "text after a quoted value": ('a,b\n1,"x"y\n', r"line 2: text stands beside a quoted value"),
    "a blank before a quoted value": ('a,b\n1, "x,y"\n', r"line 2: text stands beside a quoted value"),
    "two kinds of line ends": ("a,b\n1,2\r\n3,4\n", r"line 2 ends otherwise"),
    "nothing": ("", r"is empty"),
    "a header only": ("a,b\n", r"a header and no rows"),
    "Spark's own name": ("_corrupt_record,b\nx,y\n", r"rename it"),
    "a workbook": (
        b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml",
        r"is an Excel workbook \(zip\), not text; export it as CSV",
    ),
    "a PDF": (b"%PDF-1.7\n", r"is a PDF document"),
    "a database": (b"SQLite format 3\0", r"is a SQLite database, not text; let its name end in \.sqlite"),
    "gzip": (gzip.compress(b"a,b\n"), r"let its name end in \.gz"),
    "Parquet": (b"PAR1\x15\x04", r"is a Parquet file"),
    "bytes": (bytes(range(256)) * 4, r"is binary data"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_the_engines_would_read_differently_is_refused(content: str | bytes, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, "raw.csv", content)
    with pytest.raises(SourceError, match=message):
        opened(path)


def test_a_file_that_changed_since_it_was_explored_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "raw.csv", "a,b\n1,2\n")
    source, schema, engine = opened(path)
    write(tmp_path, "raw.csv", "a,b\n1,2\n3,4,\n")
    with pytest.raises(SourceError, match="line 3 has 3 values"):
        source.sql(path, schema, engine)


def test_a_missing_file_offers_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path, "customers.csv", "a\n")
    with pytest.raises(SourceError, match=r"no such file.*did you mean `customers\.csv`"):
        opened(tmp_path / "customer.csv")


def test_a_folder_without_files_and_an_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder without a table"):
        opened(tmp_path)
    with pytest.raises(SourceError, match=r"of no known format \(`\.xyz`\)"):
        opened(write(tmp_path, "raw.xyz", "a,b\n"))


def hostile_text(chance: random.Random) -> bytes:
    """Make small text of everything that CSV readers disagree on."""
    parts = [
        "a",
        "1",
        " ",
        "  ",
        '"',
        '""',
        '"x"',
        '"x\ny"',
        '"x\r\ny"',
        '"p\rq"',
        '""""',
        '" "',
        "\\",
        '"\\"',
        "é",
        '5" p',
        "#",
        "\t",
        ";",
    ]
    parts += ["|", "\x01", "NULL", "\\N", '"a,b"', 'x"y', "\x0c", "\u2028", "\x00", "'", '"\n\n"', "“"]
    columns, sep, end = chance.choice([1, 2, 2, 3]), chance.choice(",;\t"), chance.choice(["\n", "\n", "\r\n", "\r"])
    names = [f"c{n}" if chance.random() < 0.9 else chance.choice(['"q r"', '"h\nk"', ""]) for n in range(columns)]
    lines = [sep.join(names)]
    for _ in range(chance.randint(1, 5)):
        values = ("".join(chance.choices(parts, k=chance.choice([0, 1, 1, 1, 2]))) for _ in range(columns))
        lines.append(chance.choice(["", " ", "\t"]) if chance.random() < 0.12 else sep.join(values))
    text = end.join(lines) + (end if chance.random() < 0.8 else "")
    return text.encode(chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))


@pytest.mark.spark
@pytest.mark.parametrize("seed", range(4))
def test_hostile_text_is_the_same_on_spark_or_refused(seed: int, tmp_path: Path, spark: Any) -> None:
    chance, equal = random.Random(seed), 0
    for number in range(150):
        path = write(tmp_path, f"{number}.csv", hostile_text(chance))
        try:
            rows = local(path)
        except SourceError:
            continue
        assert on_spark(path, spark) == rows, path.read_bytes()
        equal += 1
    assert equal > 30


# ---- JSON lines, Parquet, Delta --------------------------------------------------------------------------------------

OBJECTS = """{"id": 1, "a b": "x\\u00e9", "list": [1, 2, {"k": "v  v"}], "fee": 1.50, "ok": true, "mixed": 7}

{"id": -9223372036854775808, "fee": 3, "new": null, "list": {"x": -1.5}, "mixed": "7"}
"""


def test_json_lines_take_one_type_a_key(tmp_path: Path) -> None:
    path = write(tmp_path, "raw.jsonl", OBJECTS)
    types = {
        "id": "bigint",
        "a_b": "string",
        "list": "string",
        "fee": "double",
        "ok": "boolean",
        "mixed": "string",
        "new": "string",
    }
    assert opened(path)[1].types == types
    assert local(path) == [
        (1, "xé", '[1,2,{"k":"v  v"}]', 1.5, True, "7", None),
        (-9223372036854775808, None, '{"x":-1.5}', 3.0, None, "7", None),
    ]


@pytest.mark.spark
def test_json_lines_are_the_same_on_spark(tmp_path: Path, spark: Any) -> None:
    path = write(tmp_path, "raw.jsonl", OBJECTS)
    assert on_spark(path, spark) == local(path)


REFUSED_OBJECTS = {
    "cut off": ('{"a": 1}\n{"a":\n', "line 2 is no JSON object"),
    "a key twice": ('{"a": 1, "a": 2}\n', "a key is there twice"),
    "keys that differ in case": ('{"a": 1, "A": 2}\n', "differ only in case"),
    "a list": ('[{"a": 1}]', "is one JSON list"),
    "no object": ("1\n", "line 1 is no JSON object"),
    "NaN": ('{"a": NaN}\n', "NaN is no JSON"),
    "1.50 as text": ('{"a": "x"}\n{"a": 1.50}\n', "line 2: `a` holds a value whose text differs"),
    "an escape within": ('{"a": {"b": "x\\/y"}}\n', "line 1: `a` holds a value whose text differs"),
    "nested and not": ('{"a": {}}\n{"a": 1}\n', "holds nested values and others"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED_OBJECTS.values(), ids=REFUSED_OBJECTS)
def test_json_that_the_engines_would_read_differently_is_refused(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=message):
        opened(write(tmp_path, "raw.jsonl", content))


def parquet(folder: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / "raw.parquet")
    return folder / "raw.parquet"


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    day = datetime(2024, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001 - a naive timestamp is the case
    return parquet(
        tmp_path,
        tiny=pa.array([1, None], pa.int8()), unsigned=pa.array([255, 1], pa.uint8()), wide=pa.array([2**64 - 1, 1], pa.uint64()),
        **{"a b": ["x", None]}, bytes=pa.array([b"\x00\xff", None]), single=pa.array([1.5, None], pa.float32()),
        naive=pa.array([day, None], pa.timestamp("us")), zoned=pa.array([day, None], pa.timestamp("us", "America/New_York")),
        nano=pa.array([1704067200123456789, -1], pa.timestamp("ns")), nothing=pa.array([None, None]),
        list=pa.array([[1, None], None]), map=pa.array([[("k", None)], []], pa.map_(pa.string(), pa.int64())),
        struct=pa.array([{"x": 1, "y y": 'q"é/\n\x01\\'}, {"x": None, "y y": None}]),
    )  # fmt: skip


def test_parquet_keeps_its_types(typed: Path) -> None:
    assert opened(typed)[1].types == {
        "tiny": "tinyint", "unsigned": "smallint", "wide": "decimal(20,0)", "a_b": "string", "bytes": "binary", "single": "float",
        "naive": "timestamp", "zoned": "timestamp", "nano": "timestamp", "nothing": "string", "list": "string", "map": "string",
        "struct": "string",
    }  # fmt: skip
    nano = [row[8] for row in local(typed)]
    assert nano == ["2024-01-01 00:00:00.123456", "1969-12-31 23:59:59.999999"]  # cut towards the past, not rounded


@pytest.mark.spark
def test_parquet_is_the_same_on_spark(typed: Path, spark: Any) -> None:
    assert on_spark(typed, spark) == local(typed)


def test_a_parquet_column_that_spark_cannot_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the column `at` is a time of day"):
        opened(parquet(tmp_path, at=pa.array([time(1, 2)], pa.time64("us"))))
    with pytest.raises(SourceError, match="the column `x` holds DOUBLE within"):
        opened(parquet(tmp_path, x=pa.array([[1.5]])))


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    for number in (1, 2):
        pq.write_table(pa.table({"n": [number]}), tmp_path / f"part-{number}.parquet")
    assert local(tmp_path) == [(1,), (2,)]
    write(tmp_path, "notes.txt", "x")
    with pytest.raises(SourceError, match="is a folder without a table in it"):
        opened(tmp_path)


@pytest.fixture
def lake_table(tmp_path: Path) -> Path:
    delta.overwrite(tmp_path / "table", pa.table({"n": [1, 2], "a b": ["x", None]}).rename_columns(["n", "s"]))
    return tmp_path / "table"


def test_a_delta_table_keeps_its_types(lake_table: Path) -> None:
    assert opened(lake_table)[1].types == {"n": "bigint", "s": "string"}
    assert local(lake_table) == [(1, "x"), (2, None)]


@pytest.mark.spark
def test_a_delta_table_is_the_same_on_spark(lake_table: Path, spark: Any) -> None:
    assert sorted(on_spark(lake_table, spark)) == local(lake_table)


# ---- all of the shelf, and real files --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOURCES.names())
def test_a_member_is_named_as_its_file_and_says_what_it_is(name: str) -> None:
    member = SOURCES.member(name)
    assert issubclass(member, Source)
    assert member(path="raw").format == name  # each member has its own default
    assert SOURCES.summary(name).endswith(".")


@pytest.mark.spark
@pytest.mark.skipif(not REAL, reason="the real data sets do not stand beside the project")
@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_real_files_are_the_same_on_spark(path: Path, spark: Any) -> None:
    if path.name.startswith("xlsx"):
        with pytest.raises(SourceError, match="is an Excel workbook"):
            opened(path)
        return
    assert sorted(map(repr, on_spark(path, spark))) == sorted(map(repr, local(path)))

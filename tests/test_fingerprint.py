"""The fingerprints of a table, portable and DuckDB's own: what they see, and that Spark answers the portable one alike."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from boathouse.bucket_hash import bucket_hashes, bucket_rows_sql
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.fingerprint import Fingerprint, asked, differing, fingerprint_sql, read_fingerprint, rows_sql
from boathouse.integer_view import value_sql
from boathouse.relation import Relation
from boathouse.schema import Column, Schema

if TYPE_CHECKING:
    from pathlib import Path

NAN, INF = float("nan"), float("inf")


ENGINE = DuckDB()


def of(columns: dict[str, Any], types: dict[str, str], key: tuple[str, ...] = ()) -> Fingerprint:
    ENGINE.register("here", "t", pa.table(columns))
    return read_fingerprint(ENGINE.rows(fingerprint_sql(Relation("here.t", Schema.from_types(types)), key)))


def hashes_of(columns: dict[str, Any], types: dict[str, str], key: tuple[str, ...] = ()) -> Mapping[int, Any]:
    ENGINE.register("here", "t", pa.table(columns))
    return bucket_hashes(ENGINE, Relation("here.t", Schema.from_types(types)), key)


Print = Callable[[dict[str, Any], dict[str, str], tuple[str, ...]], Mapping[int, Any]]
BOTH = pytest.mark.parametrize("print_of", [of, hashes_of])


def same(
    print_of: Print, left: list[Any], right: list[Any], arrow: pa.DataType, name: str, *, key: bool = False
) -> bool:
    """Tell whether two columns of values, beside a key or alone, have one fingerprint."""
    types = ({"id": "bigint"} if key else {}) | {"x": name}

    def columns(values: list[Any]) -> dict[str, Any]:
        made = {"x": pa.array(values, arrow, from_pandas=False)}
        return {"id": list(range(len(values)))} | made if key else made

    by = ("id",) if key else ()
    return print_of(columns(left), types, by) == print_of(columns(right), types, by)


@BOTH
def test_the_order_of_rows_is_no_difference(print_of: Print) -> None:
    assert same(print_of, [3, 1, 2, None], [None, 1, 2, 3], pa.int64(), "bigint")


@BOTH
@pytest.mark.parametrize(
    ("left", "right", "arrow", "name"),
    [
        ([1, 1], [1], pa.int64(), "bigint"),
        ([1, 1, 2, 2], [1, 1, 1, 1], pa.int64(), "bigint"),  # XOR would cancel all of them
        ([1, 1, 3, 3], [2, 2, 3, 3], pa.int64(), "bigint"),
        ([None], [-7777777], pa.int64(), "bigint"),
        ([None], [0], pa.int64(), "bigint"),
        ([2**62], [0], pa.int64(), "bigint"),
        ([-(2**63)], [2**63 - 1], pa.int64(), "bigint"),
        ([2**31], [1], pa.int64(), "bigint"),
        ([None], [""], pa.string(), "string"),
        (["a"], ["a "], pa.string(), "string"),
        (["a"], ["a\0"], pa.string(), "string"),
        (["\0"], [""], pa.string(), "string"),
        ([None], [NAN], pa.float64(), "double"),
        ([1.0], [1.0000000000000002], pa.float64(), "double"),
        ([INF], [-INF], pa.float64(), "double"),
        ([INF], [1.7976931348623157e308], pa.float64(), "double"),
        ([5e-324], [0.0], pa.float64(), "double"),
        ([Decimal("1e27")], [Decimal("1000000000000000000000000000.0000000001")], pa.decimal128(38, 10), "decimal(38,10)"),
        ([datetime(1969, 12, 31, tzinfo=UTC)], [None], pa.timestamp("us", "UTC"), "timestamp"),
        ([b"\0"], [b""], pa.binary(), "binary"),
    ],
)  # fmt: skip
def test_what_the_fingerprint_tells_apart(
    print_of: Print, left: list[Any], right: list[Any], arrow: pa.DataType, name: str
) -> None:
    assert not same(print_of, left, right, arrow, name)
    if len(left) == len(right):
        assert not same(print_of, left, right, arrow, name, key=True)


@BOTH
def test_what_is_equal_in_sql_is_equal_here(print_of: Print) -> None:
    assert same(print_of, [0.0, NAN], [-0.0, struct.unpack("<d", struct.pack("<q", -1))[0]], pa.float64(), "double")


@BOTH
def test_values_that_change_places_between_keys_are_seen(print_of: Print) -> None:
    """The sums of the bare values are equal."""
    types = {"id": "bigint", "x": "double"}
    ids = list(range(2000))
    for one, other in ((0, 1), (0, 256), (7, 1999)):
        left = {"id": ids, "x": [float(at == one) for at in ids]}
        right = {"id": ids, "x": [float(at == other) for at in ids]}
        assert differing(print_of(left, types, ("id",)), print_of(right, types, ("id",)))


def test_a_difference_names_its_column() -> None:
    types = {"id": "bigint", "x": "bigint", 'y"`; --': "string"}
    left = {"id": list(range(1000)), "x": [1] * 1000, 'y"`; --': ["a"] * 1000}
    right = left | {"x": [1] * 999 + [2]}
    one, other = of(left, types, ("id",)), of(right, types, ("id",))
    (bucket,) = differing(one, other)

    changed = [a != b for a, b in zip(one[bucket].columns, other[bucket].columns, strict=True)]
    assert changed == [False, True, False]


def test_a_difference_names_its_rows() -> None:
    types = {"id": "bigint", 'y"`; --': "string"}
    left = {"id": list(range(1000)), 'y"`; --': ["a"] * 1000}
    right = left | {'y"`; --': ["a"] * 999 + ["b"]}
    (bucket,) = differing(hashes_of(left, types, ("id",)), here := hashes_of(right, types, ("id",)))

    rows = ENGINE.rows(bucket_rows_sql(Relation("here.t", Schema.from_types(types)), ("id",), [bucket]))
    assert {"id": 999, 'y"`; --': "b"} in rows
    assert len(rows) == here[bucket][0] < 20


def test_nested_values_have_no_fingerprint() -> None:
    with pytest.raises(UserError, match="`tags` is array<string>, of which there is no fingerprint"):
        of({"tags": [["a"]]}, {"tags": "array<string>"})


@BOTH
def test_a_table_without_rows_has_no_buckets(print_of: Print) -> None:
    assert print_of({"x": pa.array([], pa.float64())}, {"x": "double"}, ()) == {}


def test_what_was_asked_is_part_of_the_answer() -> None:
    one = asked(Relation("t", Schema.of(id="bigint", x="double")), ("id",))

    assert one != asked(Relation("t", Schema.of(id="bigint", x="double")), ())
    assert one != asked(Relation("t", Schema.of(id="int", x="double")), ("id",))


FEW = st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 2))), max_size=7)


@BOTH
@settings(deadline=None, max_examples=60)
@given(left=FEW, right=FEW, keyed=st.booleans())
def test_only_equal_multisets_have_one_fingerprint(
    print_of: Print, left: list[Any], right: list[Any], keyed: bool
) -> None:
    def taken(rows: list[Any]) -> Mapping[int, Any]:
        columns = {"id": [row[0] for row in rows], "x": [row[1] for row in rows]}
        table = {name: pa.array(values, pa.int64()) for name, values in columns.items()}
        return print_of(table, {"id": "bigint", "x": "bigint"}, ("id",) if keyed else ())

    assert (taken(left) == taken(right)) == (sorted(map(repr, left)) == sorted(map(repr, right)))


# ---- on Spark ----------------------------------------------------------------------------------------------------------


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    return st.integers(-most, most).map(lambda unscaled: Decimal(f"{unscaled}e-{scale}"))


def instants(zone: timezone | None) -> st.SearchStrategy[datetime]:
    least, most = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - the zone comes next
    made = st.one_of(st.datetimes(least, most), st.just(datetime(1969, 12, 31, 23, 59, 59, 999999)))  # noqa: DTZ001
    return made.map(lambda at: at.replace(tzinfo=zone))


BITS = st.integers(-(2**63), 2**63 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<q", bits))[0])
POWERS = st.integers(-1074, 1023).flatmap(
    lambda power: st.sampled_from([2.0**power, -(2.0**power), 2.0**power * (1 + 2**-52), 2.0**power * (1 - 2**-53)])
)
DOUBLES = st.one_of(BITS, POWERS, st.sampled_from([0.0, -0.0, NAN, INF, -INF, 5e-324, 2.2250738585072014e-308]))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
COLUMNS: dict[str, tuple[str, pa.DataType, st.SearchStrategy[Any]]] = {
    "id": ("bigint", pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "tiny`": ("tinyint", pa.int8(), st.integers(-128, 127)),
    'small"': ("smallint", pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "int'; --": ("int", pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "float": ("float", pa.float32(), st.floats(width=32)),
    "double": ("double", pa.float64(), DOUBLES),
    "bucket": ("decimal(10,2)", pa.decimal128(10, 2), decimals(10, 2)),
    "x1": ("decimal(18,8)", pa.decimal128(18, 8), decimals(18, 8)),
    "v1": ("decimal(18,18)", pa.decimal128(18, 18), decimals(18, 18)),
    "c1": ("decimal(38,10)", pa.decimal128(38, 10), decimals(38, 10)),
    "all digits": ("decimal(38,38)", pa.decimal128(38, 38), decimals(38, 38)),
    "many": ("decimal(38,0)", pa.decimal128(38, 0), decimals(38, 0)),
    "text": ("string", pa.string(), TEXTS),
    "bool": ("boolean", pa.bool_(), st.booleans()),
    "date": ("date", pa.date32(), st.dates(date(1, 1, 2), date(9999, 12, 30))),
    "at": ("timestamp", pa.timestamp("us", "UTC"), instants(UTC)),
    "clock": ("timestamp_ntz", pa.timestamp("us"), instants(None)),
    "bytes": ("binary", pa.binary(), st.binary(max_size=6)),
}
SCHEMA = Schema(tuple(Column(name, kind) for name, (kind, _, _) in COLUMNS.items()))
# Each type's own corners, which chance would not find.
CORNERS: dict[str, list[Any]] = {
    "double": [0.0, -0.0, NAN, INF, -INF, 5e-324, -5e-324, 2.225073858507201e-308, 2.2250738585072014e-308, 1e308],
    "id": [0, -1, -(2**63), 2**63 - 1, 2**62, -7777777, 2**31, -(2**31), 2**31 - 1, None],
    "text": ["", "\0", "a\0b", "NULL", "ä\u200b", "🛶", " a ", "\\", "'", None],
    "at": [datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - timedelta(days=n * 40_000) for n in range(10)],
}  # fmt: skip
TYPICAL: dict[str, list[Any]] = {
    "float": [0.1, NAN, -INF], "double": [1e-7, 0.1 + 0.2, 1.5e300], "bucket": [Decimal("-0.01"), Decimal("99999999.99"), Decimal(0)],
    "all digits": [Decimal("1e-38"), Decimal("-0.99999999999999999999999999999999999999"), Decimal(0)], "bool": [True, False, None],
    "c1": [Decimal("1e-10"), Decimal("-1234567890123456789012345678.0123456789"), Decimal(0)], "date": [date(1, 1, 2), date(1969, 12, 31), date(9999, 12, 30)],
    "clock": [datetime(1, 1, 2), datetime(1969, 12, 31, 23, 59, 59, 999999), datetime(9999, 12, 30)], "bytes": [b"", b"\0\xff", b"a"],  # noqa: DTZ001
}  # fmt: skip


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    arrays = {n: pa.array([row.get(n) for row in rows], kind, from_pandas=False) for n, (_, kind, _) in COLUMNS.items()}
    pq.write_table(pa.table(arrays), path)
    return path


def both_answers(spark: Any, path: Path, key: tuple[str, ...]) -> tuple[Fingerprint, Fingerprint]:
    engine = DuckDB()
    here = engine.rows(fingerprint_sql(Relation(f"read_parquet('{path}')", SCHEMA), key))
    there = spark.sql(fingerprint_sql(Relation(f"parquet.`{path}`", SCHEMA, "databricks"), key)).collect()
    return read_fingerprint(here), read_fingerprint(row.asDict() for row in there)


@pytest.mark.spark
def test_every_power_of_two_is_the_same_double_on_spark(spark: Any, tmp_path: Path) -> None:
    """The bits of a double come from arithmetic there, where log2() errs just below a power of two."""
    near = [
        value
        for power in range(-1074, 1024)
        for value in (2.0**power, -(2.0**power), 2.0**power * (1 + 2**-52), 2.0**power * (1 - 2**-53))
    ]
    rows = [{"id": at, "double": value} for at, value in enumerate(near)]
    here, there = both_answers(spark, written(tmp_path / "t.parquet", rows), ("id",))

    assert (len(here), differing(here, there)) == (256, [])


@pytest.mark.spark
@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(
    rows=st.lists(
        st.fixed_dictionaries({name: st.one_of(st.none(), values) for name, (_, _, values) in COLUMNS.items()}),
        min_size=1,
        max_size=40,
    ),
    key=st.sampled_from([("id",), ("text",), ("text", "at", "double"), ()]),
)
def test_spark_and_duckdb_answer_alike(
    spark: Any, tmp_path: Path, rows: list[dict[str, Any]], key: tuple[str, ...]
) -> None:
    corners = [{name: values[at] for name, values in CORNERS.items()} for at in range(10)]
    here, there = both_answers(spark, written(tmp_path / "t.parquet", [*rows, *corners, *rows]), key)

    assert here == there


@pytest.mark.spark
def test_values_come_back_from_spark_as_they_were(spark: Any, tmp_path: Path) -> None:
    rows = [{name: values[at] for name, values in CORNERS.items()} for at in range(10)]
    rows += [{name: values[at] for name, values in TYPICAL.items()} for at in range(3)]
    path = written(tmp_path / "t.parquet", rows)
    sql = rows_sql(Relation(f"parquet.`{path}`", SCHEMA, "databricks"), (), range(256))
    texts = [row.asDict() for row in spark.sql(sql).collect()]
    engine = DuckDB()
    engine.keep_texts("there", "t", {f"t{at}": [row[f"t{at}"] for row in texts] for at in range(1, len(SCHEMA) + 1)})
    values = ", ".join(value_sql(f"t{at}", column.type) for at, column in enumerate(SCHEMA, start=1))

    for one, other in (
        (f"FROM '{path}'", f"SELECT {values} FROM there.t"),
        (f"SELECT {values} FROM there.t", f"FROM '{path}'"),
    ):
        assert engine.rows(f"{one} EXCEPT ALL {other}") == []


@pytest.mark.spark
def test_all_256_rows_are_identical_on_both(spark: Any, tmp_path: Path) -> None:
    chance = random.Random(7)
    rows: list[dict[str, Any]] = [
        {
            "id": at, "tiny`": at % 100, "float": chance.random(), "double": chance.gauss(0, 1) * 10 ** chance.randint(-300, 300),
            "bucket": Decimal(chance.randint(-(10**9), 10**9)).scaleb(-2), "x1": Decimal(chance.randint(-(10**18) + 1, 10**18 - 1)).scaleb(-8),
            "c1": Decimal(chance.randint(-(10**37), 10**37)).scaleb(-10), "text": f"name {at % 500}", "bool": at % 3 == 0,
            "date": date(1900, 1, 1) + timedelta(days=at), "at": datetime(1950, 1, 1, tzinfo=UTC) + timedelta(seconds=at * 100_003),
        }
        for at in range(20_000)
    ]  # fmt: skip
    here, there = both_answers(spark, written(tmp_path / "t.parquet", rows), ("id",))

    assert (len(here), len(there), differing(here, there)) == (256, 256, [])

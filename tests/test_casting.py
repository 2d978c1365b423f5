"""Every cast, over values that engines disagree about: DuckDB's is compared with Spark's own try_cast."""

# ruff: noqa: SIM905 - a hundred short texts read better split than quoted one by one

from __future__ import annotations

import struct
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from boathouse.casting import refuse_cast
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import StepError
from boathouse.quoting import Dialect
from boathouse.relation import Relation
from examples import arrow_type, difference, frame, schema_of

NUMBERS = (
    "12| 12 |\t12\n|\x1f12\x7f|\xa012|+12|-12|--1|+ 1|12.7|.5|5.|.|1e3|1E+3|1e-3|1e|1d|1F|1L|1e3f|NaN|nan|-NaN|-nan|inf|-inf|"
    "+Infinity|INFINITY|infinit|1e999|-1e999|1e-999|4.9e-324|-0|00012|0x1F|1_000|1,000|½|2147483647|2147483648|-2147483649|"
    "9223372036854775807|9223372036854775808|99999999999999999999|128|-129|32768|99999999999999999999999999999999999999|"
    "999999999999999999999999999999999999999|99999999.99|99999999.994|99999999.995|1.005|2.5|-2.5|-0.005|1e-2|123e-4|1e37|1e38|"
    "0e0|1e99999999999|0.30000000000000004|1234567890123456789.12"
).split("|")
DATES = (
    "2024-01-05|2024-1-5| 2024-01-05 |2024-01-05\n|2024-02-30|2023-02-29|2024|2024-01|2024-|24-01-05|+2024-01-05|02024-01-05|"
    "1500-02-29|1582-10-10|9999-12-31|2024-01-05T10:11:12Z|2024-01-05 10:11:12|2024-01-05 10:11:12.1234569|2024-01-05 10:11:12.|"
    "2024-01-05 10:11|2024-01-05 10|2024-01-05 10:|2024-1-5 1:2:3|2024-01-05 10:11:12+02:00|2024-01-05 10:11:12 +02:00|"
    "2024-01-05T10:11:12-0530|2024-01-05T10:11:12+02|2024-01-05T10:11:12+18:01|2024-01-05T10:11:12+05:75|2024-01-05 10:11Z|"
    "2024-01-05 10:11:12 Europe/Berlin|2024-01-05 24:00:00|2024-01-05 23:59:60|2024-01-05T|2024-01-05Tx|2024-01-05  10:11|"
    "2024-01-05\n10:11|10:00|2024/01/05|05.01.2024|20240105|epoch|today|infinity|1883-11-18 12:00:00|2024-01-0\uff15"
).split("|")
WORDS = "true|TRUE|t|Y|yes|no|N|f|false|1|0| true |\ttrue|on|tr|\uff54rue|abc|'|\\|null||   ".split("|")
DOUBLES = [
    0.0, 1.0, 2.5, -2.5, 2.7, -2.7, 0.5, 1.005, 2.675, 0.005, -0.005, 0.1 + 0.2, 1e7, 1e16, 1e21, 1e38, 1e39, 1e308, 5e-324, 1e-3, 1e-7,
    float("nan"), float("inf"), float("-inf"), 127.9, 128.0, 2147483647.9, 2147483648.0, -2147483648.9, 2.0**63, -(2.0**63), 99999999.994,
    99999999.995, 0.045, 123456.785,
]  # fmt: skip
INTEGERS = [
    0,
    1,
    -1,
    127,
    128,
    -129,
    32767,
    32768,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**63 - 1,
    -(2**63),
    2**53 + 1,
    99999999,
    16777217,
]
CENTS = [
    Decimal(text)
    for text in "0.00 1.01 2.50 -2.50 99999999.99 -0.01 0.99 127.99 128.00 2147483647.99 -2147483648.99 9223372036854775807.99".split()
]
INSTANTS = [
    datetime(1, 1, 1, tzinfo=UTC), datetime(1582, 10, 10, 10, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2024, 2, 29, 10, 11, 12, 120, tzinfo=UTC), datetime(2024, 2, 29, 10, 10, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC),
]  # fmt: skip
FLOATS = [struct.unpack("f", struct.pack("f", x))[0] for x in DOUBLES if not 1e38 < abs(x) < float("inf")]
GIVEN: dict[str, list[Any]] = {
    "string": [*NUMBERS, *DATES, *WORDS], "double": DOUBLES, "float": FLOATS,
    "decimal(22,2)": CENTS, "decimal(2,2)": [Decimal("0.50"), Decimal("-0.05")], "bigint": INTEGERS, "int": [x for x in INTEGERS if abs(x) < 2**31],
    "smallint": [0, -1, 127, 128, 32767], "tinyint": [0, 1, -128], "boolean": [True, False], "timestamp": INSTANTS,
    "date": [date(1, 1, 1), date(1582, 10, 10), date(2024, 2, 29), date(9999, 12, 31)],
}  # fmt: skip
TARGETS = (
    "string", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(10,2)", "decimal(38,0)", "decimal(38,18)", "decimal(2,2)",
    "boolean", "date", "timestamp",
)  # fmt: skip


@pytest.mark.spark
@pytest.mark.parametrize("source", GIVEN)
def test_both_engines_cast_alike(source: str, spark: Any) -> None:
    values = [*GIVEN[source], None]
    given = pa.table({"x": pa.array(values, arrow_type(source)), "row": pa.array(range(len(values)), pa.int32())})
    engine = DuckDB()
    engine.register("bronze", "given", given)
    frame(given, spark).createOrReplaceTempView("given")
    here = engine.stream(casts(given, '"bronze"."given"', "duckdb")).to_arrow_table()
    there = spark.sql(casts(given, "given", "databricks")).toArrow()
    for target in here.column_names[1:]:
        rows = [
            [dict(zip(("x", "to"), pair, strict=True)) for pair in zip(values, ordered(table, target), strict=True)]
            for table in (here, there)
        ]
        assert difference(*rows) == ([], []), f"{source} -> {target}"


def casts(given: pa.Table, name: str, dialect: Dialect) -> str:
    """Select every cast that is not refused."""
    relation = Relation(name, schema_of(given), dialect)
    source = relation.schema["x"].type
    return relation.only(
        {"row": relation.column("row")}
        | {to: relation.cast(relation.column("x"), source, to) for to in targets(source)}
    )


def targets(source: str) -> list[str]:
    return [target for target in TARGETS if not is_refused(source, target)]


def is_refused(source: str, target: str) -> bool:
    try:
        refuse_cast(source, target)
    except StepError:
        return True
    return False


def ordered(table: pa.Table, column: str) -> list[Any]:
    """Give a column's values in the order of the rows; days as numbers, since '32768' is a year that Python has not."""
    values = table.sort_by("row").column(column)
    return list((values.cast(pa.int32()) if pa.types.is_date32(values.type) else values).to_pylist())


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("double", "string"),
        ("date", "int"),
        ("timestamp", "bigint"),
        ("bigint", "timestamp"),
        ("string", "binary"),
        ("string", "array<int>"),
    ],
)
def test_a_cast_without_one_meaning_is_refused_with_a_way_out(source: str, target: str) -> None:
    with pytest.raises(StepError) as refused:
        refuse_cast(source, target)
    assert refused.value.hint

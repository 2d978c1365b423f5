"""White space and months: what the two engines read alike, asked of each for every character and word."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase
from typing import Any

import pytest

from boathouse.blanks import BLANK
from boathouse.date_pattern import DatePattern
from boathouse.engines.duckdb import DuckDB
from boathouse.quoting import sql_text

BLANKS = {
    *range(9, 14),
    0x20,
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200C),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
    0xFEFF,
}
CHARACTERS = "range(1, 1114112) AS t(i) WHERE i NOT BETWEEN 55296 AND 57343"
MONTHS = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
WORDS = ["".join(letters).capitalize() for letters in product(ascii_lowercase, repeat=3)]


def test_duckdb_knows_the_blanks() -> None:
    rows = DuckDB().rows(
        f"SELECT i FROM {CHARACTERS} AND regexp_matches(chr(CAST(i AS INT)), {sql_text(BLANK, 'duckdb')})"
    )

    assert {row["i"] for row in rows} == BLANKS


@pytest.mark.spark
def test_spark_knows_the_same_blanks(spark: Any) -> None:
    rows = every_character(spark).where(f"x RLIKE {sql_text(BLANK, 'databricks')}").collect()

    assert {row["i"] for row in rows} == BLANKS


@pytest.mark.spark
def test_sparks_lower_makes_ascii_of_one_letter_beyond_a_to_z(spark: Any) -> None:
    """null_if says lower() where all placeholders are ASCII; DuckDB then lowers the Kelvin sign as well."""
    rows = every_character(spark).where("x <> lower(x) AND lower(x) RLIKE '^[\\\\x00-\\\\x7f]+$'").collect()

    assert {chr(row["i"]) for row in rows} == {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "\u212a"}


def every_character(spark: Any) -> Any:
    # Spark's chr() stops at 255, and a byte order mark that comes first UTF-32 takes for one: so an a stands before.
    text = "substring(decode(unhex(concat('00000061', lpad(hex(id), 8, '0'))), 'UTF-32'), 2) AS x"
    return spark.range(1, 1114112).where("id NOT BETWEEN 55296 AND 57343").selectExpr("id AS i", text)


def test_duckdb_knows_twelve_months_of_three_letters() -> None:
    listed = ", ".join(f"('{word}')" for word in WORDS)
    rows = DuckDB().rows(
        f"SELECT w FROM (VALUES {listed}) AS t(w) WHERE try_strptime('05-' || w || '-2024', '{DatePattern('dd-MMM-yyyy').strptime}') IS NOT NULL"
    )

    assert {row["w"] for row in rows} == MONTHS


@pytest.mark.spark
def test_spark_knows_the_same_months(spark: Any) -> None:
    words = spark.createDataFrame([(word,) for word in WORDS], "w string")
    rows = words.where("try_to_timestamp(concat('05-', w, '-2024'), 'dd-MMM-yyyy') IS NOT NULL").collect()

    assert {row["w"] for row in rows} == MONTHS


@pytest.mark.spark
@pytest.mark.parametrize(
    ("letters", "rest"),
    [("MM", "2024-%s-05"), ("dd", "2024-01-%s"), ("HH", "%s:00"), ("hh", "%s:00"), ("mm", "10:%s"), ("ss", "10:00:%s")],
)
def test_both_engines_refuse_the_same_numbers(letters: str, rest: str, spark: Any) -> None:
    """A pattern matches any two digits, since a 13th month is none to either engine."""
    pattern = {
        "MM": "yyyy-MM-dd",
        "dd": "yyyy-MM-dd",
        "HH": "yyyy-MM-dd HH:mm",
        "hh": "yyyy-MM-dd hh:mm a",
        "mm": "yyyy-MM-dd HH:mm",
        "ss": "yyyy-MM-dd HH:mm:ss",
    }[letters]
    texts = [
        ("" if rest.startswith("2024") else "2024-01-05 ") + rest % f"{n:02}" + (" PM" if letters == "hh" else "")
        for n in range(100)
    ]
    engine = DuckDB()

    here = [
        engine.row("SELECT CAST(try_strptime(?, ?) AS VARCHAR) AS at", [text, DatePattern(pattern).strptime])["at"]
        for text in texts
    ]
    frame = spark.createDataFrame([(at, text) for at, text in enumerate(texts)], "at int, x string")
    there = (
        frame.selectExpr("at", f"CAST(try_to_timestamp(x, {sql_text(pattern, 'databricks')}) AS string) AS read")
        .orderBy("at")
        .collect()
    )

    assert here == [row["read"] for row in there]

"""SQL pair: one text for two dialects, which has both only where they part, and reads well."""

from __future__ import annotations

import random

import pytest

from boathouse.dialect import query_to_duckdb
from boathouse.schema import Schema
from boathouse.sql_pair.layout import as_written, laid_out
from boathouse.sql_pair.pair import NothingShared, paired
from boathouse.sql_pair.tokens import Token, tokens_of
from dbt_rendering import rendered
from fuzz_expressions import Expressions

SAME = [
    ("SELECT `a`, b FROM t", 'SELECT "a", "b" FROM t', "SELECT a, b FROM t"),
    ("SELECT `a b` FROM t", 'SELECT "a b" FROM t', 'SELECT {{ quoted_name("a b") }} FROM t'),
    ("SELECT at FROM t", 'SELECT "at" FROM t', 'SELECT {{ quoted_name("at") }} FROM t'),
    ("SELECT a FROM t x", 'SELECT "a" AS "a" FROM "t" AS "x"', "SELECT a FROM t AS x"),
    ("SELECT a IS NOT NULL", 'SELECT NOT "a" IS NULL', "SELECT a IS NOT NULL"),
    ("SELECT x.a <=> b", 'SELECT "x"."a" IS NOT DISTINCT FROM "b"', "SELECT x.a IS NOT DISTINCT FROM b"),
    ("SELECT a ORDER BY a", 'SELECT "a" ORDER BY "a" NULLS FIRST', "SELECT a ORDER BY a NULLS FIRST"),
    ("SELECT DATE '2024-01-01'", "SELECT CAST('2024-01-01' AS DATE)", "SELECT DATE '2024-01-01'"),
    ("SELECT CAST(a AS timestamp)", 'SELECT CAST("a" AS TIMESTAMPTZ)', "SELECT CAST(a AS {{ timestamp_type() }})"),
    ("SELECT 'it\\'s', \"x\"", "SELECT 'it''s', 'x'", "SELECT {{ quoted_text(\"it's\") }}, 'x'"),
    ("SELECT '{{ x }}'", "SELECT '{{ x }}'", 'SELECT {{ quoted_text("{{ x }}") }}'),
    ("SELECT 'a\\nb'", "SELECT 'a\nb'", 'SELECT {{ quoted_text("a\\nb") }}'),
    ("SELECT a RLIKE 'x'", "SELECT regexp_matches(\"a\", 'x')", 'SELECT {{ matches("a", "x") }}'),
    (
        "SELECT regexp_replace(regexp_replace(a, '\\\\s', ''), 'b', 'c')",
        "SELECT regexp_replace(regexp_replace(\"a\", '\\s', '', 'g'), 'b', 'c', 'g')",
        'SELECT {{ replace_all(replace_all("a", "\\\\s", ""), "b", "c") }}',
    ),
]  # fmt: skip
APART = [
    ("SELECT sum(a) AS s, b", 'SELECT CAST(sum("a") AS BIGINT) AS "s", "b"',
     'SELECT {{ dialect(databricks="sum(a)", duckdb="CAST(sum(a) AS BIGINT)") }} AS s, b'),
    ("SELECT '\\x41'", "SELECT 'A'", "SELECT {{ dialect(databricks=\"'\\\\x41'\", duckdb=\"'A'\") }}"),
    ("SELECT f(\ue000ref('x')\ue001)", "SELECT g(\ue000ref('x')\ue001)",
     "SELECT {{ dialect(databricks=\"f(\" ~ ref('x') ~ \")\", duckdb=\"g(\" ~ ref('x') ~ \")\") }}"),
]  # fmt: skip


@pytest.mark.parametrize(("databricks", "duckdb", "text"), [*SAME, *APART])
def test_what_is_the_same_is_said_once(databricks: str, duckdb: str, text: str) -> None:
    assert as_written(paired(databricks, duckdb)) == text


def test_comments_and_lines_are_the_author_s_and_jinja_leaves_them_alone() -> None:
    written = "SELECT a, -- {{ not jinja }} {% nor this %}\n  /* {# nor this */ b\nFROM t"
    text = as_written(paired(written, 'SELECT "a", "b" FROM "t"'))
    assert text == written.replace("{{", '{{ "{" }}{').replace("{%", '{{ "{" }}%').replace("{#", '{{ "{" }}#')
    assert rendered(text, "databricks") == written


def test_two_that_have_no_common_shape_are_told_apart() -> None:
    with pytest.raises(NothingShared):
        paired("SELECT a FROM t WHERE b", "FROM t SELECT a")


def test_a_long_select_has_a_line_for_each_thing() -> None:
    columns = ", ".join(f"column_number_{at} AS another_name_{at}" for at in range(3))
    sql = (
        f"SELECT {columns}, CASE WHEN {' AND '.join(f'condition_number_{at} BETWEEN 1 AND 2' for at in range(3))} THEN 1 "
        "ELSE 0 END AS flag FROM (SELECT * FROM t LEFT JOIN u ON t.a = u.a) AS x ORDER BY a, b"
    )
    assert (
        "\n".join(laid_out(paired(sql, sql)))
        == """\
SELECT
    column_number_0 AS another_name_0,
    column_number_1 AS another_name_1,
    column_number_2 AS another_name_2,
    CASE
        WHEN condition_number_0 BETWEEN 1 AND 2
        AND condition_number_1 BETWEEN 1 AND 2
        AND condition_number_2 BETWEEN 1 AND 2 THEN 1
        ELSE 0
    END AS flag
FROM (SELECT * FROM t LEFT JOIN u ON t.a = u.a) AS x
ORDER BY a, b"""
    )


WORDS = [
    ("SELECT concat('it', a) RLIKE 'x'", "SELECT regexp_matches(concat('it', \"a\"), 'x')",
     "SELECT {{ matches(\"concat('it', a)\", \"x\") }}"),
    ("SELECT 'é' RLIKE 'x'", "SELECT regexp_matches('é', 'x')", "SELECT {{ matches(\"'é'\", \"x\") }}"),
    ("SELECT CAST(a AS string) RLIKE 'x'", "SELECT regexp_matches(CAST(\"a\" AS VARCHAR), 'x')",
     'SELECT {{ matches("CAST(a AS string)", "x") }}'),
    ("SELECT 'it\\'s' RLIKE 'x'", "SELECT regexp_matches('it''s', 'x')",
     "SELECT {{ dialect(databricks=\"'it\\\\'s' RLIKE 'x'\", duckdb=\"regexp_matches('it''s', 'x')\") }}"),
    ("SELECT `at` RLIKE 'x'", "SELECT regexp_matches(\"at\", 'x')",
     "SELECT {{ dialect(databricks=\"`at` RLIKE 'x'\", duckdb=\"regexp_matches(\\\"at\\\", 'x')\") }}"),
]  # fmt: skip


@pytest.mark.parametrize(("databricks", "duckdb", "text"), WORDS)
def test_an_argument_of_a_macro_is_what_both_dialects_read(databricks: str, duckdb: str, text: str) -> None:
    assert as_written(paired(databricks, duckdb)) == text


FUZZED = Schema.from_types({
    "b": "boolean", "i": "int", "g": "bigint", "d": "double", "c": "decimal(10,2)", "s": "string", "order": "string",
    "da": "date", "a b": "timestamp",
})  # fmt: skip


NULL_SAFE = [("name", word) for word in ("is", "not", "distinct", "from")]  # what <=> may be said as


def keys(tokens: list[Token]) -> list[tuple[str, str]]:
    return [key for token in tokens for key in (NULL_SAFE if token.text == "<=>" else [said(token)])]


def said(token: Token) -> tuple[str, str]:
    """Tell VARCHAR from string, which only DuckDB reads alike."""
    return ("name", token.value.casefold()) if token.kind == "word" else token.key


@pytest.mark.parametrize("seed", range(60))
def test_databricks_is_given_what_its_author_wrote(seed: int) -> None:
    make = Expressions(random.Random(seed), FUZZED).make
    written = f"SELECT {make('boolean', 3)} AS x, {make('string', 3)} AS y, {make('int', 3)} AS z FROM silver.t"
    duckdb = query_to_duckdb(written, {"silver.t": FUZZED})
    for text in (as_written(paired(written, duckdb)), "\n".join(laid_out(paired(written, duckdb)))):
        assert keys(tokens_of(rendered(text, "databricks"), "databricks")) == keys(tokens_of(written, "databricks"))

"""Names and values of a user are only ever names and values."""

from __future__ import annotations

import ast
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from boathouse.engines.duckdb import DuckDB
from boathouse.quoting import (
    python_column,
    python_literal,
    python_pattern,
    python_text,
    spark_reference,
    sql_literal,
    sql_name,
    sql_text,
)

ENGINE = DuckDB()
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(),
    texts,
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
)


@given(texts)
def test_a_text_is_a_text_in_duckdb(value: str) -> None:
    assert ENGINE.row(f"SELECT {sql_text(value, 'duckdb')} AS v")["v"] == value


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_name_is_a_name_in_duckdb(name: str) -> None:
    assert ENGINE.row(
        f"SELECT x.{sql_name(name, 'duckdb')} AS v FROM (SELECT 1 AS {sql_name(name, 'duckdb')}) AS x"
    ) == {"v": 1}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_is_a_name_in_databricks(name: str) -> None:
    column = parse_one(sql_name(name, "databricks"), read="databricks")
    assert isinstance(column, exp.Column)
    assert column.name == name


@given(texts)
def test_a_pattern_is_a_text_in_python(value: str) -> None:
    assert ast.literal_eval(python_pattern(value)) == value


@given(texts)
def test_a_text_is_a_text_in_python(value: str) -> None:
    written = python_text(value)
    assert ast.literal_eval(written) == value
    assert "\n" not in written


@given(texts)
def test_a_column_is_a_column_in_python(name: str) -> None:
    tree = ast.parse(python_column(name), mode="eval").body
    assert isinstance(tree, ast.Call)
    assert ast.unparse(tree.func) == "F.col"
    assert ast.literal_eval(tree.args[0]) == spark_reference(name)


@given(values)
def test_a_literal_keeps_its_value_in_duckdb(value: Any) -> None:
    back = ENGINE.row(f"SELECT {sql_literal(value, 'duckdb')} AS v")["v"]
    assert back == value or (math.isnan(back) and math.isnan(value))
    assert type(back) is type(value)


@given(st.one_of(values, st.lists(values), st.dictionaries(texts, values)))
def test_a_literal_keeps_its_value_in_python(value: Any) -> None:
    back = eval(python_literal(value), {"date": date, "float": float})  # noqa: S307 - what a notebook does with it
    assert repr(back) == repr(value)


def test_literals_of_every_type() -> None:
    noon = datetime(2024, 1, 2, 12, tzinfo=UTC)
    assert sql_literal(noon, "duckdb") == "CAST('2024-01-02 12:00:00+00:00' AS TIMESTAMPTZ)"
    assert sql_literal(noon, "databricks") == "CAST('2024-01-02 12:00:00+00:00' AS TIMESTAMP)"
    assert sql_literal(Decimal("1.50"), "databricks") == "CAST('1.50' AS DECIMAL(3,2))"
    assert sql_literal(0.1, "duckdb") == "CAST('0.1' AS DOUBLE)"
    assert sql_literal(-3, "duckdb") == "(-3)"
    assert sql_text("it's \\n", "databricks") == "'it\\'s \\\\n'"

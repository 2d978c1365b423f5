"""Databricks SQL through the dialect door: the same answers from DuckDB and Spark, or an error that says why not."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from time import process_time
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from boathouse.dialect import (
    check_expression,
    expression_to_duckdb,
    expression_type,
    query_schema,
    query_to_duckdb,
    tables_read,
    unproven,
    with_aliases,
)
from boathouse.dialect.examples import Conformance, examples
from boathouse.dialect.functions import FUNCTIONS, REFUSED
from boathouse.dialect.parse import parsed
from boathouse.duckdb_types import databricks_type
from boathouse.errors import StepError, UnknownName, UserError
from boathouse.quoting import sql_name, sql_text
from boathouse.schema import Schema

EXAMPLES = examples()
NOTHING = Schema()
CUSTOMERS = Schema.of(
    customer_id="bigint",
    plan="string",
    fee="double",
    price="decimal(10,2)",
    visits="int",
    signed_up="date",
    seen="timestamp",
)
LAKE = {
    "silver.customers": CUSTOMERS,
    "silver.orders": Schema.of(customer_id="bigint", amount="double", ordered_at="timestamp"),
}
OWN_SYNTAX = {"if", "trim", "substring", "position"}  # parsed as forms, not as calls
SELECTS = ("SELECT", "WITH")


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


# ---- the closed list ---------------------------------------------------------------------------------------------------


def shown(value: Any) -> str:
    """Write a value as the examples do."""
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case float():
            return "NaN" if math.isnan(value) else repr(value)
        case dt.datetime():
            at = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
            return at.isoformat(sep=" ")
        case Decimal():
            return format(value, "f")
        case list() | tuple():
            return f"[{', '.join(map(shown, value))}]"
    return str(value).replace("\n", "\\n")


def answer(rows: list[tuple[Any, ...]], types: list[str]) -> str:
    return " | ".join(",".join(map(shown, row)) for row in rows) + " : " + ",".join(types)


def assert_same(got: str, expected: str) -> None:
    """Compare answers; doubles to 1e-12, as the last bit of a logarithm is each library's own."""
    if got == expected:
        return
    number = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
    assert number.sub("#", got) == number.sub("#", expected), f"{got} is not {expected}"
    pairs = zip(number.findall(got), number.findall(expected), strict=True)
    assert all(math.isclose(float(a), float(b), rel_tol=1e-12) for a, b in pairs), f"{got} is not {expected}"


def on_duckdb(engine: duckdb.DuckDBPyConnection, sql: str) -> str:
    written = (
        query_to_duckdb(sql, {}) if sql.startswith(SELECTS) else f"SELECT {expression_to_duckdb(sql, NOTHING)} AS v"
    )
    try:
        relation = engine.sql(written)
        table = relation.to_arrow_table()
    except duckdb.Error:
        return "error"
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    types = ["void" if str(kind) == '"NULL"' else databricks_type(str(kind)) for kind in relation.types]
    return answer(rows, types)


def foretold(sql: str) -> list[str]:
    return list(query_schema(sql, {}).types.values()) if sql.startswith(SELECTS) else [expression_type(sql, NOTHING)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.sql)
def test_duckdb_answers_as_spark_did(example: Conformance, engine: duckdb.DuckDBPyConnection) -> None:
    assert_same(on_duckdb(engine, example.sql), example.answer)
    if example.answer != "error":
        assert ",".join(foretold(example.sql)) == example.answer.rsplit(" : ", 1)[1]


@pytest.mark.spark
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.sql)
def test_spark_still_answers_so(example: Conformance, spark: Any) -> None:
    sql = example.sql if example.sql.startswith(SELECTS) else f"SELECT {example.sql} AS v"
    from pyspark.errors import PySparkException

    try:
        frame = spark.sql(sql)
        rows = frame.toArrow()
    except PySparkException:
        got = "error"
    else:
        values = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        got = answer(values, [field.dataType.simpleString() for field in frame.schema.fields])
    assert_same(got, example.answer)


def test_every_portable_function_has_its_examples() -> None:
    shown_in = {call.name.lower() for example in EXAMPLES for call in parsed(example.sql).find_all(exp.Anonymous)}
    assert {name for name, function in FUNCTIONS.items() if function.proven} - shown_in - OWN_SYNTAX == set()


def test_the_examples_stay_inside_the_list() -> None:
    assert [example.sql for example in EXAMPLES if unproven(example.sql)] == []


def test_no_function_is_both_portable_and_refused() -> None:
    assert FUNCTIONS.keys() & REFUSED.keys() == set()


# ---- what is refused, and how it is said ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("fee +", "does not parse"),
        ("fee > 1; DROP TABLE customers", "more than one statement"),
        ("", "there is no SQL here"),
        ("-- nothing", "there is no SQL here"),
        ("(SELECT 1)", "a subquery cannot stand in an expression"),
        ("fee IN (SELECT 1)", "a subquery cannot stand in an expression"),
        ("EXISTS (SELECT 1)", "a subquery cannot stand in an expression"),
        ("DROP TABLE silver.customers", "cannot stand in an expression"),
        ("INSERT INTO silver.customers VALUES (1)", "cannot stand in an expression"),
        ("SELECT 1", "cannot stand in an expression"),
        ("fee AS money", "an expression has no AS"),
        ("sum(fee)", "`sum` counts over many rows"),
        ("hash(plan)", "use md5"),
        ("percentile_approx(fee, 0.5)", "use percentile"),
        ("CAST(fee AS string)", "a double has no text that both engines agree on"),
        ("concat(plan, fee)", "a double has no text that both engines agree on"),
        ("signed_up - signed_up", "use datediff"),
        ("regexp_replace(plan, '(?<=a)b', '')", "RE2"),
        ("plan RLIKE plan", "has to be written out"),
        ("date_format(seen, 'QQQ')", "has no DuckDB form"),
        ("trunc(signed_up, 'century')", "knows no unit"),
        ("upper()", "takes 1 argument"),
        ("CAST(plan AS money)", "does not parse"),
        ("visits = true", "a boolean cannot be compared with a number"),
    ],
)
def test_a_mistake_says_what_to_do(sql: str, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        check_expression(sql, CUSTOMERS)


def test_an_unknown_column_says_where_and_which_is_near() -> None:
    with pytest.raises(UnknownName, match="did you mean `fee`") as caught:
        check_expression("visits > 1\n  AND fees > 2", CUSTOMERS)
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (2, 7)


def test_a_parse_error_says_where() -> None:
    with pytest.raises(UserError) as caught:
        check_expression("fee >\n >", CUSTOMERS)
    assert caught.value.place is not None
    assert caught.value.place.line == 2


def test_a_window_function_is_no_aggregate() -> None:
    check_expression("fee - avg(fee) OVER (PARTITION BY plan)", CUSTOMERS)


@pytest.mark.parametrize(
    ("sql", "error", "message"),
    [
        ("SELECT fees FROM silver.customers", UnknownName, "did you mean `fee`"),
        ("SELECT c.plam FROM silver.customers c", UnknownName, "did you mean `plan`"),
        ("WITH a AS (SELECT nope FROM silver.customers) SELECT * FROM a", UnknownName, "there is no column `nope`"),
        ("SELECT 1 AS x FROM silver.costumers", UnknownName, "did you mean `silver.customers`"),
        ("SELECT 1 AS x FROM customers", UserError, "write layer.table"),
        ("SELECT 1 AS x FROM main.silver.customers", UserError, "write layer.table"),
        ("DELETE FROM silver.customers", UserError, "is one SELECT"),
        ("SELECT 1 AS x; SELECT 2 AS x", UserError, "more than one statement"),
        ("SELECT plan, PLAN FROM silver.customers", UserError, "is there twice"),
    ],
)
def test_a_query_with_a_mistake_says_what_to_do(sql: str, error: type[UserError], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        query_schema(sql, LAKE)


# ---- names and texts that want to be SQL -----------------------------------------------------------------------------------


@settings(deadline=None)  # a fresh DuckDB may take its time on a busy machine
@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    | st.sampled_from(["'; --", "\\'", "\\", '"', "`", "''", "a/*b", "$1", "\\u0041"])
)
def test_a_text_stays_a_text(text: str) -> None:
    connection = duckdb.connect()
    written = expression_to_duckdb(f"concat({sql_text(text, 'databricks')}, '')", NOTHING)
    assert connection.sql(f"SELECT {written} AS v").fetchall() == [(text,)]


@settings(deadline=None)  # a fresh DuckDB may take its time on a busy machine
@given(st.text(alphabet=st.sampled_from("ab '\"`;-\\/*.$?()"), min_size=1, max_size=8))
def test_a_name_stays_a_name(name: str) -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE t ({sql_name(name, 'duckdb')} INTEGER)")
    connection.execute("INSERT INTO t VALUES (7)")
    written = expression_to_duckdb(f"{sql_name(name, 'databricks')} + 1", Schema.from_types({name: "int"}))
    assert connection.sql(f"SELECT {written} AS v FROM t").fetchall() == [(8,)]


def test_names_are_found_in_any_case_and_keep_the_case_they_are_written_in() -> None:
    assert query_schema("SELECT PLAN, Fee AS Money FROM Silver.Customers", LAKE).names == ("PLAN", "Money")
    assert expression_to_duckdb("FEE", CUSTOMERS) == '"fee"'


# ---- tables in a text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "names", "replaced"),
    [
        (
            "SELECT * FROM silver.customers -- silver.customers",
            ["silver.customers"],
            "SELECT * FROM T0 -- silver.customers",
        ),
        ("SELECT * FROM `silver`.`customers` c", ["silver.customers"], "SELECT * FROM T0 c"),
        (
            "SELECT 'silver.orders' AS x FROM silver.orders /* é */",
            ["silver.orders"],
            "SELECT 'silver.orders' AS x FROM T0 /* é */",
        ),
        (
            "WITH orders AS (SELECT * FROM silver.orders)\nSELECT * FROM orders JOIN silver . customers USING (customer_id)",
            ["silver.orders", "silver.customers"],
            "WITH orders AS (SELECT * FROM T0)\nSELECT * FROM orders JOIN T1 USING (customer_id)",
        ),
        (
            "SELECT amount FROM silver.orders WHERE customer_id IN (SELECT customer_id FROM silver.customers)",
            ["silver.orders", "silver.customers"],
            "SELECT amount FROM T0 WHERE customer_id IN (SELECT customer_id FROM T1)",
        ),
        ("SELECT 1 AS x", [], "SELECT 1 AS x"),
    ],
)
def test_tables_are_found_by_their_characters(sql: str, names: list[str], replaced: str) -> None:
    found = tables_read(sql)
    assert [name for name, _, _ in found] == names
    for at, (_, start, end) in reversed(list(enumerate(found))):
        sql = f"{sql[:start]}T{at}{sql[end:]}"
    assert sql == replaced


# ---- what only the proof can tell ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("upper(plan)", ()),
        ("soundexx(plan)", ("soundexx",)),
        ("rand()", ("rand",)),
        ("current_date", ("current_date",)),
        ("current_timestamp() > seen", ("current_timestamp",)),
        ("SELECT collect_list(plan) AS x FROM silver.customers", ("collect_list",)),
        ("SELECT sort_array(collect_list(plan)) AS x FROM silver.customers", ()),
        ("SELECT first(plan) AS x FROM silver.customers", ("first",)),
        ("SELECT first(plan) OVER (PARTITION BY fee ORDER BY seen) AS x FROM silver.customers", ()),
        ("SELECT plan FROM silver.customers LIMIT 3", ("limit without order by",)),
        ("filter(array(1), x -> x > 1)", ("filter", "lambda")),
    ],
)
def test_what_goes_beyond_the_list_is_named(sql: str, names: tuple[str, ...]) -> None:
    assert unproven(sql) == names


def test_a_function_beyond_the_list_still_runs(engine: duckdb.DuckDBPyConnection) -> None:
    written = expression_to_duckdb("get_json_object('{\"a\": \"it''s\"}', '$.a')", NOTHING)
    assert engine.sql(f"SELECT {written}").fetchall() == [("it's",)]


# ---- cost --------------------------------------------------------------------------------------------------------------------


def test_a_usual_query_costs_little() -> None:
    columns = ",\n".join(f"round(sum(o.amount) / nullif(count(*), {n}), 2) AS c{n}" for n in range(20))
    sql = f"""
        WITH recent AS (SELECT * FROM silver.orders WHERE ordered_at > timestamp'2024-01-01 00:00:00')
        SELECT c.plan, {columns}
        FROM silver.customers c LEFT JOIN recent o ON o.customer_id = c.customer_id
        GROUP BY c.plan ORDER BY c.plan
    """
    query_to_duckdb(f"{sql} -- warm", LAKE)
    start = process_time()
    for n in range(5):
        query_to_duckdb(f"{sql} -- {n}", LAKE)
    assert (process_time() - start) / 5 < 0.1  # 0.013 s measured; the rest is for a busy machine


def test_step_errors_are_user_errors() -> None:
    with pytest.raises(StepError):
        check_expression("(SELECT 1)", CUSTOMERS)


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ("SELECT plan FROM silver.customers", "SELECT plan FROM silver.customers"),
        ("SELECT c.plan FROM silver.customers AS c", "SELECT c.plan FROM silver.customers AS c"),
        ("SELECT customers.* FROM silver.customers", "SELECT customers.* FROM silver.customers AS customers"),
        (
            "SELECT silver.orders.id, p.x.y FROM silver.`orders` -- all\nJOIN gold.plans p ON silver.Orders.id = p.id",
            "SELECT orders.id, p.x.y FROM silver.`orders` AS `orders` -- all\nJOIN gold.plans p ON Orders.id = p.id",
        ),
        ("SELECT silver.orders.x.y FROM silver.orders", "SELECT orders.x.y FROM silver.orders AS orders"),
    ],
)
def test_a_table_that_is_called_otherwise_there_keeps_its_name_in_the_query(written: str, leaves: str) -> None:
    assert with_aliases(written) == leaves

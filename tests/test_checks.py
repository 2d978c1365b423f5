"""Every check, by its own examples: on DuckDB, and on Spark by the text that a notebook holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from boathouse.check import CHECKS, Check, CheckExample, parse
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.names import TableName
from boathouse.quoting import Dialect
from boathouse.relation import Relation
from examples import Frame, frame, schema_of, table, view_name

EXAMPLES = [
    pytest.param(example, id=f"{name}: {example.why}")
    for name in CHECKS.names()
    for example in CHECKS.member(name).examples()
]
every_example = pytest.mark.parametrize("example", EXAMPLES)
AT = "at_"  # numbers the rows


def given(example: CheckExample) -> Any:
    values = {
        key: [date.fromisoformat(v) if key.endswith(" date") and isinstance(v, str) else v for v in column]
        for key, column in example.given.items()
    }
    rows = len(next(iter(values.values())))
    return table({**values, f"{AT} int": list(range(rows))})


def relation(example: CheckExample, name: str, dialect: Dialect) -> Relation:
    others = {other: schema_of(table(rows)) for other, rows in example.others.items()}
    place = None if dialect == "duckdb" else view_name
    return Relation(name, schema_of(given(example)), dialect, others=others, place=place, before=example.before)


def expected(example: CheckExample, check: Check) -> tuple[list[int], bool]:
    assert check.by_row is (example.holds is None), "a check of rows says which break, one of all rows whether it holds"
    return list(example.breaks), not example.breaks if example.holds is None else example.holds


@every_example
def test_on_duckdb(example: CheckExample) -> None:
    engine, check = DuckDB(), parse(example.written)
    engine.register("silver", "given", given(example))
    for name, rows in example.others.items():
        other = TableName.parse(name)
        engine.register(other.layer, other.table, table(rows))
    here = relation(example, "silver.given", "duckdb")
    check.refuse(here)

    breaks, holds = expected(example, check)
    if check.by_row:
        marked = f"SELECT {AT}, ({check.row(here)}\n) AS ok FROM silver.given"
        assert [row[AT] for row in engine.rows(f"SELECT {AT} FROM ({marked}) WHERE NOT ok ORDER BY 1")] == breaks
    found = engine.row(f"SELECT {check.holds(here)} AS holds, {check.broken(here)} AS broken FROM silver.given")
    assert found["holds"] is holds
    assert not check.by_row or bool(found["broken"]) is bool(breaks)


@pytest.mark.spark
@every_example
def test_on_spark(example: CheckExample, spark: Any) -> None:
    from pyspark.sql import functions as F  # noqa: N812 - as every notebook has it

    check, df = parse(example.written), frame(given(example), spark)
    for name, rows in example.others.items():
        frame(table(rows), spark).createOrReplaceTempView(TableName.parse(name).flat)
    there = relation(example, "df", "databricks")

    breaks, holds = expected(example, check)
    if check.by_row:
        marked = df.withColumn("ok", F.expr(check.row(there)))
        assert sorted(row[AT] for row in marked.where("NOT ok").collect()) == breaks
    assert df.agg(F.expr(check.holds(there)).alias("holds")).first()["holds"] is holds


@pytest.mark.parametrize(("written", "said"), [
    ("unique()", "columns"), ("fresh(at, 'soon')", "90 minutes"), ("row_count()", "operator"),
    ("between(x, 1)", "high"), ("null_share(x) >= 2", "operator"), ("references(a, b, c, d)", "no place for 'd'"),
    ("unique(a + 1)", "write a predicate"), ("unique(a", "does not parse"),
])  # fmt: skip
def test_a_call_that_cannot_be_read(written: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        parse(written)


def test_columns_that_are_not_there_are_told_before_a_row_is_read() -> None:
    here = Relation("t", schema_of(table({"age": [1], "name": ["a"]})))
    for written in ("unique(agee)", "agee > 1", "accepted(agee, 1)", "fresh(agee, '1 day')"):
        with pytest.raises(UserError, match="age"):
            parse(written).refuse(here)
    with pytest.raises(UserError, match="true or false"):
        parse("age + 1").refuse(here)


def test_hostile_names_and_values_are_only_data() -> None:
    hostile = 'it\'s "a" `b`; DROP TABLE t --'
    rows: Frame = {f"{hostile} string": [hostile, "x"]}
    engine = DuckDB()
    engine.register("silver", "given", table(rows))
    quoted = "`" + hostile.replace("`", "``") + "`"
    text = "'" + hostile.replace("'", "''") + "'"
    for written in (f"accepted({quoted}, {text})", f"{quoted} = {text}"):
        check = parse(written)
        found = engine.row(
            f"SELECT {check.broken(Relation('silver.given', schema_of(table(rows))))} AS n FROM silver.given"
        )
        assert found == {"n": 1}

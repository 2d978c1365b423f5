"""Runs a step's example: on DuckDB, as PySpark text on Spark, and as Databricks SQL on Spark."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

import asked_models
from boathouse.declarative.lazy_text import made_lazy
from boathouse.engines.duckdb import DuckDB
from boathouse.names import TableName
from boathouse.quoting import Dialect, sql_literal, sql_name
from boathouse.relation import Relation
from boathouse.schema import DECIMAL, Schema, type_name
from boathouse.step import Example, FittedStep, Step

CATALOG, SCHEMA = "spark_catalog", "examples"
Frame = dict[str, list[Any]]

ARROW = {
    "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "float": pa.float32(),
    "double": pa.float64(), "string": pa.string(), "boolean": pa.bool_(), "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"), "binary": pa.binary(),
}  # fmt: skip


# ---- tables -----------------------------------------------------------------------------------------------------------


def table(frame: Frame) -> pa.Table:
    """Make an Arrow table; a key is `name` or `name type`, and the type is otherwise that of the values."""
    columns = {}
    for key, values in frame.items():
        name, kind = split_key(key, values)
        columns[name] = pa.array(values, arrow_type(kind))
    return pa.table(columns)


def split_key(key: str, values: list[Any]) -> tuple[str, str]:
    """Read `fee double` as a name and a type; where there is only a name, the values tell the type."""
    name, _, kind = key.rpartition(" ")
    if name:
        return name, type_name(kind)
    return key, type_of(values)


def type_of(values: list[Any]) -> str:
    known = [value for value in values if value is not None]
    match known[0]:
        case bool():
            return "boolean"
        case int():
            return "bigint"
        case float():
            return "double"
        case str():
            return "string"
        case datetime():
            return "timestamp"
        case date():
            return "date"
        case Decimal():
            scale = max(max(0, -int(value.as_tuple().exponent)) for value in known)
            whole = max(max(0, value.adjusted() + 1) for value in known)
            return f"decimal({max(whole + scale, 1)},{scale})"
    raise TypeError(f"write the type of a column of {type(known[0]).__name__} into its key")


def arrow_type(kind: str) -> pa.DataType:
    if decimal := DECIMAL.fullmatch(kind):
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    if kind.startswith("array<"):
        return pa.list_(arrow_type(kind[6:-1]))
    return ARROW[kind]


def databricks_type(kind: pa.DataType) -> str:
    """Say an Arrow type in Databricks words, strictly: a timestamp without a zone is not one with it."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{databricks_type(kind.value_type)}>"
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "string"
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz else "timestamp_ntz"
    return next((name for name, arrow in ARROW.items() if arrow == kind), str(kind))


def schema_of(arrow: pa.Table) -> Schema:
    return Schema.from_types(types_of(arrow))


def types_of(arrow: pa.Table) -> dict[str, str]:
    return {column.name: databricks_type(column.type) for column in arrow.schema}


# ---- the three ways ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tables:
    """The tables of one example: what the step is given, and what else it may read."""

    given: pa.Table
    others: Mapping[str, pa.Table]

    @classmethod
    def of(cls, example: Example) -> Tables:
        return cls(table(example.given), {name: table(frame) for name, frame in example.others.items()})

    def relation(self, name: str, dialect: Dialect) -> Relation:
        others = {other: schema_of(arrow) for other, arrow in self.others.items()}
        place = None if dialect == "duckdb" else view_name
        return Relation(name, schema_of(self.given), dialect, others=others, place=place)


def view_name(name: TableName, dialect: Dialect) -> str:
    """Temporary views have no schema: silver.plans is the view silver_plans."""
    return sql_name(name.flat, dialect)


def on_duckdb(example: Example) -> pa.Table:
    """Run the SQL of the step on DuckDB, fitted before if it is to be."""
    (result,) = parts_on_duckdb(example, fitted_on_duckdb(example), Tables.of(example).given)
    return result


def parts_on_duckdb(example: Example, step: Step, *parts: pa.Table) -> list[pa.Table]:
    """Run the SQL of a step on DuckDB over each of some rows, beside what else the example has."""
    tables, engine = Tables.of(example), DuckDB()
    for name, arrow in tables.others.items():
        other = TableName.parse(name)
        engine.register(other.layer, other.table, arrow)
    relation, made = tables.relation('"bronze"."given"', "duckdb"), []
    for rows in parts:
        engine.register("bronze", "given", rows)
        guard = step.guard(relation)
        if guard:
            assert list(engine.row(guard).values()) == [0], "the step's own guard stops its example"
        with asked_models.on_duckdb(example, relation, engine):
            made.append(engine.stream(step.sql(relation)).to_arrow_table())
    return made


def fitted_on_duckdb(example: Example) -> Step:
    """Give the step with the numbers that DuckDB learns from the example's rows."""
    if not isinstance(example.step, FittedStep):
        return example.step
    tables, engine = Tables.of(example), DuckDB()
    engine.register("bronze", "given", tables.given)
    return fitted(example.step, tables.relation('"bronze"."given"', "duckdb"), engine.rows)


def as_sql(example: Example, spark: Any) -> pa.Table:
    """Run the Databricks SQL of the step on Spark, fitted by Spark."""
    tables = Tables.of(example)
    frame(tables.given, spark).createOrReplaceTempView("given")
    for name, arrow in tables.others.items():
        frame(arrow, spark).createOrReplaceTempView(TableName.parse(name).flat)
    relation = tables.relation("`given`", "databricks")
    step = fitted(example.step, relation, lambda sql: [row.asDict() for row in spark.sql(sql).collect()])
    with asked_models.on_spark(example, relation, tables.given, spark):
        result: pa.Table = spark.sql(step.sql(relation)).toArrow()
    return result


def as_pyspark(example: Example, spark: Any, *, freeze: bool = False, text: str = "") -> pa.Table:
    """Run the text that a notebook holds; `freeze` writes the fitted numbers into it."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812 - as every notebook has it

    tables = Tables.of(example)
    for name, arrow in tables.others.items():
        spark.sql(permanent_view(TableName.parse(name).flat, arrow))
    scope = {
        "df": frame(tables.given, spark), "spark": spark, "F": F, "Window": Window, "CATALOG": CATALOG, "SCHEMA": SCHEMA,
        "Decimal": Decimal, "date": date, "datetime": datetime,
    }  # fmt: skip
    with asked_models.on_spark(example, tables.relation("df", "databricks"), tables.given, spark) as imports:
        scope |= imports
        exec(compile(text or pyspark_text(example, freeze=freeze), "<notebook>", "exec"), scope)  # noqa: S102 - the point of the test
        result: pa.Table = scope["df"].toArrow()
    return result


def pyspark_text(example: Example, *, freeze: bool = False) -> str:
    """Write the step's PySpark, with its numbers frozen (by DuckDB) or learnt where it runs."""
    step = fitted_on_duckdb(example) if freeze else example.step
    return step.pyspark(in_notebook(example))


def lazy_text(example: Example) -> str:
    """Write the step's PySpark for a pipeline that keeps it for later, its numbers frozen."""
    step = fitted_on_duckdb(example)
    return made_lazy(step.pyspark_lazy(in_notebook(example)))


def in_notebook(example: Example) -> Relation:
    """Give the relation of a notebook, whose tables are named by its constants."""
    return replace(Tables.of(example).relation("df", "databricks"), place=None)


def fitted(step: Step, relation: Relation, rows: Any) -> Step:
    """Learn the numbers of a fitted step and bind them, as run.py does."""
    if not isinstance(step, FittedStep) or not step.learns():
        return step
    return step.model_copy(update={"fitted": step.learn(rows(step.fit_sql(relation)))})


def frame(arrow: pa.Table, spark: Any) -> Any:
    """Make a Spark frame with exactly these types, also where there is no row."""
    return spark.createDataFrame(arrow)


def permanent_view(name: str, arrow: pa.Table) -> str:
    """Write a view of literals: what notebooks read by three names can be no temporary view."""
    types = types_of(arrow)
    rows = arrow.to_pylist() or [dict.fromkeys(types)]
    selects = [
        "SELECT "
        + ", ".join(
            f"CAST({sql_literal(row[c], 'databricks')} AS {t}) AS {sql_name(c, 'databricks')}" for c, t in types.items()
        )
        for row in rows
    ]
    where = "" if arrow.num_rows else " WHERE FALSE"
    return f"CREATE OR REPLACE VIEW {CATALOG}.{SCHEMA}.{name} AS {' UNION ALL '.join(selects)}{where}"


# ---- equality ---------------------------------------------------------------------------------------------------------


def assert_makes(actual: pa.Table, example: Example) -> None:
    """Assert the example's `then`: the types that after() says, the same rows in any order."""
    expected = table(example.then)
    after = example.step.after(Tables.of(example).relation("df", "duckdb"))
    assert list(after.types.items()) == list(types_of(expected).items()), (
        f"after() is not what the example says: {example.why}"
    )
    assert list(types_of(actual).items()) == list(after.types.items()), f"the columns differ: {example.why}"
    missing, extra = difference(expected.to_pylist(), actual.to_pylist())
    assert (missing, extra) == ([], []), example.why


def difference(
    expected: list[Any], actual: list[Any], *, alike: Callable[[Any, Any], bool] | None = None
) -> tuple[list[Any], list[Any]]:
    """Give the rows that only one side has, counting them."""
    alike = alike or same
    extra = list(actual)
    missing = []
    for row in expected:
        found = next((at for at, other in enumerate(extra) if alike(row, other)), None)
        if found is None:
            missing.append(row)
        else:
            extra.pop(found)
    return missing, extra


def same(one: Any, other: Any) -> bool:
    """Compare values: doubles to 1e-12 relative, NaN equals NaN, NULL equals NULL only."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-12)
    return type(one) is type(other) and bool(one == other)

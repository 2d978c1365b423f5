"""Lineage: what each column is made of, held against queries read by hand, and against what changes when a column does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import asked_models
import churn_project
from boathouse.action import Action, Stage
from boathouse.dialect.lineage import query_lineage
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import BoathouseError, UnknownName
from boathouse.lineage import Lineage, TableColumn, lineage
from boathouse.names import TableName
from boathouse.pipeline import Pipeline, Table
from boathouse.plan import Plan
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import STEPS, Example
from examples import Tables, difference, fitted, schema_of
from projects import project
from terminal import Terminal

A, B = Schema.of(id="int", x="int", y="string", tags="array<string>"), Schema.of(id="int", z="int")
TABLES = {"silver.a": A, "silver.b": B}


# ---- one SELECT -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "columns", "rows"),
    [
        ("SELECT a.id, X + 1 AS up, z FROM silver.a LEFT JOIN silver.b ON a.id = b.id WHERE y = 'q'",
         {"id": "a.id", "up": "a.x", "z": "b.z"}, "a.id a.y b.id"),
        ("SELECT * EXCEPT (y, tags), x AS again FROM silver.a", {"id": "a.id", "x": "a.x", "again": "a.x"}, ""),
        ("WITH c AS (SELECT *, x AS w FROM silver.a WHERE id > 0) SELECT c.w, (SELECT max(z) FROM silver.b WHERE b.id = c.id) AS m FROM c",
         {"w": "a.x", "m": "a.id b.id b.z"}, "a.id"),
        ("SELECT t.k FROM (SELECT id AS k, row_number() OVER (PARTITION BY y ORDER BY x) AS n FROM silver.a) AS t WHERE n = 1",
         {"k": "a.id"}, "a.x a.y"),
        ("SELECT y AS k, count(*) AS n, sum(x) AS s, s + 1 AS t FROM silver.a GROUP BY 1", {"k": "a.y", "n": "a.y", "s": "a.x", "t": "a.x"}, "a.y"),
        ("SELECT y, sum(x) AS s FROM silver.a GROUP BY ALL HAVING s > 1 ORDER BY s LIMIT 3", {"y": "a.y", "s": "a.x"}, "a.x a.y"),
        ("SELECT id FROM silver.a ORDER BY x", {"id": "a.id"}, ""),
        ("SELECT DISTINCT x FROM silver.a", {"x": "a.x"}, "a.x"),
        ("SELECT id, v.tag FROM silver.a LATERAL VIEW explode(tags) v AS tag", {"id": "a.id", "tag": "a.tags"}, "a.tags"),
        ("SELECT id FROM silver.a UNION ALL SELECT z FROM silver.b", {"id": "a.id b.z"}, ""),
        ("SELECT id FROM silver.a UNION SELECT z FROM silver.b", {"id": "a.id b.z"}, "a.id b.z"),
        ("SELECT id FROM silver.a EXCEPT SELECT z FROM silver.b", {"id": "a.id b.z"}, "a.id b.z"),
        ("SELECT id, z FROM silver.a JOIN silver.b USING (id)", {"id": "a.id b.id", "z": "b.z"}, "a.id b.id"),
        ("SELECT id FROM silver.a WHERE EXISTS (SELECT 1 FROM silver.b WHERE b.id = a.x)", {"id": "a.id"}, "a.x b.id"),
        ("SELECT id FROM silver.a WHERE x IN (SELECT z FROM silver.b)", {"id": "a.id"}, "a.x b.z"),
        ("SELECT v FROM silver.a JOIN (VALUES (1, 2)) AS q(v, w) ON q.w = id", {"v": ""}, "a.id"),
        ("SELECT transform(tags, t -> concat(t, y)) AS made FROM silver.a", {"made": "a.tags a.y"}, ""),
        ("WITH RECURSIVE r AS (SELECT id, x FROM silver.a UNION ALL SELECT b.id, r.x FROM silver.b JOIN r ON r.id = b.z) SELECT * FROM r",
         {"id": "a.id b.id", "x": "a.x"}, "a.id b.z"),
        ("SELECT count(*) AS n, 1 AS one FROM silver.a WHERE x = 1", {"n": "a.x", "one": ""}, "a.x"),
    ],
)  # fmt: skip
def test_a_select(sql: str, columns: dict[str, str], rows: str) -> None:
    made = query_lineage(sql, TABLES)

    assert {name: told(leaves) for name, leaves in made.columns.items()} == columns
    assert told(made.rows) == rows


def told(leaves: frozenset[tuple[str, str]]) -> str:
    return " ".join(sorted(f"{table.removeprefix('silver.')}.{column}" for table, column in leaves))


# ---- the steps: where a column is changed, only what is made of it changes -----------------------------------------------


@pytest.mark.parametrize("name", STEPS.names())
def test_what_changes_with_a_column_is_said_to_be_made_of_it(name: str) -> None:
    engine, tried = DuckDB(), 0
    for example in STEPS.member(name).examples():
        traced = lineage_of(example).table("gold.made")
        before = run(example, Tables.of(example), engine)
        for column, tables in changed(example):
            try:
                after = run(example, tables, engine)
            except BoathouseError:  # it is refused: two rows of a key, say
                continue
            rows_may, names = column in traced.rows, before.column_names
            assert rows_may or before.num_rows == after.num_rows, (example.why, column)
            for made in names:
                if not rows_may and column not in traced.columns[made]:
                    same = difference(before[made].to_pylist(), after[made].to_pylist())
                    assert same == ([], []), f"{example.why}: {made} is made of {column}"
            tried += 1
    assert tried > 1


def run(example: Example, tables: Tables, engine: DuckDB) -> pa.Table:
    engine.register("bronze", "given", tables.given)
    for name, arrow in tables.others.items():
        other = TableName.parse(name)
        engine.register(other.layer, other.table, arrow)
    relation = tables.relation('"bronze"."given"', "duckdb")
    guard = example.step.guard(relation)
    if guard and list(engine.row(guard).values()) != [0]:
        raise BoathouseError(example.step.guard_message())
    with asked_models.on_duckdb(example, relation, engine):
        made: pa.Table = engine.stream(fitted(example.step, relation, engine.rows).sql(relation)).to_arrow_table()
    return made


def changed(example: Example) -> Iterator[tuple[TableColumn, Tables]]:
    """Change one column after the other: all of it null, or in another order."""
    tables = Tables.of(example)
    for table, arrow in {"bronze.given": tables.given, **tables.others}.items():
        for at, name in enumerate(arrow.column_names):
            column = arrow.column(at)
            for other in (pa.nulls(arrow.num_rows, column.type), column[::-1]):
                new = arrow.set_column(at, name, other)
                others = {**tables.others, table: new} if table in tables.others else tables.others
                yield TableColumn(table, name), Tables(new if table == "bronze.given" else tables.given, others)


def lineage_of(example: Example) -> Lineage:
    """Trace a plan of one table with this one step."""
    tables = Tables.of(example)
    given, made = TableName("bronze", "given"), TableName("gold", "made")
    inputs = {str(given): schema_of(tables.given)} | {name: schema_of(arrow) for name, arrow in tables.others.items()}
    relation = Relation("df", inputs[str(given)], others=inputs)
    table = Table(made, reads=given, steps=(example.step,))
    schema = example.step.after(relation)
    action = Action(
        table, inputs, relation.schema, (Stage(example.step, relation),), schema, final_cast=False, fingerprint=""
    )
    return lineage(Plan(Pipeline("p", Path(), {made: table}), (action,), {}))


def test_lineage_is_exact_where_it_can_be() -> None:
    step = STEPS.member("scd_type_2")(key=["id"], sequence_by=["at"], delete_when="op = 'D'", track_history_on=["plan"])
    given: dict[str, list[Any]] = {"id": [1], "at": [1], "op": ["I"], "plan": ["a"], "fee": [1.0]}

    made = lineage_of(Example("", step, given, {})).table("gold.made")

    assert made.columns["fee"] == {TableColumn("bronze.given", "fee")}
    assert {column.column for column in made.columns["valid_from"]} >= {"at", "plan", "op"}
    assert "fee" in {column.column for column in made.rows}  # of two rows with one sequence it may be what decides


# ---- a project ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    return lineage(churn_project.planned(churn_project.make(tmp_path_factory.mktemp("churn"))))


def test_a_column_goes_down_to_the_raw_file(churn: Lineage) -> None:
    spend = TableColumn("gold.spend", "spend")

    assert texts(churn.sources(spend)) == ["silver.customers.monthly_charges"]
    assert texts(churn.raw(spend)) == ["raw/customers.csv[monthly_charges]"]
    assert churn.raw(TableColumn("gold.spend", "remark")) == frozenset()
    assert texts(churn.sources(TableColumn("gold.spend", "customers"))) == [
        "silver.customers.plan",
        "silver.plans.plan",
    ]
    assert texts(churn.sources(TableColumn("gold.customer_features", "seats"))) == ["silver.plans.seats"]


def test_a_table_says_what_decides_its_rows_and_what_its_rules_ask(churn: Lineage) -> None:
    customers = churn.table("silver.customers")

    assert {"age", "signed_up", "customer_id"} <= {column.column for column in customers.rows}
    assert texts(customers.rules["valid_age"]) == ["silver.customers.age"]
    assert texts(churn.table("gold.customer_features").rules["known_plan"]) == [
        "gold.customer_features.plan",
        "silver.plans.plan",
    ]


def test_what_hangs_on_a_column(churn: Lineage) -> None:
    charges = churn.impact(TableColumn("bronze.customers", "monthly_charges"))
    seats = churn.impact(TableColumn("raw/plans.csv", "seats"))
    age = churn.impact(TableColumn("silver.customers", "age"))

    assert texts(charges.columns) == [
        "silver.customers.monthly_charges", "gold.customer_features.monthly_charges", "gold.spend.spend",
    ]  # fmt: skip
    assert texts(seats.columns) == ["bronze.plans.seats", "silver.plans.seats", "gold.customer_features.seats"]
    assert (seats.rows, seats.rules) == ((), ())
    assert age.rules == (("silver.customers", "valid_age"),)


def texts(columns: Any) -> list[str]:
    return [str(column) for column in (columns if isinstance(columns, tuple) else sorted(columns))]


def test_what_a_fitted_step_learns_from_is_a_source(tmp_path: Path) -> None:
    step = "{step: encode, column: plan, method: target, target: age}"
    files = {"tables/gold/customer_features.yml": f"reads: silver.customers\nsteps:\n  - {step}\n"}

    made = lineage(churn_project.planned(churn_project.make(tmp_path, files))).table("gold.customer_features")

    assert texts(made.columns["plan"]) == ["silver.customers.age", "silver.customers.plan"]
    assert texts(made.columns["age"]) == ["silver.customers.age"]


def test_what_ingestion_says_comes_from_no_column_of_a_file(tmp_path: Path) -> None:
    bench = project(tmp_path / "shop", {
        "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases, names: {who: User ID}}\n",
        "landing/purchases/dt=2024-01-01/a.csv": "User ID,amount\n1,5\n",
    })  # fmt: skip

    made = bench.lineage().table("bronze.purchases").columns

    assert texts(made["who"]) == ["landing/purchases[User ID]"]
    assert {name for name, sources in made.items() if not sources} == {"dt", "_ingested_at", "_run_id", "_source_file"}


def test_what_is_not_there_offers_the_nearest(churn: Lineage) -> None:
    with pytest.raises(UnknownName, match=r"did you mean `gold\.spend`"):
        churn.table("gold.spent")
    with pytest.raises(UnknownName, match="did you mean `spend`"):
        churn.column("gold.spend", "spent")


def test_a_wide_table_is_traced_as_fast_as_it_is_read(tmp_path: Path) -> None:
    names = [f"c{at}" for at in range(300)]
    steps = "".join(
        f"  - {{step: fill_nulls, column: {name}, using: mean}}\n  - {{step: scale, column: {name}}}\n"
        for name in names
    )
    bench = project(tmp_path / "wide", {
        "raw/wide.csv": f"{','.join(names)}\n{','.join('1' for _ in names)}\n",
        "tables/bronze/wide.yml": "source: {format: csv, path: raw/wide.csv}\n",
        "tables/silver/wide.yml": f"reads: bronze.wide\nsteps:\n  - {{step: cast, columns: {{{', '.join(f'{name}: double' for name in names)}}}}}\n{steps}",
    })  # fmt: skip
    plan = bench.plan()

    clock = time.process_time()
    made = lineage(plan)

    assert time.process_time() - clock < 5  # 1.2 s where it was written
    assert texts(made.raw(TableColumn("silver.wide", "c7"))) == ["raw/wide.csv[c7]"]


# ---- on the screen --------------------------------------------------------------------------------------------------------


def test_show_draws_it_and_needs_no_built_table(boathouse: Terminal, tmp_path: Path) -> None:
    root = churn_project.make(tmp_path).root

    answer = boathouse("show", "silver.customers", "--lineage", "--project", root)

    assert answer.code == 0
    assert "monthly_charges <- bronze.customers.monthly_charges <- raw/customers.csv[monthly_charges]" in answer.out
    assert "goes into gold.customer_features.monthly_charges, gold.spend.spend" in answer.out
    assert "is asked by valid_age (silver.customers)" in answer.out
    assert "rows are decided by bronze.customers.age" in answer.out


def test_show_answers_with_one_document(boathouse: Terminal, tmp_path: Path) -> None:
    root = churn_project.make(tmp_path).root

    answer = boathouse("show", "gold.spend", "--lineage", "--column", "spend", "--json", "--project", root)

    document = json.loads(answer.out)
    assert [column["column"] for column in document["columns"]] == ["spend"]
    assert document["columns"][0]["made_of"] == [{"table": "silver.customers", "column": "monthly_charges"}]
    assert document["columns"][0]["raw"] == [{"table": "raw/customers.csv", "column": "monthly_charges"}]
    assert set(document["columns"][0]["impact"]) == {"columns", "rows", "rules"}


def test_show_refuses_what_it_cannot_show(boathouse: Terminal, tmp_path: Path) -> None:
    root = churn_project.make(tmp_path).root

    assert (
        "did you mean `spend`"
        in boathouse("show", "gold.spend", "--lineage", "--column", "spent", "--project", root).err
    )
    assert "belongs to `--lineage`" in boathouse("show", "gold.spend", "--column", "spend", "--project", root).err
    assert boathouse("show", "gold.nope", "--lineage", "--project", root).code == 2

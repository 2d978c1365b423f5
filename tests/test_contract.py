"""Contracts: a bad row goes to quarantine and is never lost, a bad table is not written, a doubt is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse.errors import CheckFailed, UserError
from boathouse.names import TableName
from boathouse.run_record import Run, TableRun
from boathouse.workbench import Workbench
from projects import project, write

FILES = {
    "raw/customers.csv": "id,age,plan\n1,30,basic\n2,17,pro\n3,,gold\n4,200,gold\n5,50,\n",
    "raw/plans.csv": "plan\nbasic\npro\n",
    "tables/bronze/customers.yml": "source: {format: csv, path: raw/customers.csv}\n",
    "tables/bronze/plans.yml": "source: {format: csv, path: raw/plans.csv}\n",
    "tables/silver/plans.yml": "reads: bronze.plans\n",
}
CUSTOMERS_TABLE = TableName("silver", "customers")
CUSTOMERS = """\
reads: bronze.customers
steps:
  - {step: cast, columns: {id: int, age: int}}
contract:
  key: [id]
  columns: {id: int not null, age: int, plan: string}
"""
DROP = '  drop: {valid_age: age BETWEEN 18 AND 120, known_plan: "references(plan, silver.plans)"}\n'


def made(folder: Path, rules: str = DROP, **files: str) -> Workbench:
    return project(folder / "p", {**FILES, "tables/silver/customers.yml": CUSTOMERS + rules, **files})


def customers(run: Run) -> TableRun:
    return next(table for table in run.tables if str(table.table) == "silver.customers")


def ids(bench: Workbench, table: str) -> list[int]:
    return [row["id"] for row in bench.query(f"SELECT id FROM {table} ORDER BY id")]


INGESTED = {
    "landing/visits/a.csv": "id,age\n1,30\n2,17\n",
    "tables/bronze/visits.yml": "source: {format: csv, path: landing/visits}\n",
    "tables/silver/visits.yml": "reads: bronze.visits\ncontract: {drop: {grown: CAST(age AS INT) >= 18}}\n",
}


# ---- drop ---------------------------------------------------------------------------------------------------------------


def test_rows_that_break_a_rule_are_set_apart_with_the_rules_and_the_run(tmp_path: Path) -> None:
    bench = made(tmp_path)
    run = bench.run()

    assert ids(bench, "silver.customers") == [1, 5]
    assert bench.query("SELECT * FROM silver.customers_quarantine ORDER BY id") == [
        {"id": 2, "age": 17, "plan": "pro", "_rules": ["valid_age"], "_run_id": run.id},
        {"id": 3, "age": None, "plan": "gold", "_rules": ["known_plan"], "_run_id": run.id},
        {"id": 4, "age": 200, "plan": "gold", "_rules": ["valid_age", "known_plan"], "_run_id": run.id},
    ]
    silver = customers(run)
    assert (silver.rows, silver.quarantined) == (2, 3)
    assert [(rule.rule, rule.holds, rule.found) for rule in silver.rules][:2] == [
        ("valid_age", False, 2), ("known_plan", False, 2),
    ]  # fmt: skip


def test_rows_that_are_good_again_leave_the_quarantine(tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.run()
    write(bench.project.root, {"raw/customers.csv": "id,age,plan\n1,30,basic\n2,18,pro\n"})
    bench.run()

    assert (ids(bench, "silver.customers"), ids(bench, "silver.customers_quarantine")) == ([1, 2], [])


def test_both_rows_of_a_doubled_key_go(tmp_path: Path) -> None:
    bench = made(tmp_path, "  drop: {once: unique(plan)}\n")
    bench.run()

    assert ids(bench, "silver.customers_quarantine") == [3, 4]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 200) | st.none(), st.sampled_from(["basic", "gold", ""])), min_size=1, max_size=30
    )
)
def test_no_row_is_lost_and_none_is_doubled(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int | None, str]]
) -> None:
    text = "".join(f"{at},{'' if age is None else age},{plan}\n" for at, (age, plan) in enumerate(rows))
    bench = made(tmp_path_factory.mktemp("any"), **{"raw/customers.csv": f"id,age,plan\n{text}"})
    bench.run()

    right = [at for at, (age, plan) in enumerate(rows) if (age is None or 18 <= age <= 120) and plan != "gold"]
    assert ids(bench, "silver.customers") == right
    assert ids(bench, "silver.customers_quarantine") == sorted(set(range(len(rows))) - set(right))


def test_the_run_that_set_a_row_apart_stands_beside_the_one_that_ingested_it(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", INGESTED)
    first, run = bench.run(), bench.run(full=True)
    (row,) = bench.query("SELECT * FROM silver.visits_quarantine")
    assert list(row) == ["id", "age", "_ingested_at", "_run_id", "_source_file", "_rules", "_run_id_"]
    assert (row["id"], row["_run_id"], row["_run_id_"]) == ("2", first.id, run.id)


# ---- fail and warn ------------------------------------------------------------------------------------------------------


def test_where_a_rule_fails_nothing_is_written_and_the_rows_are_shown(tmp_path: Path) -> None:
    bench = made(tmp_path, DROP + "  fail: {grown: age >= 18, has_plan: not_null(plan), many: row_count() >= 3}\n")

    with pytest.raises(CheckFailed) as caught:
        bench.run()

    assert (
        str(caught.value)
        .splitlines()[0]
        .endswith("silver.customers: the contract does not hold, and nothing is written")
    )
    assert str(caught.value).splitlines()[1:] == [
        "`has_plan` (not_null(plan)) does not hold: 1 rows break it", "  id 5, age 50, plan NULL",
        "`many` (row_count() >= 3) does not hold: 2",
    ]  # fmt: skip
    assert not bench.project.lake(CUSTOMERS_TABLE).exists()
    assert not bench.project.lake(CUSTOMERS_TABLE.quarantine).exists()


def test_a_warning_is_told_and_the_table_is_written(tmp_path: Path) -> None:
    bench = made(tmp_path, "  warn: {has_plan: plan IS NOT NULL, usual: null_share(plan) <= 0.2}\n")
    run = bench.run()

    assert list(customers(run).warnings) == [
        "`has_plan` (plan IS NOT NULL) does not hold: 1 rows break it\n  id 5, age 50, plan NULL"
    ]
    assert ids(bench, "silver.customers") == [1, 2, 3, 4, 5]


def test_a_rule_asks_the_table_that_it_refers_to_after_that_is_built(tmp_path: Path) -> None:
    plan = made(tmp_path, '  fail: {known: "references(plan, silver.plans)"}\n').plan()

    assert [str(action.name) for action in plan.actions][-2:] == ["silver.plans", "silver.customers"]


def test_a_changed_rule_is_a_changed_table(tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.run()
    assert {action.why for action in bench.plan().actions} == {"same"}
    write(bench.project.root, {"tables/silver/customers.yml": CUSTOMERS + "  drop: {valid_age: age >= 18}\n"})
    assert bench.plan().action(CUSTOMERS_TABLE).why == "changed"


def test_a_table_is_held_against_what_it_was_before(tmp_path: Path) -> None:
    before = "  warn: {usual: volume(0.5), same_columns: schema_drift()}\n"
    bench = made(tmp_path, before)
    assert customers(bench.run()).warnings == ()
    write(bench.project.root, {
        "raw/customers.csv": "id,age,plan\n1,40,a\n",
        "tables/silver/customers.yml": CUSTOMERS.replace("plan: string", "plan: string, next: int").replace(
            "contract:", "  - {step: derive, column: next, type: int, expression: id + 1}\ncontract:"
        ) + before,
    })  # fmt: skip
    assert list(customers(bench.run()).warnings) == [
        "`usual` (volume(0.5)) does not hold: 1", "`same_columns` (schema_drift()) does not hold: 1",
    ]  # fmt: skip
    assert bench.query("SELECT column_name, type_before, type_after FROM ops.schema_changes") == [
        {"column_name": "next", "type_before": "", "type_after": "int"}
    ]


TYPED = """\
reads: bronze.customers
steps:
  - {step: cast, columns: {id: int, age: tinyint}, misfits: quarantine}
  - {step: dedupe, key: [id], keep: first}
"""
MISFITS = {"raw/customers.csv": "id,age,plan\n1,40,a\n2,old,b\nx,1000,c\n,,d\ny,,e\n"}


def test_what_does_not_fit_a_type_goes_to_quarantine_with_what_it_was(tmp_path: Path) -> None:
    """Right after the cast: the dedupe, for which two rows without an id are one, sees none of them."""
    bench = project(tmp_path / "p", {**FILES, **MISFITS, "tables/silver/customers.yml": TYPED})
    run = customers(bench.run())
    assert (run.rows, run.quarantined) == (2, 3)
    assert bench.query("SELECT id, age, plan, _rules FROM silver.customers_quarantine ORDER BY plan") == [
        {"id": 2, "age": None, "plan": "b", "_rules": ["age is no tinyint: old"]},
        {"id": None, "age": None, "plan": "c", "_rules": ["id is no int: x", "age is no tinyint: 1000"]},
        {"id": None, "age": None, "plan": "e", "_rules": ["id is no int: y"]},
    ]
    assert bench.query("SELECT rule, action, found FROM ops.contract_results WHERE NOT holds") == [
        {"rule": "fits", "action": "drop", "found": "3"}
    ]
    assert bench.query("SELECT * FROM silver.customers ORDER BY plan") == [
        {"id": 1, "age": 40, "plan": "a"}, {"id": None, "age": None, "plan": "d"},
    ]  # fmt: skip


TWICE = (
    TYPED.replace("id: int, age: tinyint", "id: int")
    + "  - {step: cast, columns: {age: tinyint}, misfits: quarantine}\n  - {step: derive, column: next, type: int, expression: id + 1}\n"
    + "contract:\n  columns: {plan: string, age: tinyint, next: int}\n  drop: {small: next < 2}\n"
)


def test_misfits_of_two_steps_and_rules_together(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", {**FILES, **MISFITS, "tables/silver/customers.yml": TWICE})
    bench.run()
    assert bench.query("SELECT plan, age, next, _rules FROM silver.customers_quarantine ORDER BY plan") == [
        {"plan": "a", "age": 40, "next": 2, "_rules": ["small"]},
        {"plan": "b", "age": None, "next": None, "_rules": ["age is no tinyint: old"]},
        {"plan": "c", "age": None, "next": None, "_rules": ["id is no int: x"]},
        {"plan": "e", "age": None, "next": None, "_rules": ["id is no int: y"]},
    ]


# ---- mistakes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rules", "says"), [
    ("  drop: {young: agee > 18}\n", "tables/silver/customers.yml:7:10: there is no column `agee`"),
    ("  drop: {many: row_count() >= 3}\n", "tells of no row that it is wrong; put it under fail or warn"),
    ("  drop: {a: age > 1}\n  warn: {a: age > 2}\n", "`a` is there twice"),
    ("  fail: {2nd: age > 1}\n", "`2nd` is no rule name"),
    ('  fail: {known: "references(plan, silver.planz)"}\n', "there is no table `silver.planz`"),
    ('  fail: {known: "references(plan, silver.plans, plann)"}\n', "there is no column `plann`"),
    ("  fail: {what: age + 1}\n", "a check is true or false"),
    ("  fail: {total: sum(age) > 1}\n", "counts over many rows"),
    ("  warn: {code: \"matches(plan, '(?=a)')\"}\n", "which DuckDB's RE2 has not"),
    ("  wran: {a: age > 1}\n", "wran"),
])  # fmt: skip
def test_a_mistake_is_told_with_its_place(tmp_path: Path, rules: str, says: str) -> None:
    with pytest.raises(UserError) as caught:
        made(tmp_path, rules).plan()

    assert says in str(caught.value)
    assert str(caught.value).startswith("tables/silver/customers.yml:")


# ---- Spark --------------------------------------------------------------------------------------------------------------


@pytest.mark.spark
def test_spark_keeps_and_sets_apart_the_same_rows(tmp_path: Path) -> None:
    rules = (
        DROP
        + '  fail: {once: "unique(id, plan)", known: "references(plan, silver.plans)"}\n  warn: {has_plan: plan IS NOT NULL}\n'
    )
    bench = made(tmp_path, rules)
    bench.run()
    bench.export()
    proof = bench.prove()

    assert [(table.table, table.verdict) for table in proof.tables][-2:] == [
        ("silver.customers", "PROVEN"), ("silver.customers_quarantine", "PROVEN"),
    ]  # fmt: skip


@pytest.mark.spark
def test_spark_writes_its_run_in_the_same_place(tmp_path: Path) -> None:
    bench = project(tmp_path / "p", INGESTED)
    bench.run()
    bench.export()
    assert {table.table: table.verdict for table in bench.prove().tables}["silver.visits_quarantine"] == "PROVEN"


@pytest.mark.spark
def test_spark_sets_the_same_misfits_apart(tmp_path: Path) -> None:
    tables = {"tables/silver/customers.yml": TYPED, "tables/silver/twice.yml": TWICE}
    bench = project(tmp_path / "p", {**FILES, **MISFITS, **tables})
    bench.run()
    bench.export()
    proof = {table.table: table.verdict for table in bench.prove().tables}
    assert proof["silver.customers_quarantine"] == proof["silver.twice_quarantine"] == "PROVEN"
    assert set(proof.values()) == {"PROVEN"}


@pytest.mark.spark
def test_spark_refuses_what_the_run_refuses(tmp_path: Path) -> None:
    bench = made(tmp_path)
    bench.run()
    write(bench.project.root, {"tables/silver/customers.yml": CUSTOMERS + "  fail: {grown: age >= 18}\n"})
    bench.export()
    found: Any = {table.table: table for table in bench.prove().tables}["silver.customers"]

    assert found.verdict == "NOT COMPARABLE"
    assert "the contract of silver.customers does not hold: ['grown']" in found.why

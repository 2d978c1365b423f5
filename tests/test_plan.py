"""Plan: order, schemas, and why each table is built; nothing is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from boathouse.errors import UserError
from projects import CHURN, project, write


def test_tables_stand_after_what_they_read(tmp_path: Path) -> None:
    plan = project(tmp_path / "churn").plan()

    assert [str(action.name) for action in plan.actions] == ["bronze.customers", "silver.customers", "gold.spend"]
    assert [action.why for action in plan.actions] == ["new", "new", "new"]
    assert plan.actions[0].schema.types == {"id": "string", "fee": "string", "plan": "string"}
    assert plan.actions[1].schema.types == {"id": "bigint", "fee": "decimal(10,2)", "plan": "string"}
    assert plan.actions[2].schema.types == {"plan": "string", "total": "double", "customers": "bigint"}
    assert not (tmp_path / "churn" / "lake").exists()


def test_a_change_is_seen_downstream(tmp_path: Path) -> None:
    bench = project(tmp_path / "churn")
    bench.run()
    assert [action.why for action in bench.plan().actions] == ["same"] * 3

    write(
        bench.project.root,
        {"tables/silver/customers.yml": CHURN["tables/silver/customers.yml"].replace("median", "mean")},
    )
    assert [action.why for action in bench.plan().actions] == ["same", "changed", "stale: silver.customers is changed"]


def test_gold_is_frozen_and_silver_is_not(tmp_path: Path) -> None:
    bench = project(tmp_path / "churn")
    bench.run()
    first = (tmp_path / "churn/fitted.yml").read_text(encoding="utf-8")
    write(bench.project.root, {"raw/customers.csv": "id,fee,plan\n1,1000,a\n2,1,b\n"})
    bench.run()

    assert (tmp_path / "churn/fitted.yml").read_text(encoding="utf-8") == first
    assert "gold.spend" in first
    assert "silver" not in first


def test_functions_beyond_the_closed_list_are_marked(tmp_path: Path) -> None:
    files = {**CHURN, "tables/gold/spend.sql": "SELECT plan, first(fee) AS fee FROM silver.customers GROUP BY plan\n"}
    assert project(tmp_path / "churn", files).plan().actions[2].unproven == ("first",)


@pytest.mark.parametrize(
    ("path", "text", "says", "where"),
    [
        ("tables/silver/customers.yml", "reads: bronze.custmers\n", "there is no table `bronze.custmers`; did you mean `bronze.customers`?", "customers.yml:1:1"),
        ("tables/silver/customers.yml", "reads: bronze.customers\nsteps:\n  - {step: dedupe, key: [idd], keep: first}\n", "there is no column `idd`; did you mean `id`?", "customers.yml:3:5"),
        ("tables/silver/customers.yml", "reads: bronze.customers\ncontract: {key: [nr]}\n", "there is no column `nr`", "customers.yml:2:1"),
        ("tables/silver/customers.yml", "reads: bronze.customers\ncontract: {columns: {nr: int}}\n", "the contract promises `nr`, which nothing makes", "customers.yml:2:1"),
        ("tables/silver/customers.yml", "reads: bronze.customers\ncontract: {columns: {id: binary}}\n", "`id`: string cannot be cast to binary", "customers.yml:2:1"),
        ("tables/silver/customers.yml", "reads: gold.spend\n", "these tables read each other in a circle: ", "tables/"),
        ("tables/gold/spend.sql", "/*\nabout: x\n*/\nSELECT plan,\n  fees\nFROM silver.customers", "there is no column `fees`", "spend.sql:5:3"),
        ("tables/gold/spend.sql", "SELECT plan FROM silver.customer", "there is no table `silver.customer`; did you mean `silver.customers`?", "spend.sql:1:1"),
        ("tables/gold/spend.sql", "SELEC plan FROM silver.customers", "", "spend.sql:1:"),
        ("tables/gold/spend.sql", "SELECT 1 AS a; DROP TABLE silver.customers", "there is more than one statement", "spend.sql:1:1"),
        ("tables/gold/spend.sql", "SELECT * FROM read_csv('/etc/passwd')", "", "spend.sql"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_shown_where_it_stands(
    tmp_path: Path, path: str, text: str, says: str, where: str
) -> None:
    bench = project(tmp_path / "churn", {**CHURN, path: text})

    with pytest.raises(UserError) as caught:
        bench.plan()

    assert says in str(caught.value)
    assert where in str(caught.value.place)
    assert not (tmp_path / "churn/lake").exists()

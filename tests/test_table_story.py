"""What ops and the quarantine tell of a table: its checks, its bad rows, its builds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boathouse.errors import CheckFailed, UnknownName, UserError
from boathouse.workbench import Workbench
from projects import project, write
from terminal import Terminal

RULES = "contract:\n  drop: {paid: fee > 0, short: plan <> 'x'}\n  fail: {enough: row_count() >= 1}\n  warn: {cheap: fee < 100}\n"
FILES = {
    "raw/orders.csv": "id,fee,plan\n1,5,a\n2,-1,x\n3,0,b\n4,200,b\n",
    "tables/bronze/orders.yml": "source: {format: csv, path: raw/orders.csv}\n",
    "tables/silver/orders.yml": "reads: bronze.orders\nsteps: [{step: cast, columns: {fee: int}}]\n" + RULES,
}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return project(tmp_path / "shop", FILES)


def test_quality_is_what_each_rule_found_last(bench: Workbench) -> None:
    assert bench.story("silver.orders").quality() == []
    bench.run()
    assert [(row["rule"], row["action"], row["holds"], row["found"]) for row in bench.story("silver.orders").quality()] == [
        ("cheap", "warn", False, "1"), ("paid", "drop", False, "2"), ("short", "drop", False, "1"), ("enough", "fail", True, "2"),
    ]  # fmt: skip
    write(bench.project.root, {"raw/orders.csv": "id,fee,plan\n1,5,a\n"})
    bench.run()
    assert {row["holds"] for row in bench.story("silver.orders").quality()} == {True}


def test_history_is_why_each_build_was_due_and_how_it_ended(bench: Workbench) -> None:
    bench.run()
    write(bench.project.root, {"raw/orders.csv": "id,fee,plan\n1,-5,a\n"})
    with pytest.raises(CheckFailed):
        bench.run()
    bench.run(["bronze.orders"])
    told = [(row["status"], row["why"], row["rows"], row["version"]) for row in bench.story("silver.orders").history()]
    assert told == [
        ("stale", "stale: bronze.orders changed", None, 0),
        ("refused", "stale: bronze.orders is stale", None, None),
        ("built", "new", 2, 0),
    ]
    assert "`enough` (row_count() >= 1) does not hold: 0" in bench.story("silver.orders").history()[1]["message"]


def test_quarantine_counts_rows_by_rule(bench: Workbench) -> None:
    assert bench.story("silver.orders").quarantine() == []
    bench.run()
    assert bench.story("silver.orders").quarantine() == [{"rule": "paid", "rows": 2}, {"rule": "short", "rows": 1}]


def test_show_says_it(bench: Workbench, boathouse: Terminal) -> None:
    root = bench.project.root
    for words in ("--quality", "--history", "--quarantine"):
        assert "yet" in boathouse("show", "silver.orders", words, "--project", root).out
    bench.run()
    shown = boathouse("show", "silver.orders", "--quality", "--project", root).out.splitlines()
    assert shown[2].split()[:4] == ["cheap", "warn", "no", "1"]
    assert "new" in boathouse("show", "silver.orders", "--history", "--project", root).out
    bad = json.loads(boathouse("show", "silver.orders", "--quarantine", "--json", "--project", root).out)
    assert (bad["table"], [row["id"] for row in bad["sample"]]) == ("silver.orders_quarantine", ["2", "3"])
    two = boathouse("show", "silver.orders", "--quality", "--history", "--project", root)
    assert (two.code, "Ask for one of" in two.err) == (2, True)


def test_reconciling_is_told_in_ops(bench: Workbench) -> None:
    bench.run()
    bench.reconcile("bronze.orders", "silver.orders")
    assert bench.query("SELECT left_side, right_side, verdict FROM ops.reconciliation") == [
        {"left_side": "bronze.orders@0", "right_side": "silver.orders@0", "verdict": "DIFFERENT"}
    ]


def test_a_release_is_a_side_of_its_own(bench: Workbench) -> None:
    with pytest.raises(UserError, match="there is no release yet"):
        bench.reconcile("silver.orders@release", "silver.orders")
    bench.run()
    bench.release()
    write(bench.project.root, {"raw/orders.csv": "id,fee,plan\n1,5,a\n"})
    bench.run()
    found, _ = bench.reconcile("silver.orders@release:1", "silver.orders")
    assert (found.verdict, found.comparison.left_rows, found.comparison.right_rows) == ("DIFFERENT", 2, 1)
    assert bench.reconcile("silver.orders@release", "silver.orders@0")[0].verdict == "PROVEN"
    with pytest.raises(
        UnknownName, match=r"there is no table `silver\.order` in release 1; did you mean `silver\.orders`"
    ):
        bench.reconcile("silver.order@release", "silver.orders")

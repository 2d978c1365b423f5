"""Releases: a reader sees one whole release, or the one before; what a release pins is never removed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import points
from boathouse.errors import CheckFailed, UserError
from boathouse.names import TableName
from boathouse.origin import origin_of
from boathouse.workbench import Workbench
from kill import dies
from projects import project, write
from terminal import Terminal

SHOP = {
    "landing/purchases/a.csv": "id,name,amount\n1,Ann,5\n2,Bob,6\n",
    "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases}\n",
    "tables/silver/purchases.yml": (
        "reads: bronze.purchases\nsteps:\n  - {step: cast, columns: {amount: int}}\n  - {step: drop_columns, columns: [_ingested_at, _run_id, _source_file]}\n"
        "contract: {drop: {right: amount < 1000}, fail: {small: amount < 100}}\n"
    ),
    "tables/gold/total.sql": "SELECT sum(amount) AS total, count(*) AS n FROM silver.purchases\n",
}


SILVER = TableName("silver", "purchases")


def shop(folder: Path) -> Workbench:
    return project(folder / "shop", SHOP)


def arrive(bench: Workbench, name: str, rows: str) -> None:
    write(bench.project.root, {f"landing/purchases/{name}.csv": f"id,name,amount\n{rows}"})


def total(bench: Workbench, at: str = "current") -> int:
    return int(bench.query("SELECT total FROM gold.total", at=at)[0]["total"])


def test_until_something_is_released_the_newest_tables_are_the_current_ones(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    assert (total(bench), bench.releases()) == (11, ())


def test_a_run_is_seen_once_it_is_released(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    run = bench.run()
    made = bench.release(note="the first")
    assert (made.number, made.run_id, made.note) == (1, run.id, "the first")
    assert [str(name) for name in sorted(made.versions)] == [
        "bronze.purchases", "gold.total", "silver.purchases", "silver.purchases_quarantine",
    ]  # fmt: skip

    arrive(bench, "b", "3,Cid,7\n4,Dot,5000\n")
    bench.run()
    assert (total(bench), total(bench, "newest")) == (11, 18)
    bench.release()
    assert (total(bench), total(bench, "1"), total(bench, "2")) == (18, 11, 18)
    assert bench.query("SELECT id FROM silver.purchases_quarantine") == [{"id": "4"}]


def test_what_was_current_at_a_time(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    first = bench.release()
    time.sleep(0.01)
    arrive(bench, "b", "3,Cid,7\n")
    bench.run()
    bench.release()
    assert total(bench, first.released_at.isoformat()) == 11
    with pytest.raises(UserError, match="there is no release until 2020-01-01"):
        total(bench, "2020-01-01")
    with pytest.raises(UserError, match="there is no release 7; there is 1, 2"):
        total(bench, "7")
    with pytest.raises(UserError, match="`yesterday` is no release"):
        total(bench, "yesterday")


def test_a_run_whose_contract_does_not_hold_is_not_released(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    first = bench.run()
    bench.release()
    arrive(bench, "b", "3,Cid,500\n")
    with pytest.raises(CheckFailed):
        bench.run()

    with pytest.raises(
        CheckFailed, match=r"was refused, and is not released: silver\.purchases: the contract does not hold"
    ) as error:
        bench.release()
    assert error.value.hint == f"the last that passed: `boathouse release --run {first.id}`"
    assert total(bench) == 11
    assert bench.query("SELECT rule, action, holds, found FROM ops.contract_results WHERE NOT holds") == [
        {"rule": "small", "action": "fail", "holds": False, "found": "1"}
    ]


def test_a_run_that_passed_can_be_released_after_one_that_did_not(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    first = bench.run()
    arrive(bench, "b", "3,Cid,500\n")
    with pytest.raises(CheckFailed):
        bench.run()
    assert bench.release(run=first.id).run_id == first.id
    assert bench.query("SELECT count(*) AS n FROM bronze.purchases") == [{"n": 2}]


def test_tables_that_do_not_belong_together_are_no_release(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, "b", "3,Cid,7\n")
    bench.run(["bronze.purchases"])
    with pytest.raises(
        CheckFailed,
        match=r"silver\.purchases was built from bronze\.purchases at version \d, and the run left it at \d",
    ):
        bench.release()
    bench.run()
    assert bench.release().number == 1


def test_what_is_released_is_not_released_again(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    with pytest.raises(UserError, match="nothing was run yet; type `boathouse run`"):
        bench.release()
    bench.run()
    bench.release()
    bench.run()
    with pytest.raises(UserError, match="release 1 holds these very tables"):
        bench.release()


def test_a_quarantine_of_another_build_is_no_part_of_a_release(tmp_path: Path) -> None:
    """A run that was killed between the two may have built by a definition that was taken back since."""
    bench = shop(tmp_path)
    bench.run()
    write(bench.project.root, {"tables/silver/purchases.yml": SHOP["tables/silver/purchases.yml"].replace("1000", "6")})
    assert dies(bench.project.root, points.WITHIN["between the quarantine and its table"], "run")
    write(bench.project.root, SHOP)

    assert bench.plan().action(SILVER).why == "stale: silver.purchases_quarantine is of another build"
    bench.run(["bronze.purchases"])
    with pytest.raises(CheckFailed, match=r"silver\.purchases_quarantine is of another build than silver\.purchases"):
        bench.release()
    bench.run()
    bench.release()
    assert bench.query("SELECT * FROM silver.purchases_quarantine") == []


def test_a_release_that_was_listed_by_one_who_died_becomes_current(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    assert dies(bench.project.root, points.RELEASE["between the list and latest_release"], "release")
    assert ([known.number for known in bench.releases()], total(bench)) == ([1], 11)
    assert bench.release().number == 1
    assert [known.number for known in bench.releases()] == [1]


def test_a_run_that_was_killed_is_not_passed_over(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, "b", "3,Cid,7\n")
    assert dies(bench.project.root, points.WITHIN["after a table"], "run")
    with pytest.raises(CheckFailed, match=r"was killed, and is not released"):
        bench.release()


def test_a_number_means_one_release(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    for day in range(3):
        arrive(bench, f"n{day}", f"{day + 10},X,1\n")
        bench.run()
        bench.release()
    bench.rollback("1")
    assert bench.vacuum(hours=0, keep=0).given_up == (2, 3)
    assert bench.release().number == 4


def test_rollback_and_forth(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    with pytest.raises(UserError, match="there is no release to go back from"):
        bench.rollback()
    bench.run()
    bench.release()
    with pytest.raises(UserError, match="there is no release before 1"):
        bench.rollback()
    arrive(bench, "b", "3,Cid,7\n")
    bench.run()
    bench.release()

    assert (bench.rollback().number, total(bench)) == (1, 11)
    assert (bench.rollback("2").number, total(bench)) == (2, 18)


def test_vacuum_removes_nothing_that_a_release_pins(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    bench.release()
    for day in range(3):
        arrive(bench, f"n{day}", f"{day + 10},X,1\n")
        bench.run()
    bench.release()
    arrive(bench, "z", "99,Z,1\n")
    bench.run()

    planned = bench.vacuum(hours=0, dry_run=True)
    done = bench.vacuum(hours=0)
    assert planned.files == done.files
    assert sum(done.files.values()) > 0
    assert (total(bench, "1"), total(bench, "2"), total(bench, "newest")) == (11, 14, 15)
    assert sum(bench.vacuum(hours=0).files.values()) == 0

    given_up = bench.vacuum(hours=0, keep=1)
    assert (given_up.given_up, [release.number for release in bench.releases()]) == ((1,), [2])
    assert total(bench) == 14
    with pytest.raises(UserError, match="there is no release 1"):
        total(bench, "1")


def test_promotion_copies_a_release_into_another_environment(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    with pytest.raises(UserError, match="there is no release to promote"):
        bench.promote("prod")
    bench.run()
    bench.release()
    there = Workbench(bench.project.root, env="prod")
    assert (bench.promote("prod").note, total(there)) == ("release 1 of local", 11)
    assert {action.why for action in there.plan().actions if action.landing} == {
        "stale: 1 new file"
    }  # for all it knows

    arrive(bench, "b", "3,Cid,7\n")
    bench.run()
    assert total(there) == 11
    bench.release()
    before = there.releases()[0].versions
    bench.promote("prod")
    assert (total(there), total(there, "1")) == (18, 11)
    changed = {str(name) for name, version in there.releases()[1].versions.items() if before[name] != version}
    assert changed == {"bronze.purchases", "silver.purchases", "silver.purchases_quarantine", "gold.total"}
    assert there.run().tables[0].files == 0
    assert total(there, "newest") == 18


def test_what_is_promoted_need_not_be_the_newest(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    first = bench.release()
    arrive(bench, "b", "3,Cid,7\n")
    bench.run()
    bench.promote("prod")
    there = Workbench(bench.project.root, env="prod")
    copied = there.releases()[0].versions
    origin = origin_of(there.project.lake(SILVER), copied[SILVER])
    assert (total(there), origin and origin.run) == (11, first.run_id)
    assert origin is not None
    assert origin.inputs["bronze.purchases"] == str(copied[TableName("bronze", "purchases")])


def test_a_person_is_forgotten_in_every_table(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, "b", "1,Ann,9\n3,Cid,7\n5,Ann,5000\n")
    bench.run()
    bench.release()
    done = bench.forget("bronze.purchases", "name=Ann")

    assert (done.rows, done.files, done.releases) == (3, ("a.csv", "b.csv"), (1,))
    assert [str(name) for name in done.rebuilt] == ["silver.purchases", "gold.total"]
    assert total(bench, "newest") == 13
    for table in ("bronze.purchases", "silver.purchases", "silver.purchases_quarantine"):
        assert bench.query(f"SELECT name FROM {table} WHERE name = 'Ann'", at="newest") == []
    assert total(bench) == 27  # the release still holds her

    bench.release()
    bench.vacuum(hours=0, keep=1)
    left = b"".join(path.read_bytes() for path in (bench.project.root / "lake").rglob("*.parquet"))
    assert b"Ann" not in left
    assert b"Cid" in left


def test_who_is_forgotten_does_not_come_back(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    arrive(bench, "b", "1,Ann,9\n")
    bench.run()
    bench.forget("bronze.purchases", "name=Ann")
    for file in bench.project.ops.glob("ledger.sqlite*"):
        file.unlink()
    arrive(bench, "c", "4,Dot,1\n")
    bench.run()
    assert bench.query("SELECT name FROM bronze.purchases ORDER BY name") == [{"name": "Bob"}, {"name": "Dot"}]


def test_who_would_come_back_cannot_be_forgotten(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    with pytest.raises(UserError, match=r"would come back; forget them in bronze\.purchases"):
        bench.forget("gold.total", "total=1")
    with pytest.raises(UserError, match="there is no column `nam`; did you mean `name`"):
        bench.forget("bronze.purchases", "nam=Ann")
    with pytest.raises(UserError, match="`name` is no key"):
        bench.forget("bronze.purchases", "name")
    assert bench.forget("bronze.purchases", "name=' OR 1=1 --").rows == 0
    assert total(bench) == 11


def test_the_verbs_say_what_they_did_and_what_comes_next(tmp_path: Path, boathouse: Terminal) -> None:
    bench = shop(tmp_path)
    root = bench.project.root
    bench.run()
    assert "release 1: 4 tables of the run" in boathouse("release", "--project", root, "--note", "one").out
    arrive(bench, "b", "3,Ann,7\n")
    bench.run()
    bench.release()
    assert "release 1 is current" in boathouse("rollback", "--project", root).out
    assert json.loads(boathouse("rollback", "2", "--project", root, "--json").out)["current"] == 2
    listed = boathouse("release", "list", "--project", root).out
    assert [line.split()[0] for line in listed.splitlines() if "current" in line] == ["2"]
    assert json.loads(boathouse("release", "list", "--project", root, "--json").out)["current"] == 2

    forgotten = boathouse("forget", "bronze.purchases", "name=Ann", "--project", root).out
    assert "2 rows are deleted from bronze.purchases" in forgotten
    assert "boathouse vacuum --hours 0 --keep 1" in forgotten
    nobody = json.loads(boathouse("forget", "bronze.purchases", "name=Ann", "--project", root, "--json").out)
    assert (nobody["rows"], nobody["rebuilt"]) == (0, [])
    said = boathouse("vacuum", "--hours", "0", "--dry-run", "--project", root).out
    assert "would be removed" in said

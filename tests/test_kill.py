"""Kill: whatever dies when, or finds the disk full, or works at once with another, the tables are those of a quiet life."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import points
from boathouse.errors import BoathouseError
from boathouse.workbench import Workbench
from kill import FAULT, UNLOCKED, dies, dies_after, do, ended, run_apart
from projects import project, write
from undisturbed import Witness, assert_equal, assert_equal_tables, assert_told_once, rows, tables

SHOP = {
    "landing/purchases/first.csv": "id,amount\n1,5\n2,6\n3,5000\n",
    "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases}\n",
    "tables/silver/purchases.yml": (
        "reads: bronze.purchases\nsteps:\n  - {step: cast, columns: {id: int, amount: int}}\n"
        "contract: {drop: {right: amount < 1000}, fail: {some: row_count() >= 1}}\n"
    ),
    "tables/gold/scaled.yml": (
        "reads: silver.purchases\nsteps:\n  - {step: scale, column: amount, method: standard}\n"
        "  - {step: drop_columns, columns: [_ingested_at]}\n"
    ),
}
# Those of ingestion are in test_ingest.py.
ANY_DAY = points.BEFORE | points.WITHIN | points.AFTER | points.RELEASE


def shop(folder: Path) -> Workbench:
    return project(folder / "shop", SHOP)


def arrive(bench: Workbench, number: int, count: int = 3) -> None:
    """Let a file arrive, of which one row goes to quarantine."""
    lines = [f"{number}{row:06},{row}\n" for row in range(count)]
    write(bench.project.root, {f"landing/purchases/n{number}.csv": "id,amount\n" + "".join(lines) + f"{number},9999\n"})


def undisturbed(folder: Path, arrived: int, count: int = 3) -> Workbench:
    bench = shop(folder / "undisturbed")
    bench.run()
    for number in range(1, arrived + 1):
        arrive(bench, number, count)
    do(bench, "run release")
    return bench


def assert_lived(witness: Witness, arrived: int, folder: Path, count: int = 3) -> None:
    """Do the work once more, and hold all of it against the life in which nothing happened."""
    do(witness.bench, "run release")
    witness.look()
    assert_equal(witness.bench, undisturbed(folder, arrived, count))
    assert_told_once(witness.bench)


@pytest.mark.slow
def test_kills_at_every_point(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    witness, root = Witness(bench), bench.project.root
    for name, point in points.FIRST_BUILD.items():
        assert dies(root, point), name
    named = list(ANY_DAY.items())
    random.Random(3).shuffle(named)
    for number, (name, point) in enumerate(named, 1):
        arrive(bench, number)
        assert dies(root, point), name
        witness.look()
    assert_lived(witness, len(named), tmp_path)

    told = [row["status"] for row in rows(bench, "pipeline_runs")]
    assert told.count("killed") == len(points.FIRST_BUILD | points.WITHIN)


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path) -> None:
    """A few here; `python tests/kill.py 100` does a hundred, on a larger example."""
    bench, chance = shop(tmp_path), random.Random(11)
    bench.run()
    witness, killed = Witness(bench), 0
    for number in range(1, 7):
        arrive(bench, number)
        killed += dies_after(bench.project.root, chance.uniform(0.05, 0.6))
        witness.look()
    assert killed
    assert_lived(witness, 6, tmp_path)


AFTER_A_VACUUM = """
from boathouse.engines import delta
vacuum = delta.vacuum
delta.vacuum = lambda *said, dry_run: (vacuum if dry_run else then_die(vacuum))(*said, dry_run=dry_run)
"""
OTHERS = {
    "promote, after a copy": ("promote", "from boathouse import promote; promote._copy = then_die(promote._copy)"),
    "promote, after the list": ("promote", points.RELEASE["between the list and latest_release"]),
    "rollback, before": ("rollback", points.RELEASE["between the list and latest_release"]),
    "rollback, after": ("rollback", points.RELEASE["after latest_release"]),
    "vacuum, after the list": ("vacuum", "from boathouse import vacuum; vacuum._forget = then_die(vacuum._forget)"),
    "vacuum, after a table": ("vacuum", AFTER_A_VACUUM),
    "forget, after the rows": (
        "forget", "from boathouse.engines import delta; delta.overwrite = then_die(delta.overwrite)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("point", OTHERS)
def test_kills_of_the_other_verbs(tmp_path: Path, point: str) -> None:
    bench = shop(tmp_path)
    do(bench, "run release")
    arrive(bench, 1)
    do(bench, "run release")
    verb, before = OTHERS[point]
    witnesses = Witness(bench), Witness(Workbench(bench.project.root, env="prod"))
    assert dies(bench.project.root, before, verb)
    for witness in witnesses:
        witness.look()
    do(bench, f"run {verb}" if verb != "rollback" else "release")
    for witness in witnesses:
        witness.look()
    assert_told_once(bench)
    if verb == "promote":
        assert len(witnesses[1].bench.releases()) == 1
        assert_equal_tables(witnesses[1].bench, bench)
    if verb == "vacuum":
        assert [release.number for release in bench.releases()] == [2]
    if verb == "forget":
        found = [bench.query(f"SELECT id FROM {name} WHERE id = 1", at="newest") for name in tables(bench)]
        assert found == [[]] * 4


# ---- a full disk ----------------------------------------------------------------------------------------------------

LARGE = 1_000  # rows of a day
FREE = range(16, 440, 40)  # KB: the work fails ever later
PLACES = ("ledger.sqlite", "bronze.", "silver.", "gold.", "_ops/")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here, which takes root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(disk: Path, free: int) -> None:
    """Leave so many KB."""
    with (disk / "filler").open("wb") as file:
        left = os.statvfs(disk)
        file.write(b"x" * (left.f_bavail * left.f_frsize - free * 1024))


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_point(tmp_path: Path, disk: Path) -> None:
    bench = shop(disk)
    do(bench, "run release")
    witness, said = Witness(bench), list[str]()
    for number, free in enumerate(FREE, 1):
        arrive(bench, number, LARGE)
        fill(disk, free)
        try:
            do(bench, "run release")
        except BoathouseError as error:
            said.append(str(error))
        witness.look()
        (disk / "filler").unlink()
        do(bench, "run release")
    assert len([place for place in PLACES if any(place in each for each in said)]) >= 3, said
    assert_lived(witness, len(FREE), tmp_path, LARGE)


# ---- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("before", ["", UNLOCKED], ids=["with locks", "where locks are nothing"])
@pytest.mark.parametrize(
    "verbs", [("run", "run"), ("rerun release", "release")], ids=["two runs", "a run and a release"]
)
def test_two_at_once(tmp_path: Path, before: str, verbs: tuple[str, str]) -> None:
    """A network's file system may grant a lock twice: each may then fail, and none may spoil what the other made."""
    bench = shop(tmp_path)
    witness = Witness(bench)
    for number in range(3):  # from the first, which makes the tables
        if number:
            arrive(bench, number)
        both = [run_apart(bench.project.root, before, verb) for verb in verbs]
        codes = [ended(process) for process in both]
        assert FAULT not in codes
        witness.look()
        do(bench, "run")  # both may have been refused, and the frozen numbers are those of the first rows
    assert_lived(witness, 2, tmp_path)


@pytest.mark.slow
def test_two_releases_at_once_where_locks_are_nothing(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    witness = Witness(bench)
    for number in range(3):
        if number:
            arrive(bench, number)
        bench.run()
        three = [run_apart(bench.project.root, UNLOCKED, "release") for _ in range(3)]
        assert FAULT not in [ended(process) for process in three]
        witness.look()
    assert_lived(witness, 2, tmp_path)

"""Ingest: the files of a landing folder are in bronze once each, whatever is killed when."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import points
from boathouse.errors import EngineError, FileError, SourceError, UserError
from boathouse.file_lock import held
from boathouse.run_record import Run
from boathouse.workbench import Workbench
from kill import REFUSED, UNLOCKED, dies, ended, run_apart, survive
from projects import project, write

PURCHASES = "source: {format: csv, path: landing/purchases}\n"
DAYS = {
    "landing/purchases/dt=2024-01-01/a.csv": "id,amount\n1,5\n2,6\n",
    "landing/purchases/dt=2024-01-02/b.csv": "amount,id\n7,3\n",
    "tables/bronze/purchases.yml": PURCHASES,
}


def shop(folder: Path, files: dict[str, str] | None = None) -> Workbench:
    return project(folder / "shop", DAYS if files is None else files)


def arrive(bench: Workbench, **files: str) -> None:
    """Let csv files arrive: c="id\\n1\\n" is landing/purchases/c.csv."""
    write(bench.project.root, {f"landing/purchases/{name}.csv": text for name, text in files.items()})


def table_of(bench: Workbench) -> Path:
    return bench.project.root / "lake/shop_bronze/purchases"


def rows(bench: Workbench, columns: str = "id, amount") -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in bench.query(f"SELECT {columns} FROM bronze.purchases ORDER BY ALL")]


def files(bench: Workbench) -> list[str]:
    return [name for (name,) in rows(bench, "DISTINCT _source_file")]


def told_files(bench: Workbench) -> list[str]:
    return sorted(row["file"] for row in bench.query("SELECT file FROM ops.ingested_files"))


def taken(run: Run) -> tuple[int | None, tuple[str, ...]]:
    return run.tables[0].files, run.tables[0].warnings


def test_rows_say_when_in_which_run_and_from_which_file_they_came(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    run = bench.run()

    assert taken(run) == (2, ())
    assert rows(bench, "id, amount, dt, _run_id, _source_file") == [
        ("1", "5", date.fromisoformat("2024-01-01"), run.id, "dt=2024-01-01/a.csv"),
        ("2", "6", date.fromisoformat("2024-01-01"), run.id, "dt=2024-01-01/a.csv"),
        ("3", "7", date.fromisoformat("2024-01-02"), run.id, "dt=2024-01-02/b.csv"),
    ]
    assert bench.plan().actions[0].schema.types == {
        "id": "string", "amount": "string", "dt": "date",
        "_ingested_at": "timestamp", "_run_id": "string", "_source_file": "string",
    }  # fmt: skip


def test_only_new_files_are_read(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, c="id,amount\n4,8\n")

    assert bench.plan().actions[0].why == "stale: 1 new file"
    assert taken(bench.run()) == (1, ())
    assert rows(bench) == [("1", "5"), ("2", "6"), ("3", "7"), ("4", "8")]
    assert len({run for (run,) in rows(bench, "DISTINCT _run_id")}) == 2


def test_a_run_without_new_files_writes_nothing(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    first = bench.run().tables[0]
    before = sorted(path for path in table_of(bench).rglob("*") if path.is_file())

    assert bench.plan().actions[0].why == "same"
    assert bench.run().tables == ()
    assert bench.run(full=True).tables[0].version == first.version
    assert sorted(path for path in table_of(bench).rglob("*") if path.is_file()) == before


def test_a_file_that_changed_is_a_warning_and_not_read_again(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, **{"dt=2024-01-01/a": "id,amount\n1,500\n"})

    said = (
        "dt=2024-01-01/a.csv was changed after it was ingested, and is not read again; give the new rows as a new file"
    )
    assert bench.plan().actions[0].warnings == (said,)
    assert bench.run().warnings == (f"bronze.purchases: {said}",)
    assert taken(bench.run(full=True)) == (0, (said,))
    assert rows(bench)[0] == ("1", "5")


def test_what_is_no_file_of_the_format_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    write(bench.project.root, {"landing/purchases/c.csv.tmp": "id", "landing/purchases/_SUCCESS": ""})
    arrive(bench, empty="")

    files, warnings = taken(bench.run())
    assert files == 2
    assert [warning.split(":")[0] for warning in warnings] == ["c.csv.tmp is passed over", "empty.csv is passed over"]


def test_one_file_stays_what_it_is(tmp_path: Path) -> None:
    bench = shop(tmp_path, {**DAYS, "tables/bronze/purchases.yml": PURCHASES.replace("s}", "s/dt=2024-01-01/a.csv}")})
    bench.run()
    assert bench.run(full=True).tables[0].version == 1
    assert bench.plan().actions[0].schema.names == ("id", "amount")


# Columns that differ from file to file


def test_new_columns_are_added_and_older_rows_are_null(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, c="coupon,ID\nx,9\n", d="id,coupon\n")

    assert taken(bench.run()) == (2, ("a new column has come: coupon string",))
    assert rows(bench, "id, amount, coupon") == [("1", "5", None), ("2", "6", None), ("3", "7", None), ("9", None, "x")]


def test_frozen_columns_refuse_a_file_with_others(tmp_path: Path) -> None:
    frozen = PURCHASES.replace("}", ", new_columns: freeze}")
    bench = shop(tmp_path, {**DAYS, "tables/bronze/purchases.yml": frozen})
    bench.run()
    arrive(bench, c="id,amount\n8,8\n", d="id,amount,coupon\n9,9,x\n")

    with pytest.raises(SourceError, match=r"d\.csv has columns that bronze\.purchases has not: coupon"):
        bench.run()
    assert len(rows(bench)) == 3  # nothing of c.csv either: one batch
    (bench.project.root / "landing/purchases/d.csv").unlink()
    bench.run()
    assert len(rows(bench)) == 4


def test_values_of_unknown_columns_are_rescued(tmp_path: Path) -> None:
    rescue = PURCHASES.replace("}", ", new_columns: rescue}") + "columns: {id: string, amount: string}\n"
    bench = shop(tmp_path, {**DAYS, "tables/bronze/purchases.yml": rescue})
    arrive(bench, c='id,Coupon code,about\n8,x,"a ""quoted"" é"\n9,,\n')
    bench.run()

    assert rows(bench, "id, _rescued_data") == [
        ("1", None), ("2", None), ("3", None), ("8", '{"Coupon code":"x","about":"a \\"quoted\\" é"}'), ("9", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,amount\n1\n", "line 2 has 1 value where 2 are expected"),
        ("id,id\n1,2\n", "names the column `id` twice"),
        ("id,_run_id\n1,2\n", "has a column `_run_id`, which ingestion writes itself"),
    ],
)
def test_a_file_that_cannot_be_read_stops_its_batch(tmp_path: Path, text: str, says: str) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, c=text)
    with pytest.raises(SourceError, match=says):
        bench.run()
    assert len(rows(bench)) == 3


def test_json_numbers_widen_and_other_types_do_not(tmp_path: Path) -> None:
    table = {"tables/bronze/purchases.yml": "source: {format: json_lines, path: landing/purchases}\n"}
    bench = shop(tmp_path, {**table, "landing/purchases/a.jsonl": '{"id": 1, "amount": 1.5, "later": null}\n'})
    bench.run()
    write(bench.project.root, {"landing/purchases/b.jsonl": '{"id": 2, "amount": 2}\n{"id": 3, "later": true}\n'})
    bench.run()
    assert rows(bench, "id, amount, later") == [(1, 1.5, None), (2, 2.0, None), (3, None, True)]

    write(bench.project.root, {"landing/purchases/c.jsonl": '{"id": "four"}\n'})
    with pytest.raises(SourceError, match=r"c\.jsonl: `id` holds string, and the table has bigint"):
        bench.run()


def test_parquet_files_and_gzip(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    folder = bench.project.root / "landing"
    with gzip.open(folder / "purchases/c.csv.gz", "wt") as file:
        file.write("id,amount\n4,8\n")
    (folder / "clicks").mkdir()
    pq.write_table(pa.table({"a": [1, 2]}), folder / "clicks/one.parquet")
    pq.write_table(pa.table({"b": ["x"], "a": pa.array([3], pa.int32())}), folder / "clicks/two.parquet")
    write(bench.project.root, {"tables/bronze/clicks.yml": "source: {format: parquet, path: landing/clicks}\n"})
    bench.run()

    assert rows(bench)[-1] == ("4", "8")
    clicks = bench.query("SELECT a, b FROM bronze.clicks ORDER BY a")
    assert clicks == [{"a": 1, "b": None}, {"a": 2, "b": None}, {"a": 3, "b": "x"}]


def test_a_glob_chooses_files_in_folders(tmp_path: Path) -> None:
    table = "source: {format: csv, path: 'landing/*/in/**/p[ab]?.csv'}\n"
    text = "id,amount\n{},0\n"
    paths = ["x/in/pa1.csv", "y/in/deep/er/pb2.csv", "x/in/pc3.csv", "x/out/pa4.csv", "x/in/pa55.csv", "x/in/.pa6.csv"]
    files = {f"landing/{path}": text.format(at) for at, path in enumerate(paths)}
    bench = shop(tmp_path, {**files, "tables/bronze/purchases.yml": table})
    bench.run()
    assert rows(bench, "id, _source_file") == [("0", "x/in/pa1.csv"), ("1", "y/in/deep/er/pb2.csv")]


def test_what_cannot_be_ingested_is_said(tmp_path: Path) -> None:
    bench = shop(tmp_path, {"tables/bronze/purchases.yml": PURCHASES})
    (bench.project.root / "landing/purchases").mkdir(parents=True)
    with pytest.raises(SourceError, match="holds no csv file yet"):
        bench.run()
    write(bench.project.root, {**DAYS, "tables/bronze/purchases.yml": PURCHASES + "contract: {key: [id]}\n"})
    with pytest.raises(FileError, match="is ingested from a folder, and keeps what arrived"):
        bench.run()
    write(bench.project.root, {"tables/bronze/purchases.yml": PURCHASES.replace("landing/", "landing/**/")})
    with pytest.raises(SourceError, match=r"may stand only before a file's name|no such folder|holds no csv file"):
        bench.run()


def test_a_table_of_one_file_does_not_become_an_ingested_one(tmp_path: Path) -> None:
    bench = shop(tmp_path, {**DAYS, "tables/bronze/purchases.yml": PURCHASES.replace("s}", "s/dt=2024-01-01/a.csv}")})
    bench.run()
    write(bench.project.root, {"tables/bronze/purchases.yml": PURCHASES})
    with pytest.raises(UserError, match="was not ingested"):
        bench.run()


# Exactly once


def test_a_lost_ledger_is_rebuilt_from_the_table(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    for file in bench.project.ops.glob("ledger.sqlite*"):
        file.unlink()
    arrive(bench, c="id,amount\n4,8\n")
    assert taken(bench.run()) == (1, ())
    assert rows(bench) == [("1", "5"), ("2", "6"), ("3", "7"), ("4", "8")]


def test_a_log_without_a_commit_is_no_table(tmp_path: Path) -> None:
    """Who is killed before the first commit, or finds the disk full, leaves such a folder."""
    bench = shop(tmp_path)
    for table in (table_of(bench), bench.project.ops / "pipeline_runs"):
        write(table, {"_delta_log/_commit_5e1f.json.tmp": "{", "part-0.parquet": "PAR1"})
    assert taken(bench.run()) == (2, ())
    assert len(rows(bench)) == 3


def test_a_deleted_table_is_ingested_from_the_first_file_on(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    table_of(bench).rename(tmp_path / "away")
    assert taken(bench.run()) == (2, ())
    assert len(rows(bench)) == 3


def test_a_second_run_at_the_same_time_says_so(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    with held(bench.project.ops / "run.lock", ""), pytest.raises(EngineError, match="another run of shop is going on"):
        bench.run()
    assert taken(bench.run()) == (2, ())


@pytest.mark.parametrize("point", points.INGEST)
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    bench = shop(tmp_path)
    if "made" not in point:
        bench.run()
        arrive(bench, c="id,amount\n4,8\n", d="id,amount\n5,9\n")
    assert dies(bench.project.root, points.INGEST[point], "run")
    arrive(bench, e="id,amount\n6,0\n")
    bench.run()

    expected = [str(number) for number in range(1, 4 if "made" in point else 6)]
    assert [number for (number,) in rows(bench, "id")] == [*expected, "6"]
    assert bench.run().tables == ()
    assert told_files(bench) == sorted(files(bench))


def test_a_kill_while_the_ledger_is_rebuilt(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    (bench.project.ops / "ledger.sqlite").unlink()
    assert dies(bench.project.root, "from boathouse.ledger import Ledger; Ledger._end_with = die", "run")
    assert len(rows(bench)) == 3
    assert told_files(bench) == files(bench)


def test_two_runs_at_once_take_each_file_once(tmp_path: Path) -> None:
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, **{f"n{at}": f"id,amount\n{at},0\n" for at in range(10, 30)})
    both = [run_apart(bench.project.root), run_apart(bench.project.root)]
    assert sorted(ended(process) or 0 for process in both) in ([0, 0], [0, REFUSED])
    assert len(rows(bench)) == 23


def test_two_runs_at_once_take_each_file_once_even_where_locks_are_nothing(tmp_path: Path) -> None:
    """A network's file system may grant a lock twice: the Delta transaction is what guarantees."""
    bench = shop(tmp_path)
    bench.run()
    arrive(bench, **{f"n{at}": f"id,amount\n{at},0\n" for at in range(10, 30)})
    for process in [run_apart(bench.project.root, UNLOCKED), run_apart(bench.project.root, UNLOCKED)]:
        ended(process)
    bench.run()
    assert len(rows(bench)) == 23
    assert rows(bench, "count(DISTINCT _source_file)") == [(22,)]


def test_random_kills(tmp_path: Path) -> None:
    """A few here; `python tests/kill.py 100` does a hundred."""
    assert survive(shop(tmp_path), kills=5, chance=random.Random(7)) >= 5


def test_a_full_disk_is_an_error_and_the_next_run_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here, which takes root")
    try:
        bench = shop(disk)
        bench.run()
        arrive(bench, c="id,amount\n" + "".join(f"{at},{random.random()}\n" for at in range(9000)))
        filler = disk / "filler"
        with filler.open("wb") as file:
            file.write(b"x" * (os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - 90_000))
        with pytest.raises(EngineError, match=r"full|space"):
            bench.run()
        filler.unlink()
        bench.run()
        assert len(rows(bench)) == 9003
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.spark
def test_spark_reads_the_same_rows_from_the_folders(tmp_path: Path) -> None:
    rescue = ", new_columns: rescue}\ncolumns: {id: bigint}\n"
    bench = shop(tmp_path, {
        **DAYS,
        "landing/a folder+/x y.csv": "id,Full Name\n1,Ann\n", "landing/a folder+/z.csv": "more,id\n2,3\n",
        "tables/bronze/spaced.yml": "source: {format: csv, path: landing/a folder+}\n",
        "landing/events/2024/a.jsonl": '{"id": 1, "odd name": "x", "tags": [1, 2]}\n{"id": 2, "v": null}\n',
        "landing/events/2024/b.jsonl": '{"v": 1.5, "id": 3}\n',
        "tables/bronze/events.yml": "source: {format: json_lines, path: 'landing/events/**/*.jsonl'}\n",
        "landing/rescued/a.csv": 'id,z,y\n1,"a""é/",\n2,,\n3,q,r\n',
        "tables/bronze/rescued.yml": "source: {format: csv, path: landing/rescued" + rescue.replace("bigint", "string"),
        "landing/rescued_json/a.jsonl": '{"id": 1, "z": "a\\"/é", "y": 5}\n{"id": 2}\n',
        "tables/bronze/rescued_json.yml": "source: {format: json_lines, path: landing/rescued_json" + rescue,
        "tables/silver/latest.yml": "reads: bronze.purchases\nsteps: [{step: dedupe, key: [id], latest_by: _ingested_at}]\n",
    })  # fmt: skip
    bench.run()
    with gzip.open(bench.project.root / "landing/purchases/c.csv.gz", "wt") as file:
        file.write("Id,amount\n3,8\n")
    arrive(bench, d="id,coupon\n9,x\n")
    (bench.project.root / "landing/clicks").mkdir()
    pq.write_table(
        pa.table({"a": [1], "t": pa.array([1], pa.timestamp("us"))}), bench.project.root / "landing/clicks/1.parquet"
    )
    pq.write_table(pa.table({"b": ["x"], "a": [3]}), bench.project.root / "landing/clicks/2.parquet")
    write(bench.project.root, {"tables/bronze/clicks.yml": "source: {format: parquet, path: landing/clicks}\n"})
    time.sleep(0.01)
    bench.run()
    bench.export()
    proof = bench.prove()
    assert {table.table: (table.verdict, table.why) for table in proof.tables} == {
        **{
            f"bronze.{name}": ("PROVEN", "compared without _ingested_at, _run_id")
            for name in ("purchases", "spaced", "events", "rescued", "rescued_json", "clicks")
        },
        "silver.latest": ("PROVEN", ""),
    }

"""Kill: processes that work on a project are killed at named points and at random moments, and all is held against an undisturbed one.

`python tests/kill.py 100` kills the days of the Carton Caps example a hundred times, and so many ingestions.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import points
from boathouse import config
from boathouse.demos import carton_caps
from boathouse.errors import BoathouseError, EngineError, UserError
from boathouse.workbench import Workbench
from carton_caps_days import SMALL, land
from projects import project, write
from undisturbed import Witness, assert_equal, assert_told_once, rows

FILES, ROWS = 6, 200  # that arrive before each run
REFUSED, FAULT = EngineError.exit_code, 70
UNLOCKED = "import contextlib; from boathouse import file_lock; file_lock.held = lambda *_a: contextlib.nullcontext()"
LUCKY = 0.5  # of the days end with work that nobody kills
FIRST_DAY = 13  # the first on which the small example has all the rows that its contracts ask for
VERBS: dict[str, Callable[[Workbench], object]] = {
    "run": Workbench.run,
    "rerun": lambda bench: bench.run(full=True),
    "release": Workbench.release,
    "rollback": Workbench.rollback,
    "promote": lambda bench: bench.promote("prod"),
    "vacuum": lambda bench: bench.vacuum(hours=0, keep=1),
    "forget": lambda bench: bench.forget("bronze.purchases", "id=1"),
}
APART = multiprocessing.get_context("forkserver")
# A process apart is forked from one that has imported all that it needs: 0.1 s, not 0.9. What is not installed is passed over.
APART.set_forkserver_preload([
    "kill", "boathouse.run", "boathouse.release_run", "boathouse.table_load", "boathouse.sources.csv", "boathouse.steps.cast",
    "boathouse.steps.scale", "boathouse.checks.row_count", "deltalake.fs", "pyarrow.dataset", "pandas",
])  # fmt: skip


def die(*_a: Any, **_k: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(does: Callable[..., Any]) -> Callable[..., Any]:
    def dies(*args: Any, **named: Any) -> None:
        does(*args, **named)
        die()

    return dies


def work(root: Path, before: str, verbs: str) -> None:
    """Do verbs on a project, after statements that may replace some function of ours by one that dies."""
    exec(before, {"die": die, "then_die": then_die})  # noqa: S102
    try:
        do(Workbench(root), verbs)
    except BoathouseError as error:
        sys.exit(error.exit_code)
    except Exception:  # noqa: BLE001 - any that is not ours is what the tests look for
        traceback.print_exc()
        sys.exit(FAULT)


def do(bench: Workbench, verbs: str) -> None:
    """Do as `boathouse run && boathouse release` does; what is released already is no mistake here."""
    for verb in verbs.split():
        try:
            VERBS[verb](bench)
        except UserError as error:
            if "these very tables" not in error.message:
                raise


def run_apart(root: Path, before: str = "", verbs: str = "run") -> ForkServerProcess:
    """Start to work in a process of its own."""
    process = APART.Process(target=work, args=(root, before, verbs))
    process.start()
    return process


def ended(process: ForkServerProcess) -> int | None:
    """Wait for a process, and give its exit code; a signal's is negative."""
    process.join()
    code = process.exitcode
    process.close()
    return code


def dies(root: Path, before: str, verbs: str = "run release") -> bool:
    return ended(run_apart(root, before, verbs)) == -signal.SIGKILL


def dies_after(root: Path, seconds: float, verbs: str = "run release") -> bool:
    """Tell whether a process was still at work when it was killed."""
    process = run_apart(root, verbs=verbs)
    process.join(timeout=seconds)
    process.kill()
    return ended(process) == -signal.SIGKILL


# ---- ingestion alone ------------------------------------------------------------------------------------------------


def arrive(root: Path, number: int) -> None:
    text = "id,amount\n" + "".join(f"{number}-{row},1\n" for row in range(ROWS))
    write(root, {f"landing/purchases/k{number}.csv": text})


def survive(bench: Workbench, *, kills: int, chance: random.Random) -> int:
    """Let files arrive and kill runs until so many died of it; say how many files there were, or raise what is wrong."""
    root, before, arrived, died = bench.project.root, bench.run().tables[0].rows, 0, 0
    while died < kills:
        for _ in range(FILES):
            arrived += 1
            arrive(root, arrived)
        died += dies_after(root, chance.uniform(0.0, 0.3), "run")
    bench.run()
    count = bench.run(["bronze.purchases"]).tables[0].rows  # by name: a run that died late leaves nothing to build
    (said,) = bench.query(
        "SELECT count(*) AS n, count(DISTINCT id) AS ids, count(DISTINCT _source_file) AS files FROM bronze.purchases"
    )
    expected = before + arrived * ROWS
    assert count == said["n"] == said["ids"] == expected, f"{said} where {expected} rows arrived"
    return arrived


# ---- the example ----------------------------------------------------------------------------------------------------


def example(folder: Path) -> Workbench:
    """Make the Carton Caps example, small, as it is on its first day that is released."""
    config.create(folder, "carton_caps")
    carton_caps.write(folder, SMALL, landed=FIRST_DAY)
    return Workbench(folder)


def live_undisturbed(folder: Path) -> tuple[Workbench, float]:
    """Live through all days of the example; say how long a day's work takes."""
    bench, clock = example(folder), time.perf_counter()
    for day in range(FIRST_DAY, SMALL.days + 1):
        if day > FIRST_DAY:
            land(folder, [day])
        ended(run_apart(folder, verbs="run release"))
    do(bench, "run release")
    return bench, (time.perf_counter() - clock) / (SMALL.days - FIRST_DAY + 1)


def live_disturbed(folder: Path, *, kills: int, chance: random.Random, seconds: float) -> tuple[Workbench, int]:
    """Live through them while every day is killed some times, at a point or a moment; give the count that came about."""
    bench, died = example(folder), 0
    witness, ways = Witness(bench), disturbances(folder, chance, seconds)
    days = range(FIRST_DAY, SMALL.days + 1)
    for number, day in enumerate(days, 1):
        if day > FIRST_DAY:
            land(folder, [day])
        verbs = "run release"
        while died < kills * number / len(days):
            if next(ways)(verbs):
                died += 1
            else:
                verbs = "rerun release"  # the day is done, and is done again
            witness.look()
        if chance.random() < LUCKY:
            ended(run_apart(folder, verbs="run release"))
    do(bench, "run release")
    witness.look()
    return bench, died


def disturbances(root: Path, chance: random.Random, seconds: float) -> Iterator[Callable[[str], bool]]:
    """Give ways to kill a day's work, by turns at a point and at a random moment; each tells whether it was one."""
    named = list((points.INGEST | points.WITHIN | points.AFTER | points.RELEASE | points.BEFORE).values())
    for point in cycle(chance.sample(named, len(named))):
        yield partial(dies, root, point)
        yield partial(dies_after, root, chance.uniform(0, seconds))


def disturb_example(folder: Path, kills: int, chance: random.Random) -> str:
    """Raise where the two differ, and say what was gone through."""
    undisturbed, seconds = live_undisturbed(folder / "undisturbed/carton_caps")
    bench, died = live_disturbed(folder / "disturbed/carton_caps", kills=kills, chance=chance, seconds=seconds)
    assert_equal(bench, undisturbed)
    assert_told_once(bench)
    runs = [row["status"] for row in rows(bench, "pipeline_runs")]
    told = ", ".join(f"{runs.count(status)} {status}" for status in sorted(set(runs)))
    return f"{died} processes were killed (of {len(runs)} runs: {told}; {len(bench.releases())} releases)"


def main() -> None:
    kills, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "landing/purchases/a.csv": "id,amount\nfirst,5\n",
            "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases}\n",
        }
        bench = project(Path(folder) / "shop", files)
        arrived = survive(bench, kills=kills, chance=random.Random(seed))
        sys.stdout.write(f"{kills} ingestions were killed; the rows of {arrived} files are there once\n")
        said = disturb_example(Path(folder), kills, random.Random(seed))
        sys.stdout.write(f"{said}; every table is that of the undisturbed example (seed {seed})\n")


if __name__ == "__main__":
    main()

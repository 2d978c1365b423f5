"""Kill: runs that ingest are killed at random moments while files arrive, and the rows are counted.

`python tests/kill.py 100` does it a hundred times.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import tempfile
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from boathouse.errors import EngineError
from boathouse.workbench import Workbench
from projects import project, write

FILES, ROWS = 6, 200  # that arrive before each run
REFUSED = EngineError.exit_code
APART = multiprocessing.get_context("forkserver")
# A run apart is forked from a process that has imported all of it: 0.1 s, not 0.7.
APART.set_forkserver_preload(["boathouse.run", "boathouse.table_load", "boathouse.sources.csv"])


def run(root: Path, before: str) -> None:
    """Run a project, after statements that may replace some function of ours by `die`."""
    exec(before, {"die": lambda *_a, **_k: os.kill(os.getpid(), signal.SIGKILL)})  # noqa: S102
    try:
        Workbench(root).run()
    except EngineError:
        sys.exit(REFUSED)


def run_apart(root: Path, before: str = "") -> ForkServerProcess:
    """Start a run in a process of its own."""
    process = APART.Process(target=run, args=(root, before))
    process.start()
    return process


def ended(process: ForkServerProcess) -> int | None:
    """Wait for a process, and give its exit code; a signal's is negative."""
    process.join()
    code = process.exitcode
    process.close()
    return code


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
        process = run_apart(root)
        process.join(timeout=chance.uniform(0.0, 0.3))
        process.kill()
        died += ended(process) == -signal.SIGKILL
    rows = bench.run(["bronze.purchases"]).tables[0].rows
    (said,) = bench.query(
        "SELECT count(*) AS n, count(DISTINCT id) AS ids, count(DISTINCT _source_file) AS files FROM bronze.purchases"
    )
    expected = before + arrived * ROWS
    assert rows == said["n"] == said["ids"] == expected, f"{said} where {expected} rows arrived"
    return arrived


def main() -> None:
    kills = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "landing/purchases/a.csv": "id,amount\nfirst,5\n",
            "tables/bronze/purchases.yml": "source: {format: csv, path: landing/purchases}\n",
        }
        bench = project(Path(folder) / "shop", files)
        arrived = survive(bench, kills=kills, chance=random.Random())
        version = bench.run(["bronze.purchases"]).tables[0].version
    sys.stdout.write(f"{kills} runs were killed; the rows of {arrived} files are there once, in {version} commits\n")


if __name__ == "__main__":
    main()

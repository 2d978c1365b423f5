"""The run of the retail demo against its notebooks on local Spark: CPU seconds in one go, the JVM's included."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from measure import cpu_seconds, differing, retail_project

PROMISED = 10


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = retail_project(Path(folder, "local"))
        twin = Path(shutil.copytree(project, Path(folder, "spark")))
        clock = time.perf_counter()
        ours = cpu_seconds(["-m", "boathouse", "run", "--full", "--project", project])
        between = time.perf_counter()
        spark = cpu_seconds(["-m", "boathouse", "run", "--engine", "spark", "--project", twin])
        seconds = between - clock, time.perf_counter() - between
        unlike = differing(project / "lake", twin / "lake")
    print(f"{'retail demo':24}{'CPU s':>8}{'s':>8}{'ratio':>8}{'promised':>12}")
    print(f"{'boathouse run':24}{ours:8.2f}{seconds[0]:8.1f}{1:8.1f}")
    print(f"{'its PySpark on Spark':24}{spark:8.2f}{seconds[1]:8.1f}{spark / ours:8.1f}{f'>= {PROMISED}':>12}")
    print(f"the tables differ: {', '.join(unlike)}" if unlike else "the tables are equal, row by row")


if __name__ == "__main__":
    main()

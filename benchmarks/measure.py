"""Measure: the retail demo made ready, commands timed in CPU seconds with all their children, and tables compared."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
from deltalake import DeltaTable

from boathouse import config
from boathouse.demos import write_demo
from boathouse.workbench import Workbench


def retail_project(root: Path) -> Path:
    """Make the demo's project with all that is advised for silver; its own gold tables stand on that."""
    config.create(root, "retail")
    write_demo("retail", root)
    workbench = Workbench(root)
    workbench.explore([root / "raw"])
    advice = workbench.advise()
    workbench.advise([item.id for item in advice.recommendations if item.table.layer == "silver"])
    return root


def cpu_seconds(command: Sequence[str | Path], python: str | Path = sys.executable) -> float:
    """Run a command of a Python whose modules are compiled, as installed ones are; Spark's JVM counts too."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def tables(lake: Path) -> dict[str, Path]:
    """Find the Delta tables under a folder: silver.products of .../retail_silver/products."""
    logs = lake.glob("*/*/_delta_log")
    return {f"{log.parents[1].name.rpartition('_')[2]}.{log.parent.name}": log.parent for log in sorted(logs)}


def differing(left: Path, right: Path) -> list[str]:
    """Name the tables that are not the same rows, ops aside; doubles count to nine digits, since sums depend on their order."""
    ours, theirs = (
        {name: table for name, table in tables(lake).items() if not name.startswith("ops.")} for lake in (left, right)
    )
    missing = sorted(ours.keys() ^ theirs.keys())
    return missing + [name for name in ours.keys() & theirs.keys() if _rows(ours[name]) != _rows(theirs[name])]


def _rows(table: Path) -> tuple[object, ...]:
    files = DeltaTable(table).file_uris()
    names = [(name, kind) for name, kind, *_ in duckdb.sql("DESCRIBE FROM read_parquet(?)", params=[files]).fetchall()]
    shown = [f"printf('%.8e', \"{name}\")" if kind == "DOUBLE" else f'"{name}"' for name, kind in names]
    sums = duckdb.sql(f"SELECT count(*), sum(hash({', '.join(shown)})) FROM read_parquet(?)", params=[files]).fetchall()
    return (names, sums)

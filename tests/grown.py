"""Grown: the silver tables of a project against those that are built from all rows of the same bronze at once."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from deltalake import DeltaTable

from boathouse.workbench import Workbench


def built_at_once(bench: Workbench, root: Path) -> Path:
    """Build the silver tables in a project that has the same bronze rows and nothing else."""
    lake = bench.project.lake_schema("silver").name, bench.project.ops.name
    shutil.copytree(bench.project.root, root, ignore=shutil.ignore_patterns(*lake))
    there = Workbench(root)
    there.run([str(action.name) for action in there.plan().actions if action.name.layer == "silver"])
    return root


def contents(root: Path) -> dict[str, Counter[str]]:
    """Give the rows of each silver table as a multiset, without the run in which a row was set apart."""
    found = {}
    for path in sorted((root / "lake").glob("*_silver/*")):
        table = DeltaTable(path).to_pyarrow_table()
        if path.name.endswith("_quarantine"):
            table = table.drop_columns(table.column_names[-1:])
        found[path.name] = Counter(map(repr, table.to_pylist()))
    assert found
    return found

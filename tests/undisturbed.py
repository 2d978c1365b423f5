"""Undisturbed: what a project has to be at every moment, whatever was killed, and what it has to be in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boathouse.comparison import compare
from boathouse.engines import delta
from boathouse.names import OPS, TableName
from boathouse.origin import origin_of
from boathouse.query import built
from boathouse.release import Release, current_release
from boathouse.workbench import Workbench

BY_RUN = {"_ingested_at", "_run_id", "_run_id_", "ingested_at"}  # columns that no two runs give alike
KEYS = {
    "pipeline_runs": ("run_id",),
    "table_runs": ("run_id", "table_name"),
    "contract_results": ("run_id", "table_name", "rule", "action"),
    "ingested_files": ("table_name", "file"),
    "schema_changes": ("run_id", "table_name", "column_name"),
    "releases": ("release", "table_name"),
    "latest_release": ("table_name",),
}


@dataclass
class Witness:
    """Who looks at a project after each disturbance, and knows how many rows each released table had."""

    bench: Workbench
    counts: dict[tuple[int, str], int] = field(default_factory=dict)

    def look(self) -> None:
        """Assert that the current release is one whole release, listed as it is, and reads as it did."""
        now = current_release(self.bench.project)
        if now is None:
            return
        self._is_whole(now)
        read = self._counts(now)
        for name, count in read.items():
            known = self.counts.setdefault((now.number, name), count)
            assert count == known, f"{name} of release {now.number} has {count} rows, and had {known}"

    def _is_whole(self, now: Release) -> None:
        latest, listed = rows(self.bench, "latest_release"), rows(self.bench, "releases")
        own = [row for row in listed if row["release"] == now.number]
        assert {row["release"] for row in latest} == {now.number}
        assert by_table(latest) == by_table(own), f"release {now.number} is not what the list says"
        pinned = {str(name): str(version) for name, version in now.versions.items()}
        for name, version in now.versions.items():
            origin = origin_of(self.bench.project.lake(name), version)
            assert origin is not None
            mixed = {read: state for read, state in origin.inputs.items() if pinned.get(read, state) != state}
            assert not mixed, f"{name} of release {now.number} was built from {mixed}"

    def _counts(self, now: Release) -> dict[str, int]:
        each = [f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in now.versions]
        return {row["name"]: row["n"] for row in self.bench.query(" UNION ALL ".join(each))}


def rows(bench: Workbench, name: str) -> list[dict[str, Any]]:
    """Give the rows of an ops table as Delta has them."""
    path = bench.project.ops / name
    return delta.rows(path) if delta.exists(path) else []


def by_table(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda row: str(row["table_name"]))


def assert_told_once(bench: Workbench) -> None:
    """Assert that no ops table says a thing twice, and that every run that left a trace is told of."""
    for name, key in KEYS.items():
        told = Counter(tuple(row[column] for column in key) for row in rows(bench, name))
        assert [again for again, count in told.items() if count > 1] == [], f"{name} tells twice"
    runs = {row["run_id"]: row["status"] for row in rows(bench, "pipeline_runs")}
    for name in ("table_runs", "contract_results", "ingested_files", "releases"):
        assert {row["run_id"] for row in rows(bench, name)} <= set(runs), f"{name} names a run that is not told of"
    assert {runs[row["run_id"]] for row in rows(bench, "releases")} <= {"passed"}


def assert_equal(bench: Workbench, undisturbed: Workbench) -> None:
    """Assert that all is as in a project that was never disturbed: tables, files that are told of, frozen numbers."""
    assert_equal_tables(bench, undisturbed)
    assert files(bench) == files(undisturbed)
    fitted = [read(each.project.fitted) for each in (bench, undisturbed)]
    assert fitted[0] == fitted[1]


def assert_equal_tables(bench: Workbench, other: Workbench) -> None:
    """Assert that both have the same tables with the same rows, but for what each run says of itself."""
    assert tables(bench) == tables(other)
    for name in tables(bench):
        paths = bench.project.lake(name), other.project.lake(name)
        without = tuple(column for column in delta.schema(paths[0]).names if column in BY_RUN)
        compared = compare(*paths, without=without)
        assert compared.equal, f"{name}: {compared}"


def tables(bench: Workbench) -> list[TableName]:
    return [name for name in built(bench.project) if name.layer != OPS]


def files(bench: Workbench) -> list[tuple[str, str]]:
    return sorted((row["table_name"], row["file"]) for row in rows(bench, "ingested_files"))


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""

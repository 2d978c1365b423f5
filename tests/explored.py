"""Explore a few columns written into a csv file: what most tests of findings begin with."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boathouse.engines.duckdb import DuckDB
from boathouse.explore import explore

if TYPE_CHECKING:
    from boathouse.probe import DatasetFindings, Finding, MultiFindings

Columns = dict[str, list[Any]]


def explored_tables(
    tables: dict[str, Columns], *, target: str | None = None, engine: DuckDB | None = None
) -> MultiFindings:
    """Write each table as csv, None as nothing at all, and explore them together."""
    with tempfile.TemporaryDirectory() as folder:
        for name, columns in tables.items():
            with (Path(folder) / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(zip(*columns.values(), strict=True))
        return explore([folder], engine or DuckDB(), target=target)


def explored(columns: Columns, *, target: str | None = None) -> DatasetFindings:
    return explored_tables({"t": columns}, target=target).dataset("t")


def finding(columns: Columns, probe: str, column: str | None = None) -> Finding:
    """Give the only finding of a probe; more or fewer than one is a failure."""
    (found,) = explored(columns).of(probe, column)
    return found


def findings(columns: Columns, probe: str) -> list[Finding]:
    return list(explored(columns).of(probe))


def rows(count: int) -> Columns:
    """Give an unremarkable key, so that rows are told apart."""
    return {"row_id": [f"r{number:05d}" for number in range(count)]}

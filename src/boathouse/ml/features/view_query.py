"""View query: how DuckDB reads the Delta table of a feature view."""

from __future__ import annotations

from pathlib import Path

from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB

PLACE = "boathouse_views"


def view_query(engine: DuckDB, path: Path, version: int | None = None) -> str:
    """Write the query of its rows: of its Parquet files, or of a copy where these alone do not tell them."""
    scan = delta.scan(path, version)
    if scan:
        return scan
    name = f"{path.parent.name}_{path.name}_{'newest' if version is None else version}"
    engine.register(PLACE, name, delta.arrow(path, version))
    return f'SELECT * FROM {PLACE}."{name}"'

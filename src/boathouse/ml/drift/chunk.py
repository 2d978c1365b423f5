"""Chunks: which rows belong together, in their order or by a period of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.ml.drift.feature_table import feature_table

PERIODS = ("hour", "day", "week", "month", "quarter", "year")
NO_TIME = "no time"


@dataclass(frozen=True)
class Chunks:
    """The number of each row's chunk, and the names of the chunks in their order."""

    numbers: pa.Array
    names: tuple[str, ...]


def by_rows(count: int, rows: int) -> Chunks:
    """Part rows as they come: 0 to 4999, 5000 to 9999 ..."""
    if rows < 1:
        raise UserError(f"a chunk cannot have {rows} rows")
    names = tuple(f"{start} to {min(start + rows, count) - 1}" for start in range(0, count, rows))
    return Chunks(pa.array(np.arange(count) // rows), names)


def by_period(engine: DuckDB, data: Any, column: str, period: str) -> Chunks:
    """Part rows by the hour, day, week ... of a column, in UTC; rows without a time are a chunk of their own, the last."""
    if period not in PERIODS:
        raise UnknownName("period", period, PERIODS)
    times = feature_table(data, [column], where="the current rows").rename_columns(["moment"])
    engine.register("main", "times", times)
    start = f"date_trunc('{period}', TRY_CAST(CAST(moment AS VARCHAR) AS TIMESTAMP))"
    names = engine.rows(f"SELECT DISTINCT {start} AS start FROM main.times ORDER BY start NULLS LAST")
    numbers = engine.stream(
        f"SELECT dense_rank() OVER (ORDER BY start NULLS LAST) - 1 AS number "
        f"FROM (SELECT {start} AS start, rowid AS place FROM main.times) ORDER BY place"
    ).to_arrow_table()
    return Chunks(
        numbers.column("number"), tuple(NO_TIME if row["start"] is None else str(row["start"]) for row in names)
    )

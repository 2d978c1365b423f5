"""Frame columns: more columns beside those of a frame, in the kind of frame that it is."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def put_beside(frame: Any, table: pa.Table, columns: pa.Table) -> Any:
    """Give pandas for pandas, with its index, Polars for Polars, a dict for a dict, and Arrow for all else.

    `table` is the frame as it was read: a query that is asked twice may give its rows in another order.
    """
    kind = type(frame).__module__.partition(".")[0]
    if kind == "pandas":
        import pandas as pd

        more = columns.to_pandas()
        more.index = frame.index
        return pd.concat([frame, more], axis=1)
    if kind == "polars":
        import polars as pl

        return frame.hstack(pl.DataFrame(columns).get_columns())
    if isinstance(frame, dict):
        return {**frame, **columns.to_pydict()}
    for name in columns.column_names:
        table = table.append_column(name, columns[name])
    return table


def as_given(frame: Any, columns: Any) -> Any:
    """Give columns in the kind of frame that was given: pandas, Polars, a dict, or Arrow for all else."""
    table = pa.table(columns)
    kind = type(frame).__module__.partition(".")[0]
    if kind == "pandas":
        return table.to_pandas()
    if kind == "polars":
        import polars as pl

        return pl.DataFrame(table)
    return table.to_pydict() if isinstance(frame, dict) else table

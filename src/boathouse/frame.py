"""Frame: rows as people have them, in pandas, Polars, Arrow, DuckDB, Spark or a dict of lists, as one Arrow table."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from boathouse.errors import UserError


def arrow_table(data: Any) -> pa.Table:
    """Give the rows as an Arrow table, columns in their order; an index of pandas is no column."""
    try:
        return _table(data)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise UserError(
            f"the rows have no one type a column: {error}", hint="give every column values of one type"
        ) from None


def _table(data: Any) -> pa.Table:
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, dict):
        return pa.table(data)
    if hasattr(data, "toArrow"):  # Spark, and Spark Connect
        return data.toArrow()
    if type(data).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(data, preserve_index=False).replace_schema_metadata(None)
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return pa.table(data)
    raise UserError(
        f"rows cannot be read from a {type(data).__name__}",
        hint="give a pandas, Polars, Arrow, DuckDB or Spark frame, or a dict of lists",
    )

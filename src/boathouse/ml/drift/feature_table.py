"""Feature table: an array of n rows by d features, or a frame of any kind, as columns that DuckDB reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table


def feature_table(data: Any, names: Sequence[str] | None = None, *, where: str = "the data") -> pa.Table:
    """Give the features as a table: those that are named, or all of them; an array's are feature_0, feature_1 ..."""
    if type(data).__name__ == "Series":  # of pandas or Polars: one feature
        data = data.to_arrow() if hasattr(data, "to_arrow") else pa.array(data, from_pandas=True)
    if isinstance(data, pa.Array | pa.ChunkedArray):
        return pa.table([data], names=_names(names, 1))
    if isinstance(data, list | tuple):
        data = np.asarray(data, dtype=object)
    if isinstance(data, np.ndarray):
        return _of_array(data, names)
    table = arrow_table(data)
    for name in names or ():
        if name not in table.column_names:
            raise UnknownName("feature", name, table.column_names, where=where)
    return table.select(list(names)) if names is not None else table


def _of_array(data: np.ndarray, names: Sequence[str] | None) -> pa.Table:
    if data.ndim not in (1, 2):
        raise UserError(f"an array of {data.ndim} dimensions holds no features", hint="give n rows by d features")
    columns = (
        data.reshape(len(data), -1) if data.size else data.reshape(len(data), data.shape[-1] if data.ndim > 1 else 1)
    )
    named = _names(names, columns.shape[1])
    return pa.table([_column(columns[:, at]) for at in range(columns.shape[1])], names=named)


def _names(names: Sequence[str] | None, features: int) -> list[str]:
    named = list(names) if names is not None else [f"feature_{at}" for at in range(features)]
    if len(named) != features:
        raise UserError(f"there are {len(named)} feature names for {features} features")
    return named


def _column(values: np.ndarray) -> pa.Array:
    if values.dtype == np.float16:
        return pa.array(values.astype(np.float32))
    if values.dtype != object:
        return pa.array(np.ascontiguousarray(values))
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and texts in one column
        return pa.array([None if value is None or value != value else str(value) for value in values])  # noqa: PLR0124 - NaN

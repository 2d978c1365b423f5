"""Given: rows as a model is given them, the same whether they come from DuckDB, from Spark or out of a file."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import StepError, did_you_mean
from boathouse.model import Model
from boathouse.schema import DECIMAL

ARROW = {
    "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "float": pa.float32(),
    "double": pa.float64(), "string": pa.string(), "boolean": pa.bool_(), "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}  # fmt: skip


def scored(model: Model, rows: pa.Table) -> pa.Array:
    """Give the model's number for each row; one that is no number is missing, as Spark has it of pandas."""
    if not rows.num_rows:
        return pa.array([], pa.float64())
    return pa.array(model.score(typed(rows, model.columns)), pa.float64(), from_pandas=True)


def typed(rows: pa.Table, columns: Mapping[str, str]) -> pa.Table:
    """Make of doubles what the model was trained on: pandas, by which Spark gives them, has no other number that may be missing."""
    for name in columns:
        if name not in rows.column_names:
            hint = did_you_mean(name, rows.column_names)
            raise StepError(f"the model wants the column `{name}`, which it is not given", hint=hint)
    return pa.table({name: _cast(rows[name], type_, name) for name, type_ in columns.items()})


def _cast(column: pa.ChunkedArray, type_: str, name: str) -> pa.ChunkedArray:
    decimal = DECIMAL.fullmatch(type_)
    wanted = pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else ARROW.get(type_, pa.string())
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    if not pa.types.is_null(column.type) and _is_text(column.type) != _is_text(wanted):
        raise StepError(f"the model wants `{name}` as {type_}, and is given {column.type}", hint="cast it first")
    try:
        return column.cast(wanted)
    except pa.ArrowInvalid as error:
        raise StepError(f"the model wants `{name}` as {type_}: {error}") from None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))

"""Churn features: a table's columns as numbers, by what was learnt of them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UnknownName, UserError

MOST = 1_000  # categories that are known by their names; all others are as unseen ones
TYPES = {
    pa.int8(): "tinyint", pa.int16(): "smallint", pa.int32(): "int", pa.int64(): "bigint", pa.float32(): "float",
    pa.bool_(): "boolean",
}  # fmt: skip


@dataclass(frozen=True)
class Encoders:
    """The columns with their types, those of numbers first, and the categories that were seen, in the order of their codes."""

    types: Mapping[str, str]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def places(self) -> list[int]:
        """Say which columns are categories."""
        return [place for place, name in enumerate(self.types) if name in self.categories]

    @property
    def document(self) -> dict[str, Any]:
        return {"types": dict(self.types), "categories": {name: list(seen) for name, seen in self.categories.items()}}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        types = {str(name): str(kind) for name, kind in document["types"].items()}
        return cls(types, {str(name): tuple(map(str, seen)) for name, seen in document["categories"].items()})

    def encode(self, table: pa.Table) -> np.ndarray:
        """Give the rows as doubles; what is missing, or a category that was never seen, is NaN."""
        columns = [
            _codes(_column(table, name), self.categories[name]) if name in self.categories else numbers(table, name)
            for name in self.types
        ]
        return np.column_stack(columns) if columns else np.empty((table.num_rows, 0))


def encoders_of(table: pa.Table, categorical: Sequence[str], numerical: Sequence[str]) -> Encoders:
    """Learn the categories of a table, the most frequent ones where they are many."""
    if not (categorical or numerical):
        raise UserError("a model wants columns", hint="name those of categories, of numbers, or both")
    if twice := [name for name in categorical if name in numerical]:
        raise UserError(f"`{twice[0]}` is named among the numbers and among the categories")
    types = {name: _type(_column(table, name).type) for name in numerical}
    for name in numerical:
        numbers(table, name)
    return Encoders(types | dict.fromkeys(categorical, "string"), {name: _seen(table, name) for name in categorical})


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """Give a column of numbers, days or booleans as doubles, NaN where it is NULL or infinite."""
    column = _column(table, name)
    try:
        found = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
        values: np.ndarray = found.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"`{name}` is {column.type} and no number", hint="name it among the categories") from None
    return np.where(np.isfinite(values), values, np.nan)


def labels_of(table: pa.Table, name: str) -> np.ndarray:
    """Give a label as 0 and 1, NaN where it is not known."""
    labels = numbers(table, name)
    if not np.isin(labels[~np.isnan(labels)], (0, 1)).all():
        raise UserError(f"`{name}` is to say who stopped", hint="make it a boolean, or 0 and 1")
    return labels


def _seen(table: pa.Table, name: str) -> tuple[str, ...]:
    counts = _column(table, name).cast(pa.string()).drop_null().value_counts().to_pylist()
    usual = sorted(counts, key=lambda each: (-each["counts"], each["values"]))[:MOST]
    return tuple(sorted(each["values"] for each in usual))


def _codes(column: pa.ChunkedArray, seen: Sequence[str]) -> np.ndarray:
    codes = pc.index_in(column.cast(pa.string()), pa.array(seen, pa.string()))
    found: np.ndarray = codes.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise UnknownName("column", name, table.column_names)
    return table[name]


def _type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return TYPES.get(kind, "double")

"""Encoding: what a row looks like to the trees: numbers as doubles, categories as codes, and NaN for what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table

WIDEST = 1e30  # beyond it numbers are held to be alike: XGBoost keeps single precision, whose end is 3.4e38
MICROSECONDS_A_DAY = 86_400e6


@dataclass(frozen=True)
class Encoding:
    """The columns of a row and the levels of its categories, the most frequent first, as they were at training."""

    numbers: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.numbers, *self.levels)

    def matrix(self, data: Any) -> np.ndarray:
        """Give a row of doubles a row; what is missing, not finite, or a category that training had not is NaN."""
        table = arrow_table(data)
        for name in self.columns:
            if name not in table.column_names:
                raise UnknownName("column", name, table.column_names, where="the rows to score")
        encoded = np.empty((table.num_rows, len(self.columns)))
        for index, name in enumerate(self.numbers):
            encoded[:, index] = number_values(table.column(name), name)
        for index, (name, levels) in enumerate(self.levels.items(), len(self.numbers)):
            codes = pc.index_in(text_values(table.column(name), name), value_set=pa.array(levels, pa.string()))
            encoded[:, index] = _doubles(codes)
        return encoded

    def level_counts(self) -> np.ndarray:
        """Say of each column how many levels it has, 0 for a number."""
        return np.array([0] * len(self.numbers) + [len(levels) for levels in self.levels.values()])


def learn_encoding(table: pa.Table, categories: Iterable[str], numbers: Iterable[str]) -> Encoding:
    """Read the levels of the categories; a column that the rows do not have is an error."""
    categories, numbers = tuple(categories), tuple(numbers)
    named = (*numbers, *categories)
    if not named:
        raise UserError("there are no columns to learn from", hint="name categories, numbers or both")
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UserError(f"the column `{twice[0]}` is named twice", hint="a column is a category or a number")
    for name in named:
        if table.column_names.count(name) != 1:
            raise UnknownName("column", name, table.column_names, where="the rows to learn from")
    return Encoding(numbers, {name: _levels(text_values(table.column(name), name)) for name in categories})


def split_columns(table: pa.Table) -> tuple[list[str], list[str]]:
    """Tell the categories from the numbers by their types: what is text or a boolean is a category."""

    def is_category(type_: pa.DataType) -> bool:
        return any(test(type_) for test in (pa.types.is_dictionary, pa.types.is_boolean, *TEXTS))

    categories = [field.name for field in table.schema if is_category(field.type)]
    return categories, [name for name in table.column_names if name not in categories]


TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


def number_values(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """Read a column as doubles; dates and times count in days, numbers in text are read, blanks are missing."""
    column = _plain(column)
    type_ = column.type
    if pa.types.is_date(type_) or pa.types.is_timestamp(type_):
        instants = column.cast(pa.timestamp("us", getattr(type_, "tz", None)), safe=False)
        return _doubles(instants.cast(pa.int64())) / MICROSECONDS_A_DAY
    if any(test(type_) for test in TEXTS):
        trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
        column = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    elif pa.types.is_boolean(type_):
        column = column.cast(pa.int8())
    try:
        values = _doubles(column.cast(pa.float64(), safe=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        why = str(error).partition("\n")[0]
        raise UserError(f"the column `{name}` is no number: {why}", hint="name it as a category, or cast it") from None
    return np.where(np.isfinite(values), np.clip(values, -WIDEST, WIDEST), np.nan)


def text_values(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Read a column as the names of categories: 1 and 1.0 are one, as pandas makes doubles of integers that miss some."""
    column = _plain(column)
    type_ = column.type
    try:
        if pa.types.is_decimal(type_):
            column = column.cast(pa.float64(), safe=False)
        if pa.types.is_floating(column.type):
            return _number_names(column.cast(pa.float64()))
        texts = column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"the column `{name}` holds {type_}, which is no category", hint="leave it out") from None
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _number_names(column: pa.ChunkedArray) -> pa.ChunkedArray:
    known = pc.if_else(pc.is_finite(column), column, pa.scalar(None, pa.float64()))
    whole = pc.and_(pc.equal(pc.floor(known), known), pc.less(pc.abs(known), 2**53))
    integers = pc.if_else(whole, known, 0.0).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, integers, known.cast(pa.string()))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _doubles(column: Any) -> np.ndarray:
    filled = pc.fill_null(column.cast(pa.float64(), safe=False), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=float)


def _levels(texts: pa.ChunkedArray) -> tuple[str, ...]:
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(texts).to_pylist()}
    counts.pop(None, None)
    return tuple(sorted(counts, key=lambda level: (-counts[level], level)))

"""Daily series: rows that carry a day, as one number a day and no day left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table

Gaps = Literal["zero", "carry", "fail"]


@dataclass(frozen=True)
class DailySeries:
    """One number a day, from the first day on."""

    name: str
    first: date
    values: np.ndarray

    @property
    def last(self) -> date:
        return self.first + timedelta(days=len(self.values) - 1)

    def following(self, horizon: int) -> list[date]:
        """Name the days that come next."""
        return [self.last + timedelta(days=number) for number in range(1, horizon + 1)]


def daily_series(
    data: Any, day: str, value: str = "", *, name: str = "", gaps: Gaps = "zero", until: date | None = None
) -> DailySeries:
    """Sum a column by day, or count the rows where no column is named; rows without a day or a value count for nothing.

    A day without rows is 0 (`zero`), as the same day a week before, or the day before where that is not known
    (`carry`), or an error (`fail`). `until` says up to which day, included, the rows are known to be whole.
    """
    table = arrow_table(data)
    name = name or value or day
    days, numbers = _days(table, day), _numbers(table, value)
    known = pc.and_(pc.is_valid(days), pc.is_valid(numbers))
    if until is not None:
        known = pc.and_(known, pc.less_equal(days, pa.scalar(until)))
    kept = pa.table({"day": days, "number": numbers}).filter(known)
    if not kept.num_rows:
        raise UserError(f"the series `{name}` has no day with a value")
    sums = kept.group_by("day").aggregate([("number", "sum")]).sort_by("day")
    return _without_gaps(name, sums, gaps, until)


def _without_gaps(name: str, sums: pa.Table, gaps: Gaps, until: date | None) -> DailySeries:
    found = sums["day"].cast(pa.int32()).to_numpy()
    first: date = sums["day"][0].as_py()
    last = found[-1] if until is None else (until - date(1970, 1, 1)).days
    values = np.full(last - found[0] + 1, np.nan)
    values[found - found[0]] = sums["number_sum"].to_numpy()
    missing = np.flatnonzero(np.isnan(values))
    if len(missing) and gaps == "fail":
        raise UserError(f"the series `{name}` has no rows on {first + timedelta(days=int(missing[0]))}")
    for place in missing:
        values[place] = 0 if gaps == "zero" else values[place - 7 if place >= 7 else place - 1]  # noqa: PLR2004 - a week
    return DailySeries(name, first, values)


def day_numbers(table: pa.Table, name: str) -> np.ndarray:
    """Give a column's days as days since 1970, NaN where there is none."""
    numbers: np.ndarray = _days(table, name).cast(pa.int32()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def day_of(number: float) -> date:
    """Give the day of a number of days since 1970."""
    return date(1970, 1, 1) + timedelta(days=int(number))


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise UnknownName("column", name, table.column_names)
    return table[name]


def _days(table: pa.Table, name: str) -> pa.ChunkedArray:
    column = _column(table, name)
    if pa.types.is_timestamp(column.type):  # the day in UTC, as everywhere here
        column = pc.floor_temporal(column.cast(pa.timestamp("us", column.type.tz)).cast(pa.timestamp("us")), unit="day")
    try:
        return column.cast(pa.string() if pa.types.is_string_view(column.type) else column.type).cast(pa.date32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(
            f"`{name}` is {column.type} and holds no days", hint="cast it to a date or a timestamp"
        ) from None


def _numbers(table: pa.Table, name: str) -> pa.ChunkedArray:
    if not name:
        return pa.chunked_array([pa.array(np.ones(table.num_rows))])
    column = _column(table, name)
    try:
        numbers = column.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UserError(f"`{name}` is {column.type} and holds no numbers", hint="cast it to a number") from None
    if pc.any(pc.invert(pc.is_finite(numbers))).as_py():
        raise UserError(f"`{name}` holds a number that is infinite or none (NaN)", hint="make it NULL")
    return numbers

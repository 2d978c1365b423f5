"""Split: the rows of a table into train, validation and test, the same ones every time, and no entity in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from boathouse.errors import UserError

POINTS = 2**64  # what a digest of 8 bytes can be
TRAIN, VALIDATION, TEST = range(3)


@dataclass(frozen=True)
class Parts:
    """The three parts, in the order in which they are unpacked."""

    train: pa.Table
    validation: pa.Table
    test: pa.Table

    def __iter__(self) -> Iterator[pa.Table]:
        yield from (self.train, self.validation, self.test)


def split(rows: pa.Table, entity: Sequence[str], shares: tuple[float, float, float], time: str = "") -> Parts:
    """Split by a digest of the entity, or by time, where an entity goes with its last row: train holds nothing newer than its end."""
    of_entity = _by_time(rows, entity, time, shares) if time else _by_digest(rows, entity, shares)
    part = pa.array([of_entity[key] for key in _keys(rows, entity)], pa.int8())
    return Parts(*(rows.filter(pc.equal(part, which)) for which in (TRAIN, VALIDATION, TEST)))


def _keys(rows: pa.Table, entity: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(rows[name].to_pylist() for name in entity), strict=True)


def _by_digest(rows: pa.Table, entity: Sequence[str], shares: tuple[float, float, float]) -> dict[tuple[Any, ...], int]:
    """Share entities out by a digest of their values: a row that comes or goes moves no other."""
    return {key: _part(_point(key), shares) for key in set(_keys(rows, entity))}


def _point(key: tuple[Any, ...]) -> float:
    text = "\x00".join("" if value is None else f"={value}" for value in key)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / POINTS


def _part(point: float, shares: tuple[float, float, float]) -> int:
    return TRAIN if point < shares[TRAIN] else VALIDATION if point < shares[TRAIN] + shares[VALIDATION] else TEST


def _by_time(
    rows: pa.Table, entity: Sequence[str], time: str, shares: tuple[float, float, float]
) -> dict[tuple[Any, ...], int]:
    """Give each entity the part of its last row; the rows of one moment stay together."""
    if rows[time].null_count:
        raise UserError(f"{rows[time].null_count:,} rows have no `{time}`", hint="fill it, or split without time")
    ends = rows.group_by(list(entity)).aggregate([(time, "max"), ([], "count_all")])
    last = ends[f"{time}_max"].to_pylist()
    moments: dict[Any, int] = {}
    for moment, count in zip(last, ends["count_all"].to_pylist(), strict=True):
        moments[moment] = moments.get(moment, 0) + count
    parts, before = {}, 0
    for moment in sorted(moments):
        parts[moment] = _part(
            (before + moments[moment] / 2) / max(rows.num_rows, 1), shares
        )  # by the middle of its rows
        before += moments[moment]
    return {key: parts[moment] for key, moment in zip(_keys(ends, entity), last, strict=True)}

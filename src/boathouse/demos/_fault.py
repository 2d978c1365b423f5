"""Fault: what is wrong in a generated file, planted on purpose and written down, so that explore can be scored."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from random import Random

Row = dict[str, Any]

ABOUT = """\
# What is wrong in raw/, planted on purpose: where, of which kind, in how many rows.
# rows: their numbers, counted from 1 after the header; left out where the whole column is meant.
"""


@dataclass(frozen=True)
class Fault:
    """One planted fault of a file, or of one of its columns."""

    file: str
    column: str | None
    kind: str
    count: int
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Spoil:
    """How many cells of a column become what."""

    column: str
    kind: str
    count: int
    make: Callable[[Random, Any], Any]


def spoil(file: str, rows: list[Row], spoils: Iterable[Spoil], random: Random) -> tuple[list[Row], list[Fault]]:
    """Spoil cells, no cell twice, so that each fault can be found again and counted."""
    spoiled = [dict(row) for row in rows]
    faults: list[Fault] = []
    for plan in spoils:
        taken = {number for fault in faults if fault.column == plan.column for number in fault.rows}
        free = [number for number in range(1, len(rows) + 1) if number not in taken]
        chosen = sorted(random.sample(free, plan.count))
        for number in chosen:
            row = spoiled[number - 1]
            row[plan.column] = plan.make(random, row[plan.column])
        faults.append(Fault(file, plan.column, plan.kind, plan.count, tuple(chosen)))
    return spoiled, faults


def untouched(rows: list[Row], faults: Iterable[Fault]) -> list[Row]:
    """Give the rows in which nothing was spoiled: a copy of these adds to no other fault's count."""
    taken = {number for fault in faults for number in fault.rows}
    return [row for number, row in enumerate(rows, start=1) if number not in taken]


def append(file: str, kind: str, rows: list[Row], more: list[Row], *, column: str | None = None) -> Fault:
    """Append rows that should not be there, and say so."""
    numbers = tuple(range(len(rows) + 1, len(rows) + len(more) + 1))
    rows.extend(more)
    return Fault(file, column, kind, len(more), numbers)


def write_ledger(path: Path, faults: Iterable[Fault]) -> None:
    """Write the faults down, one a line."""
    import yaml

    lines = [yaml.safe_dump(_plain(fault), default_flow_style=True, sort_keys=False, width=100_000) for fault in faults]
    path.write_text(ABOUT + "faults:\n" + "".join(f"- {line}" for line in lines), encoding="utf-8")


def _plain(fault: Fault) -> dict[str, Any]:
    entry = asdict(fault) | {"rows": list(fault.rows)}
    return {key: value for key, value in entry.items() if value not in (None, [])}

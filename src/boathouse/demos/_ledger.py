"""Ledger: what is wrong in the files of a demo, planted on purpose, so that a pipeline over them can be scored."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from random import Random

Row = dict[str, Any]


@dataclass(frozen=True)
class Planted:
    """One kind of fault in one source, and all the places where it is."""

    source: str
    kind: str
    key: str
    keys: tuple[Any, ...]
    column: str | None = None


@dataclass(frozen=True)
class Spoil:
    """What some rows of a source become, and which rows can."""

    kind: str
    share: float
    make: Callable[[Random, Row], Row]  # the columns that change
    column: str | None = None
    where: Callable[[Row], bool] = lambda _row: True


def spoil(
    source: str, key: str, rows: list[Row], spoils: Iterable[Spoil], random: Random
) -> tuple[list[Row], list[Planted]]:
    """Spoil shares of the rows, at least two of each kind and no row twice."""
    changed: dict[Any, Row] = {}
    faults = []
    for plan in spoils:
        free = [row for row in rows if row[key] not in changed and plan.where(row)]
        chosen = random.sample(free, max(2, round(plan.share * len(rows))))
        changed |= {row[key]: row | plan.make(random, row) for row in chosen}
        faults.append(Planted(source, plan.kind, key, tuple(sorted(row[key] for row in chosen)), plan.column))
    return [changed.get(row[key], row) for row in rows], faults


def named(faults: Iterable[Planted]) -> set[Any]:
    """Give all the keys that faults name."""
    return {key for fault in faults for key in fault.keys}


def write_ledger(path: Path, about: str, faults: Iterable[Planted]) -> None:
    """Write the faults down, one a line, below what the file is about."""
    import yaml

    lines = [yaml.safe_dump(_plain(fault), default_flow_style=True, sort_keys=False, width=10**6) for fault in faults]
    path.write_text(about + "faults:\n" + "".join(f"- {line}" for line in lines), encoding="utf-8", newline="\n")


def _plain(fault: Planted) -> dict[str, Any]:
    entry = asdict(fault)
    keys = list(entry.pop("keys"))
    told = {name: value for name, value in entry.items() if value is not None}
    return told | {"count": len(keys), "keys": keys}

"""Landing: tables as the files that a payer delivers; who and where once, and what happens month by month."""

from __future__ import annotations

import csv
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from boathouse.demos._claims.synthea import COLUMNS, OWN

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.demos._ledger import Row

LANDING = "landing"


def write_landing(root: Path, name: str, rows: list[Row]) -> None:
    """Write a table: a file of each month, or one where its rows have no time."""
    columns = (COLUMNS | OWN)[name]
    folder = root / LANDING / name
    folder.mkdir(parents=True, exist_ok=True)
    for month, held in groupby(sorted(rows, key=_month), key=_month):
        with (folder / f"{name}{month}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_text(row.get(column, "")) for column in columns] for row in held)


def _month(row: Row) -> str:
    return "_" + row["at"].isoformat()[:7] if "at" in row else ""


def _text(value: Any) -> Any:
    """Write a moment as Synthea does, in UTC; isoformat takes a third of strftime's time."""
    return value.isoformat()[:19] + "Z" if isinstance(value, datetime) else value

"""Landing: rows as days of files that nobody changes again, landing/{source}/dt=YYYY-MM-DD/part-N.

The files of a later day lie in to_come/YYYY-MM-DD/: copied into landing/, the day has come.
"""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from boathouse.demos._carton_caps.faults_of_files import NEW_COLUMN, NEW_COLUMN_DAY

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.demos._carton_caps.scale import Row, Scale

COLUMNS = {
    "schools": ("school_id", "name", "address", "city", "state", "zip_code", "created_at"),
    "users": ("user_id", "first_name", "last_name", "email", "school_id", "created_at", "user_type", "is_verified",
              "device_id", "marketing_channel"),
    "products": ("product_id", "name", "category", "price", "points_per_dollar", "created_at"),
    "purchases": ("purchase_id", "user_id", "product_id", "quantity", "price_paid", "points_earned", "purchased_at",
                  "day_of_week", "hour_of_day", NEW_COLUMN),
    "referrals": ("referral_id", "referrer_user_id", "referred_email", "referred_user_id", "referral_code", "sent_at",
                  "converted_at", "status"),
    "events": ("event_id", "user_id", "event_type", "event_at", "referral_id", "metadata_json"),
}  # fmt: skip
JSON = ("events",)
LANDING, TO_COME = "landing", "to_come"


def filed(rows: list[Row], time: str, scale: Scale) -> list[Row]:
    """Say in which day's folder each row lands: that of its time, or the first one for what was before it."""
    return [row | {"dt": max(scale.first, row[time].date()), "file": 0} for row in rows]


def write_landing(root: Path, source: str, rows: list[Row], scale: Scale, landed: int) -> None:
    """Write the files of a source: those of the first days have landed, and each later day waits in a folder."""
    ordered = sorted(rows, key=_place)
    for (day, number), held in groupby(ordered, key=_place):
        columns = [name for name in COLUMNS[source] if name != NEW_COLUMN or day >= scale.day(NEW_COLUMN_DAY)]
        there = root / LANDING if day <= scale.day(landed) else root / TO_COME / f"{day}"
        folder = there / source / f"dt={day}"
        folder.mkdir(parents=True, exist_ok=True)
        write = _write_json if source in JSON else _write_csv
        write(folder / f"part-{number}.{'jsonl' if source in JSON else 'csv'}", columns, list(held))


def _place(row: Row) -> tuple[date, int]:
    return row["dt"], row["file"]


def _write_csv(path: Path, columns: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_plain(row[name]) for name in columns] for row in rows)


def _write_json(path: Path, columns: list[str], rows: list[Row]) -> None:
    lines = (json.dumps({name: _plain(row[name]) for name in columns}) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def _plain(value: Any) -> Any:
    """Write a moment as text, in UTC."""
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else value

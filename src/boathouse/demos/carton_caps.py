"""Receipts that earn for schools, and who invites whom: days of landing files, with planted faults and a ledger of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from boathouse.demos import DemoSummary
from boathouse.demos._carton_caps import activity, events, faults_of_files, faults_of_people, people
from boathouse.demos._carton_caps.landing import LANDING, TO_COME, filed, write_landing
from boathouse.demos._carton_caps.scale import Row, Scale
from boathouse.demos._ledger import Planted, write_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 42
ABOUT = """\
# What is wrong in landing/ and to_come/, planted on purpose: in which source, of which kind, and where.
# keys: the values of the column `key` that name what is wrong; column: the column that is wrong, if it is one.
# No row has two faults; price_out_of_range and wrong_unit are the same to a check of the price alone.
"""
PROJECT = Path(__file__).parent / "carton_caps_project"  # the tables written by hand, laid out as in a project
MONTHLY_PRICE_CHANGES = 0.1
LANDED = faults_of_files.NEW_COLUMN_DAY - 1  # days; with the next one a schema changes, and five days on a run fails


def write(root: Path, scale: Scale | None = None, landed: int = LANDED) -> DemoSummary:
    """Write the files of the first days to landing/, those of each later day to to_come/, faults.yml and the tables."""
    scale = scale or Scale()
    random = Random(SEED)  # noqa: S311 - data for a demo, not a secret
    sources, faults = generate(scale, random)
    for name, rows in sources.items():
        write_landing(root, name, rows, scale, landed)
    write_ledger(root / "faults.yml", ABOUT, faults)
    shutil.copytree(PROJECT, root, copy_function=shutil.copyfile, dirs_exist_ok=True)
    return DemoSummary(
        "Receipts earn for schools, and friends are invited: half a year of files that land day by day, faults and all.",
        _files(sources, scale, landed),
        next=("boathouse run && boathouse release", *_next_day(scale, landed)),
    )


def _files(sources: dict[str, list[Row]], scale: Scale, landed: int) -> dict[str, int | None]:
    last = scale.day(landed)
    files: dict[str, int | None] = {
        f"{LANDING}/{name}": sum(row["dt"] <= last for row in rows) for name, rows in sources.items()
    }
    waiting = sum(row["dt"] > last for rows in sources.values() for row in rows)
    whole = dict.fromkeys(sorted(path.name for path in PROJECT.iterdir()))
    return {**files, **({TO_COME: waiting} if waiting else {}), "faults.yml": None, **whole}


def _next_day(scale: Scale, landed: int) -> tuple[str, ...]:
    day = scale.day(landed + 1)
    return (f"cp -r {TO_COME}/{day}/. {LANDING}/     the next day lands; once more",) if day <= scale.last else ()


def generate(scale: Scale, random: Random) -> tuple[dict[str, list[Row]], list[Planted]]:
    """Make all rows with the day and the file that they land in, and the ledger of their faults."""
    schools, products = people.schools(scale, random), people.products(scale, random)
    users = people.users(scale, random)
    purchases = activity.purchases(users, products, scale, random)
    referrals = activity.referrals(users, scale, random)
    users, referrals, misused = faults_of_people.misuse(users, referrals, scale, random)
    happened = filed(events.events(users, purchases, referrals, scale, random), "event_at", scale)

    spoiled = {
        "users": faults_of_files.users(filed(users, "created_at", scale), scale, random),
        "purchases": faults_of_files.purchases(filed(purchases, "purchased_at", scale), users, scale, random),
        "referrals": faults_of_files.referrals(filed(referrals, "sent_at", scale), misused, scale, random),
        "events": faults_of_files.events(happened, scale, random),
    }
    rows = {name: spoiled_rows for name, (spoiled_rows, _) in spoiled.items()}
    whole = {"schools": filed(schools, "created_at", scale), "products": list(_monthly(products, scale, random))}
    return whole | rows, [*misused, *(fault for _, faults in spoiled.values() for fault in faults)]


def _monthly(products: list[Row], scale: Scale, random: Random) -> Iterator[Row]:
    """Send all products on the first of each month, some with another price than before."""
    for day in (scale.day(number) for number in range(1, scale.days + 1)):
        if day.day != 1 and day != scale.first:
            continue
        if day != scale.first:
            products = [_dearer(row) if random.random() < MONTHLY_PRICE_CHANGES else row for row in products]
        yield from (row | {"dt": day, "file": 0} for row in products)


def _dearer(product: Row) -> Row:
    return product | {"price": f"{float(product['price']) * 1.05:.2f}"}

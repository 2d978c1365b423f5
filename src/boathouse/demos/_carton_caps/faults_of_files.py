"""Faults of files: what arrives wrong, late, or twice; planted into rows that already know their day's folder."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from boathouse.demos._carton_caps.activity import clock
from boathouse.demos._carton_caps.scale import Row, Scale
from boathouse.demos._ledger import Planted, Spoil, named, spoil

if TYPE_CHECKING:
    from random import Random

NEW_COLUMN, NEW_COLUMN_DAY = "payment_method", 20
CENTS_DAY = 25
PRICE_LIMIT = 500  # more is not believed
DAYS_LATE = 4
BEFORE_SIGN_UP = timedelta(hours=36)
AGAIN = 1  # the number of the file, in a day's folder, that holds what is late, corrected or sent twice

Spoiled = tuple[list[Row], list[Planted]]


def users(rows: list[Row], scale: Scale, random: Random) -> Spoiled:
    """Send some users with a day that does not exist, and send them again, right, the next day."""
    day = Spoil(
        "wrong_type",
        0.003,
        lambda _, __: {"created_at": "2023-02-30 10:00:00"},
        "created_at",
        lambda row: row["created_at"] < scale.start,
    )
    spoiled, faults = spoil("users", "user_id", rows, [day], random)
    wrong = named(faults)
    again = [row | {"dt": row["dt"] + timedelta(days=1), "file": AGAIN} for row in rows if row["user_id"] in wrong]
    return [*spoiled, *again], faults


def purchases(rows: list[Row], people: list[Row], scale: Scale, random: Random) -> Spoiled:
    """Plant what a check of single purchases can find, then the day whose prices came in cents."""
    since = {person["user_id"]: person["created_at"] for person in people}
    cents_day = scale.day(CENTS_DAY)

    def early(_: Random, row: Row) -> Row:
        at = since[row["user_id"]] - BEFORE_SIGN_UP
        return {**clock(at), "dt": at.date()}

    def can_be_early(row: Row) -> bool:
        bought = since[row["user_id"]] - BEFORE_SIGN_UP
        return bool(bought > scale.start and bought.date() != cents_day)

    spoils = (
        Spoil("before_sign_up", 0.005, early, "purchased_at", can_be_early),
        Spoil("orphan_user", 0.015, lambda random, _: {"user_id": _orphan(scale, random)}, "user_id"),
        Spoil("wrong_type", 0.003, lambda random, _: {"quantity": random.choice(("two", "1.5", "n/a"))}, "quantity"),
        Spoil("wrong_type", 0.003, lambda random, _: {"price_paid": random.choice(("free", "9,99", "$8.20"))}, "price_paid"),
        Spoil("price_out_of_range", 0.004, lambda random, _: {"price_paid": f"{random.choice((-1, 1_000)) * random.uniform(1, 9):.2f}"}, "price_paid"),
        _late(scale, "purchased_at", 0.02),
    )  # fmt: skip
    in_cents = [row for row in rows if row["dt"] == cents_day]
    others, faults = spoil("purchases", "purchase_id", [row for row in rows if row["dt"] != cents_day], spoils, random)
    wrong, cents = _cents(in_cents)
    new_column = Planted("purchases", "schema_change", "dt", (scale.day(NEW_COLUMN_DAY).isoformat(),), NEW_COLUMN)
    return [*others, *wrong], [*faults, cents, new_column]


def _cents(rows: list[Row]) -> tuple[list[Row], Planted]:
    """Write the prices of a day as cents, and send the whole day again, right, on the next."""
    wrong = [row | {"price_paid": f"{round(float(row['price_paid']) * 100)}.00"} for row in rows]
    right = [row | {"dt": row["dt"] + timedelta(days=1), "file": AGAIN} for row in rows]
    keys = tuple(row["purchase_id"] for row in rows)
    return [*wrong, *right], Planted("purchases", "wrong_unit", "purchase_id", keys, "price_paid")


def referrals(rows: list[Row], misused: list[Planted], scale: Scale, random: Random) -> Spoiled:
    """Let some who came of a referral be users that nobody knows."""
    taken = named(fault for fault in misused if fault.key == "referral_id")
    orphan = Spoil("orphan_user", 0.004, lambda random, _: {"referred_user_id": _orphan(scale, random)}, "referred_user_id",
                   lambda row: row["status"] == "converted" and row["referral_id"] not in taken)  # fmt: skip
    spoiled, faults = spoil("referrals", "referral_id", rows, [orphan], random)
    return [version for row in spoiled for version in _versions(row)], faults


def _versions(row: Row) -> list[Row]:
    """Send a referral when it is made and, where somebody comes of it, once more on that day: no file knows tomorrow."""
    if row["status"] != "converted":
        return [row]
    answered = row["converted_at"].date()
    made = row | {"status": "sent", "referred_user_id": None, "converted_at": None}
    return [made, row | {"dt": answered, "file": AGAIN if answered == row["dt"] else 0}]


def events(rows: list[Row], scale: Scale, random: Random) -> Spoiled:
    """Plant orphans, times that are none, late rows, and rows that are in two files; nothing of this touches a reward."""
    harmless = ("app_open", "incentive_viewed", "receipt_scan_started", "receipt_scan_completed")
    spoils = (
        Spoil("orphan_user", 0.01, lambda random, _: {"user_id": _orphan(scale, random)}, "user_id", lambda row: row["event_type"] in harmless),
        Spoil("wrong_type", 0.001, lambda random, _: {"event_at": random.choice(("yesterday", "2024-02-31 08:00:00"))}, "event_at", lambda row: row["event_type"] in harmless),
        _late(scale, "event_at", 0.015),
    )  # fmt: skip
    rows, faults = spoil("events", "event_id", rows, spoils, random)
    taken = named(faults)
    free = [row for row in rows if row["event_id"] not in taken and row["dt"] < scale.last]
    again = random.sample(free, max(2, round(0.01 * len(rows))))
    doubled = Planted("events", "doubled", "event_id", tuple(sorted(row["event_id"] for row in again)))
    return [*rows, *(row | {"dt": row["dt"] + timedelta(days=1), "file": AGAIN} for row in again)], [*faults, doubled]


def _late(scale: Scale, column: str, share: float) -> Spoil:
    """Let rows arrive one to four days after the day that they are of."""

    def make(random: Random, row: Row) -> Row:
        return {"dt": row["dt"] + timedelta(days=random.randrange(1, DAYS_LATE + 1)), "file": AGAIN}

    last = scale.last - timedelta(days=DAYS_LATE)
    return Spoil("late", share, make, column, lambda row: row["dt"] <= last and _day(row[column]) == row["dt"])


def _day(value: object) -> date | None:
    return value.date() if hasattr(value, "date") else None


def _orphan(scale: Scale, random: Random) -> int:
    """Make the number of a user that is in no file of users."""
    return scale.users + 1 + random.randrange(scale.by_users(172))

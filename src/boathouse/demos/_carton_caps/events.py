"""Events of the app: what purchases and referrals leave behind, and what users look at between them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boathouse.demos._carton_caps.scale import Row, Scale, after, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SCANS_COMPLETED = 8_866 / 10_151
REDEEMED = 232 / 344
INSTALLED_AGAIN, APP_OPEN, INCENTIVE_VIEWED = 344, 1_335, 3_611
CODE_HOURS = (0.1, 47.0)  # a code counts for 48 full hours from the installation
REWARDS = {"referrer_bonus": "referrer_user_id", "referred_bonus": "referred_user_id"}


def events(people: list[Row], purchases: list[Row], referrals: list[Row], scale: Scale, random: Random) -> list[Row]:
    """Put everything that happened in its order, and number it."""
    happened = [*_installs(people, referrals, scale, random), *_looks(people, scale, random)]
    happened += [event for purchase in purchases for event in _scans(purchase, random)]
    happened += [event for referral in referrals for event in _referral(referral, people, scale, random)]
    happened.sort(key=lambda row: row["event_at"])
    return [{"event_id": number, **row} for number, row in enumerate(happened, start=1)]


def _event(kind: str, user: int, at: datetime, referral: int | None = None, metadata: str = "{}") -> Row:
    return {"user_id": user, "event_type": kind, "event_at": at, "referral_id": referral, "metadata_json": metadata}


def _installs(people: list[Row], referrals: list[Row], scale: Scale, random: Random) -> Iterator[Row]:
    invited = {row["referred_user_id"]: row["referral_id"] for row in referrals if came(row)}
    for person in people:
        at = person["created_at"] + timedelta(seconds=30)
        yield _event("install", person["user_id"], at, invited.get(person["user_id"]))
    for person in random.choices(people, k=scale.by_users(INSTALLED_AGAIN)):
        yield _event("install", person["user_id"], _since(person, scale, random))


def _looks(people: list[Row], scale: Scale, random: Random) -> Iterator[Row]:
    for kind, whole in (("app_open", APP_OPEN), ("incentive_viewed", INCENTIVE_VIEWED)):
        for person in random.choices(people, k=scale.by_use(whole)):
            yield _event(kind, person["user_id"], _since(person, scale, random))


def _since(person: Row, scale: Scale, random: Random) -> datetime:
    return moment(random, max(scale.start, person["created_at"]) + timedelta(minutes=1), scale.end)


def _scans(purchase: Row, random: Random) -> Iterator[Row]:
    started = after(random, purchase["purchased_at"], most=0.9)
    yield _event("receipt_scan_started", purchase["user_id"], started)
    if random.random() < SCANS_COMPLETED:
        yield _event("receipt_scan_completed", purchase["user_id"], after(random, started, most=0.1))


def came(referral: Row) -> bool:
    """Tell whether somebody else came of a referral, who then did all that the program asks for."""
    return bool(referral["status"] == "converted" and referral["referred_user_id"] != referral["referrer_user_id"])


def _referral(referral: Row, people: list[Row], scale: Scale, random: Random) -> Iterator[Row]:
    number, invited = referral["referral_id"], referral["referred_user_id"]
    yield _event("invite_sent", referral["referrer_user_id"], referral["sent_at"], number)
    if not came(referral):
        return
    installed = people[invited - 1]["created_at"] + timedelta(seconds=30)
    hours = referral.get("code_hours", CODE_HOURS)
    if hours is not None:
        yield _event("referral_applied", invited, after(random, installed, least=hours[0], most=hours[1]), number)
    linked = after(random, installed, least=61, most=90)
    yield _event("school_linked", invited, linked, number)
    yield _event("onboarding_complete", invited, referral["converted_at"], number)
    for reward, column in REWARDS.items():
        awarded, metadata = after(random, referral["converted_at"], most=6), f'{{"reward_type":"{reward}"}}'
        yield _event("reward_awarded", referral[column], awarded, number, metadata)
        if random.random() < REDEEMED:
            spent = moment(random, awarded, min(awarded + timedelta(days=20), scale.end))
            yield _event("reward_redeemed", referral[column], spent, number, metadata)

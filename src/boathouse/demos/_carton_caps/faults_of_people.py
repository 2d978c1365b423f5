"""Faults of people: what users do that the program forbids, planted before their events are made."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from boathouse.demos._carton_caps.scale import Row, Scale, after, moment
from boathouse.demos._ledger import Planted, Spoil, spoil

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

CLUSTERS, CLUSTER_USERS = 3, 6
BURSTS, BURST_INVITES, BURST_DAY = 2, 9, 12
SAME_DEVICE = 0.003  # of the referrals
LATE_CODE = (50.0, 60.0)  # hours after the installation; 48 are allowed
LATE_CODES, UNUSED_CODES = 0.07, 1  # of those who came: a share, and a count


def misuse(
    people: list[Row], referrals: list[Row], scale: Scale, random: Random
) -> tuple[list[Row], list[Row], list[Planted]]:
    """Plant clusters of users on one device, referrals of oneself, bursts of invitations, and codes used too late."""
    people, clusters = _clusters(people, referrals, random)
    people, same_device = _same_devices(people, referrals, random)
    referrals, bursts = _bursts(people, referrals, scale, random)
    referrals, codes = _codes(referrals, {*same_device.keys}, random)
    own = Spoil("self_referral", 0.006, _own(people), "referred_user_id", lambda row: row["status"] == "clicked")
    referrals, self_referrals = spoil("referrals", "referral_id", referrals, [own], random)
    return people, referrals, [clusters, same_device, bursts, *codes, *self_referrals]


def _own(people: list[Row]) -> Callable[[Random, Row], Row]:
    def make(random: Random, row: Row) -> Row:
        referrer = people[row["referrer_user_id"] - 1]
        done = after(random, row["sent_at"], least=0.1, most=2)
        email = referrer["email"].upper()  # in other letters: only who writes emails in one case sees it
        return {
            "referred_email": email,
            "referred_user_id": referrer["user_id"],
            "converted_at": done,
            "status": "converted",
        }

    return make


def _clusters(people: list[Row], referrals: list[Row], random: Random) -> tuple[list[Row], Planted]:
    """Give groups of users one device each; nobody of them came of a referral."""
    invited = {row["referred_user_id"] for row in referrals}
    users = random.sample([row["user_id"] for row in people if row["user_id"] not in invited], CLUSTERS * CLUSTER_USERS)
    devices = {user: f"d-shared-{at // CLUSTER_USERS + 1}" for at, user in enumerate(users)}
    shared = [row | {"device_id": devices.get(row["user_id"], row["device_id"])} for row in people]
    return shared, Planted("users", "device_cluster", "device_id", tuple(sorted(set(devices.values()))), "device_id")


def _same_devices(people: list[Row], referrals: list[Row], random: Random) -> tuple[list[Row], Planted]:
    """Let some who were invited have the device of who invited them: one person with two accounts."""
    pairs = {row["referrer_user_id"]: row for row in referrals if row["status"] == "converted"}
    invited = {row["referred_user_id"] for row in pairs.values()}
    device = {row["user_id"]: row["device_id"] for row in people}
    free = [row for user, row in pairs.items() if user not in invited and not device[user].startswith("d-shared")]
    chosen = random.sample(free, max(2, round(SAME_DEVICE * len(referrals))))
    taken = {row["referred_user_id"]: device[row["referrer_user_id"]] for row in chosen}
    shared = [row | {"device_id": taken.get(row["user_id"], row["device_id"])} for row in people]
    keys = tuple(sorted(row["referral_id"] for row in chosen))
    return shared, Planted("referrals", "same_device", "referral_id", keys, "referred_user_id")


def _bursts(people: list[Row], referrals: list[Row], scale: Scale, random: Random) -> tuple[list[Row], Planted]:
    """Let two users send as many invitations in a day as others in months."""
    senders = random.sample([row["user_id"] for row in people if row["created_at"] < scale.start], BURSTS)
    sent = random.sample([row["referral_id"] for row in referrals if row["status"] == "sent"], BURSTS * BURST_INVITES)
    midnight = datetime.combine(scale.day(BURST_DAY), time(), UTC)
    moved = {
        number: {"referrer_user_id": user, "sent_at": moment(random, midnight, midnight + timedelta(hours=20))}
        for number, user in zip(sent, senders * BURST_INVITES, strict=True)
    }
    rows = [_sent_by(row, moved.get(row["referral_id"], {})) for row in referrals]
    return rows, Planted("referrals", "invite_burst", "referrer_user_id", tuple(sorted(senders)), "sent_at")


def _sent_by(row: Row, change: Row) -> Row:
    """Change who sent it; the code begins with the number of who did."""
    new = row | change
    return new | {"referral_code": f"CC{new['referrer_user_id']:05d}{row['referral_code'][-4:]}"}


def _codes(referrals: list[Row], taken: set[int], random: Random) -> tuple[list[Row], list[Planted]]:
    """Let some use their code too late, and one never."""
    came_of = [row["referral_id"] for row in referrals if row["status"] == "converted"]
    free = [number for number in came_of if number not in taken]
    late = max(2, round(LATE_CODES * len(came_of)))
    chosen = random.sample(free, late + UNUSED_CODES)
    hours = dict.fromkeys(chosen[:late], LATE_CODE) | dict.fromkeys(chosen[late:])
    rows = [
        row | {"code_hours": hours[row["referral_id"]]} if row["referral_id"] in hours else row for row in referrals
    ]
    return rows, [
        Planted("referrals", "late_code", "referral_id", tuple(sorted(chosen[:late]))),
        Planted("referrals", "unused_code", "referral_id", tuple(sorted(chosen[late:]))),
    ]

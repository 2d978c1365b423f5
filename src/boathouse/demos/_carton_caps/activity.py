"""Purchases and referrals: what users do, without a fault."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from boathouse.demos._carton_caps.scale import Row, Scale, after, moment

if TYPE_CHECKING:
    from random import Random

PURCHASES = 10_151
CLICKED, SENT, CONVERTED = 351, 477, 172  # of 1,000 referrals
PAYMENTS = ("card", "cash", "wallet")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
BEFORE_END = timedelta(hours=3)  # what follows a purchase or an invitation still falls into the window


def purchases(people: list[Row], products: list[Row], scale: Scale, random: Random) -> list[Row]:
    """Let everybody buy since they signed up, some much more than others."""
    weights = [random.expovariate(1) + 0.05 for _ in people]
    buyers = random.choices(people, weights, k=scale.by_use(PURCHASES))
    bought = sorted(
        ((moment(random, max(scale.start, buyer["created_at"]), scale.end - BEFORE_END), buyer) for buyer in buyers),
        key=lambda pair: pair[0],
    )
    return [_purchase(number, *pair, random.choice(products), random) for number, pair in enumerate(bought, start=1)]


def _purchase(number: int, at: datetime, buyer: Row, product: Row, random: Random) -> Row:
    quantity = random.choices((1, 2, 3), (85, 11, 4))[0]
    price = round(float(product["price"]) * quantity * random.uniform(0.92, 1), 2)
    return {
        "purchase_id": number,
        "user_id": buyer["user_id"],
        "product_id": product["product_id"],
        "quantity": quantity,
        "price_paid": f"{price:.2f}",
        "points_earned": int(price) * product["points_per_dollar"],
        **clock(at),
        "payment_method": random.choice(PAYMENTS),
    }


def clock(at: datetime) -> Row:
    """Say when a purchase was, in the three ways that its file does."""
    return {"purchased_at": at, "day_of_week": at.strftime("%A"), "hour_of_day": at.hour}


def referrals(people: list[Row], scale: Scale, random: Random) -> list[Row]:
    """Let users invite others; those who come of it are users, who signed up within three days."""
    inviters = _Inviters(people, random)
    early, late = scale.start + timedelta(days=4), scale.end - timedelta(days=7)
    new = [person for person in people if early <= person["created_at"] < late]
    rows = [_converted(person, inviters, random) for person in random.sample(new, scale.by_users(CONVERTED))]
    for status, count in (("clicked", CLICKED), ("sent", SENT)):
        rows += [_unanswered(status, scale, inviters, random) for _ in range(scale.by_users(count))]
    rows.sort(key=lambda row: row["sent_at"])
    return [{"referral_id": number, **row} for number, row in enumerate(rows, start=1)]


class _Inviters:
    """Those who were users at a moment, of whom a few invite most."""

    def __init__(self, people: list[Row], random: Random) -> None:
        self.people, self.random = people, random
        self.since = [person["created_at"] for person in people]
        self.weights = list(accumulate(min(random.paretovariate(1.2), 12) for _ in people))

    def invitation(self, at: datetime) -> dict[str, Any]:
        known = bisect_left(self.since, at)
        inviter = self.random.choices(self.people[:known], cum_weights=self.weights[:known])[0]
        code = f"CC{inviter['user_id']:05d}{''.join(self.random.choices(LETTERS, k=4))}"
        return {"referrer_user_id": inviter["user_id"], "referral_code": code, "sent_at": at}


def _converted(person: Row, inviters: _Inviters, random: Random) -> Row:
    sent = moment(random, person["created_at"] - timedelta(hours=70), person["created_at"])
    # They finish what they came for a day or two after: the events say when, step by step.
    done = after(random, person["created_at"], least=100, most=140)
    answer = {"referred_email": person["email"], "referred_user_id": person["user_id"], "converted_at": done}
    return {**inviters.invitation(sent), **answer, "status": "converted"}


def _unanswered(status: str, scale: Scale, inviters: _Inviters, random: Random) -> Row:
    sent = moment(random, scale.start, scale.end - BEFORE_END)
    email = f"friend{random.randrange(10**6):06d}@example.org"
    answer = {"referred_email": email, "referred_user_id": None, "converted_at": None}
    return {**inviters.invitation(sent), **answer, "status": status}

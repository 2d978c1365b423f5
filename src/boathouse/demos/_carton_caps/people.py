"""Schools, products and users: who and what the program is about, without a fault."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from boathouse.demos._carton_caps.scale import Row, Scale, moment

if TYPE_CHECKING:
    from random import Random

FIRST_NAMES = ("Ada", "Ben", "Chloe", "Dev", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena")
LAST_NAMES = ("Adams", "Brown", "Castro", "Diaz", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jensen", "Khan")
# The zip codes of New England begin with 0, which a guess of types would take away.
CITIES = (("Boston", "MA", "02108"), ("Hartford", "CT", "06103"), ("Newark", "NJ", "07102"), ("Austin", "TX", "73301"),
          ("Denver", "CO", "80202"), ("Portland", "OR", "97201"), ("Chicago", "IL", "60601"), ("Albany", "NY", "12207"))  # fmt: skip
PLACES = ("Oak", "River", "Hill", "Lake", "Maple", "Sunset", "Cedar", "Prairie")
CATEGORIES = ("cereal", "yogurt", "snacks", "baking", "juice", "frozen", "paper", "cleaning")
USER_TYPES = {"parent": 70, "teacher": 20, "supporter": 10}
CHANNELS = {
    "organic": 35, "paid_search": 15, "paid_social": 15, "school_campaign": 20, "partner": 10, "influencer": 5
}  # fmt: skip
PRICES = (6.0, 14.0)  # in cents they would all be beyond the highest price that is believed
SCHOOLS, PRODUCTS = 50, 100
OPENED = timedelta(days=400)
SPELLED_BIG, HAS_SCHOOL, VERIFIED = 0.1, 0.95, 0.8  # shares of the users


def schools(scale: Scale, random: Random) -> list[Row]:
    return [_school(number, scale, random) for number in range(1, SCHOOLS + 1)]


def _school(number: int, scale: Scale, random: Random) -> Row:
    city, state, zip_code = random.choice(CITIES)
    return {
        "school_id": number,
        "name": f"{random.choice(PLACES)} {random.choice(PLACES)} School {number}",
        "address": f'{random.randrange(1, 400)} Main Street, "{random.choice(PLACES)}" House',
        "city": city,
        "state": state,
        "zip_code": zip_code,
        "created_at": moment(random, scale.start - OPENED, scale.start),
    }


def products(scale: Scale, random: Random) -> list[Row]:
    return [
        {
            "product_id": number,
            "name": f"{random.choice(PLACES)} {(category := random.choice(CATEGORIES))} {number}",
            "category": category,
            "price": f"{random.uniform(*PRICES):.2f}",
            "points_per_dollar": random.choice((1, 2, 5)),
            "created_at": moment(random, scale.start - OPENED, scale.start),
        }
        for number in range(1, PRODUCTS + 1)
    ]


def users(scale: Scale, random: Random) -> list[Row]:
    """Make half of them before the first day and half since; they are numbered as they came."""
    old = [moment(random, scale.start - OPENED, scale.start) for _ in range(scale.users // 2)]
    new = [moment(random, scale.start, scale.end - timedelta(days=1)) for _ in range(scale.users - len(old))]
    return [_user(number, created, random) for number, created in enumerate(sorted(old + new), start=1)]


def _user(number: int, created: object, random: Random) -> Row:
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    email = f"{first}.{last}{number}@example.com"
    return {
        "user_id": number,
        "first_name": first,
        "last_name": last,
        "email": email if random.random() < SPELLED_BIG else email.lower(),
        "school_id": random.randrange(1, SCHOOLS + 1) if random.random() < HAS_SCHOOL else None,
        "created_at": created,
        "user_type": random.choices(tuple(USER_TYPES), tuple(USER_TYPES.values()))[0],
        "is_verified": int(random.random() < VERIFIED),
        "device_id": f"d-{number:05d}-{random.randrange(16**6):06x}",
        "marketing_channel": random.choices(tuple(CHANNELS), tuple(CHANNELS.values()))[0],
    }

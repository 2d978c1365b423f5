"""Patients, who treats them, where, and who pays: as Synthea's tables have them, without a fault."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from boathouse.demos._claims.codes import SPECIALTIES

if TYPE_CHECKING:
    from random import Random

    from boathouse.demos._claims.scale import Scale
    from boathouse.demos._ledger import Row

FIRST_NAMES = {"F": ("Ada", "Chloe", "Elif", "Grace", "Ines", "Lena", "Mara", "Nia", "Rosa", "Yuki"),
               "M": ("Ben", "Dev", "Femi", "Hugo", "Jun", "Kofi", "Luis", "Omar", "Paul", "Sven")}  # fmt: skip
LAST_NAMES = (
    "Adams",
    "Brown",
    "Castro",
    "Diaz",
    "Evans",
    "Fischer",
    "Garcia",
    "Haas",
    "Ito",
    "Jensen",
    "Khan",
    "Lopez",
)
STREETS = ("Oak", "River", "Hill", "Lake", "Maple", "Sunset", "Cedar", "Prairie")
STATE = ("Massachusetts", "MA")
# Of each county: the share of who lives there, its factor of what things cost, a town, its zip code and where it is.
COUNTIES = {
    "Suffolk County": (24, 1.18, "Boston", "02108", 42.36, -71.06), "Middlesex County": (26, 1.1, "Cambridge", "02139", 42.37, -71.11),
    "Essex County": (14, 1.0, "Salem", "01970", 42.52, -70.9), "Worcester County": (13, 0.94, "Worcester", "01608", 42.26, -71.8),
    "Norfolk County": (11, 1.06, "Quincy", "02169", 42.25, -71.0), "Bristol County": (7, 0.92, "Taunton", "02780", 41.9, -71.09),
    "Hampden County": (5, 0.88, "Springfield", "01103", 42.1, -72.59),
}  # fmt: skip
RACES = {"white": 68, "black": 12, "asian": 9, "hawaiian": 1, "native": 1, "other": 9}
PAYERS = {"Harbor Health Plan": 45, "Commons Care": 35, "Blue Hills Mutual": 20}
ORGANIZATIONS = 24
AGES = ((0, 17, 20), (18, 39, 26), (40, 64, 30), (65, 79, 17), (80, 97, 7))


def identity(random: Random) -> str:
    """Draw an id of the form that Synthea's have."""
    return str(UUID(int=random.getrandbits(128)))


def payers(random: Random) -> list[Row]:
    return [
        {"Id": identity(random), "NAME": name, "ADDRESS": f"{random.randrange(1, 300)} {random.choice(STREETS)} Street",
         "CITY": "Boston", "STATE_HEADQUARTERED": STATE[1], "ZIP": "02108"}
        for name in PAYERS
    ]  # fmt: skip


def organizations(random: Random) -> list[Row]:
    """Make each county have one at least; the large ones have more."""
    counties = [*COUNTIES, *_counties(ORGANIZATIONS - len(COUNTIES), random)]
    return [_organization(county, number, random) for number, county in enumerate(counties, start=1)]


def _organization(county: str, number: int, random: Random) -> Row:
    name = f"{random.choice(STREETS)} {random.choice(STREETS)} {random.choice(('Clinic', 'Hospital', 'Practice'))} {number}".upper()
    return {"Id": identity(random), "NAME": name, **_place(county, random), "STATE": STATE[1], "county": county}


def providers(organizations: list[Row], scale: Scale, random: Random) -> list[Row]:
    """Make two of each specialty at least; the others are as many as come to see them."""
    names = [*SPECIALTIES, *SPECIALTIES]
    names += random.choices(
        list(SPECIALTIES), [share for share, _ in SPECIALTIES.values()], k=scale.providers - len(names)
    )
    return [_provider(specialty, random.choice(organizations), scale, random) for specialty in names]


def _provider(specialty: str, organization: Row, scale: Scale, random: Random) -> Row:
    gender = random.choice("FM")
    place = {name: organization[name] for name in ("ADDRESS", "CITY", "STATE", "ZIP", "LAT", "LON", "county")}
    years = min(45, random.gammavariate(2.2, 7))
    return {
        "Id": identity(random), "ORGANIZATION": organization["Id"], "NAME": f"{random.choice(FIRST_NAMES[gender])} {random.choice(LAST_NAMES)}",
        "GENDER": gender, "SPECIALITY": specialty, **place, "years": years,
        "LICENSED": scale.first - timedelta(days=round(365.25 * years) + 30),
        "price": random.lognormvariate(0.004 * (years - 15), 0.09),  # the older, the dearer
    }  # fmt: skip


def credentials(providers: list[Row], random: Random) -> list[Row]:
    """Give the register of licences, which Synthea does not have."""
    return [
        {"PROVIDER": row["Id"], "LICENCE": f"MA-{random.randrange(10**6):06d}", "LICENSED_ON": row["LICENSED"]}
        for row in providers
    ]


def patients(payers: list[Row], scale: Scale, random: Random) -> list[Row]:
    return [_patient(payers, scale, random) for _ in range(scale.patients)]


def _patient(payers: list[Row], scale: Scale, random: Random) -> Row:
    gender, county = random.choices("FM", (53, 47))[0], _counties(1, random)[0]
    low, high, _ = random.choices(AGES, [share for *_, share in AGES])[0]
    last = random.choice(LAST_NAMES)
    married = "" if low == 0 else random.choice(("M", "S", "D", "W"))
    return {
        "Id": identity(random), "BIRTHDATE": _birth(low, high, scale.first, random),
        "SSN": f"999-{random.randrange(10, 99)}-{random.randrange(1000, 9999)}", "FIRST": random.choice(FIRST_NAMES[gender]),
        "LAST": last, "MARITAL": married, "RACE": random.choices(list(RACES), list(RACES.values()))[0],
        "ETHNICITY": random.choices(("nonhispanic", "hispanic"), (87, 13))[0], "GENDER": gender,
        "BIRTHPLACE": f"{random.choice(list(COUNTIES.values()))[2]}  {STATE[0]}  US", **_place(county, random), "STATE": STATE[0],
        "COUNTY": county, "payer": random.choices(payers, list(PAYERS.values()))[0]["Id"],
    }  # fmt: skip


def _birth(low: int, high: int, first: date, random: Random) -> date:
    return first - timedelta(days=random.randrange(round(365.25 * low) + 1, round(365.25 * (high + 1))))


def _counties(count: int, random: Random) -> list[str]:
    return random.choices(list(COUNTIES), [share for share, *_ in COUNTIES.values()], k=count)


def _place(county: str, random: Random) -> Row:
    _, _, city, zip_code, lat, lon = COUNTIES[county]
    return {
        "ADDRESS": f"{random.randrange(1, 400)} {random.choice(STREETS)} Street", "CITY": city, "ZIP": zip_code,
        "LAT": f"{lat + random.uniform(-0.1, 0.1):.6f}", "LON": f"{lon + random.uniform(-0.1, 0.1):.6f}",
    }  # fmt: skip

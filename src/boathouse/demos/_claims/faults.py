"""Faults: what arrives missing, misspelt, impossible, twice or late in the files, none of which is fraud."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from boathouse.demos._claims.codes import DIAGNOSES
from boathouse.demos._claims.people import identity
from boathouse.demos._ledger import Planted, Row, Spoil, named, spoil

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from boathouse.demos._claims.scale import Scale

MISSING = 0.05
GENDERS = {"F": ("f", "female", "Female", " F"), "M": ("m", "male", "MALE", "M ")}
NO_DATES = ("n/a", "2024-02-30T09:15:00Z", "pending")
NO_AMOUNTS = ("n/a", "see note", "-")

Spoiled = tuple[list[Row], list[Planted]]


def spoil_tables(
    tables: dict[str, list[Row]], scale: Scale, random: Random
) -> tuple[dict[str, list[Row]], list[Planted]]:
    """Spoil each table in its own way."""
    faults: list[Planted] = []
    spoiled = dict(tables)
    for name, key, spoils in _plans():
        spoiled[name], found = spoil(name, key, spoiled[name], spoils, random)
        faults += found
    spoiled["claims"], of_claims = _claims(tables["claims"], scale, random)
    # A claim that goes to quarantine for its date takes its charges along: what is wrong in them would not be found.
    undated = named(fault for fault in of_claims if fault.column == "SERVICEDATE")
    spoiled["claims_transactions"], of_charges = _charges(tables["claims_transactions"], undated, random)
    return spoiled, [*faults, *of_claims, *of_charges]


def _plans() -> tuple[tuple[str, str, tuple[Spoil, ...]], ...]:
    return (
        ("patients", "Id", (
            _missing("GENDER"), _missing("COUNTY"), _missing("BIRTHDATE"),
            _spelled("GENDER", lambda random, text: random.choice(GENDERS[text])),
            _spelled("COUNTY", _other_case),
            Spoil("impossible", 0.005, _impossible_birth, "BIRTHDATE"),
        )),
        ("providers", "Id", (_missing("SPECIALITY"), _spelled("SPECIALITY", _other_case))),
        ("credentials", "PROVIDER", (_missing("LICENSED_ON"), Spoil("future", 0.01, _future_licence, "LICENSED_ON"))),
        ("encounters", "Id", (
            _missing("ENCOUNTERCLASS"), _missing("STOP"), _spelled("ENCOUNTERCLASS", _other_case),
            Spoil("backwards", 0.003, lambda random, row: {"STOP": row["START"] - timedelta(minutes=random.randrange(10, 300))}, "STOP"),
        )),
    )  # fmt: skip


def _missing(column: str) -> Spoil:
    return Spoil("missing", MISSING, lambda _, __: {column: ""}, column)


def _spelled(column: str, spell: Callable[[Random, str], str]) -> Spoil:
    return Spoil("spelled_otherwise", 0.04, lambda random, row: {column: spell(random, row[column])}, column)


def _other_case(random: Random, text: str) -> str:
    """Write text in a case that it is not in, or with blanks around it."""
    return random.choice([form for form in (text.lower(), text.upper(), text.title(), f" {text}  ") if form != text])


def _impossible_birth(random: Random, _: Row) -> Row:
    return {"BIRTHDATE": date(random.choice((1849, 1871, 2048, 2091)), random.randint(1, 12), random.randint(1, 28))}


def _future_licence(random: Random, _: Row) -> Row:
    return {"LICENSED_ON": date(2062, random.randint(1, 12), random.randint(1, 28))}


def _claims(rows: list[Row], scale: Scale, random: Random) -> Spoiled:
    """Spoil claims, and send some again the month after: as they were, or corrected."""
    last = scale.end - timedelta(days=31)
    early = [row["at"] < last for row in rows].count(True) / len(rows)

    def can_come_again(row: Row) -> bool:
        return bool(row["at"] < last)

    def future(random: Random, row: Row) -> Row:
        return {
            "SERVICEDATE": datetime(2099, random.randint(1, 12), random.randint(1, 28), 9, tzinfo=UTC),
            "at": row["at"],
        }

    def other_diagnosis(random: Random, row: Row) -> Row:
        return {"DIAGNOSIS1": random.choice([code for code in DIAGNOSES if code != row["DIAGNOSIS1"]])}

    spoils = (
        _missing("DIAGNOSIS1"),
        Spoil("unreadable", 0.003, lambda random, _: {"SERVICEDATE": random.choice(NO_DATES)}, "SERVICEDATE"),
        Spoil("future", 0.003, future, "SERVICEDATE"),
        Spoil("orphan", 0.003, lambda random, _: {"PATIENTID": identity(random)}, "PATIENTID"),
        Spoil("corrected", 0.01 * early, other_diagnosis, "DIAGNOSIS1", can_come_again),
        Spoil("sent_twice", 0.01 * early, lambda _, __: {}, None, can_come_again),
    )
    spoiled, faults = spoil("claims", "Id", rows, spoils, random)
    again = {key for fault in faults if fault.kind in ("corrected", "sent_twice") for key in fault.keys}
    return [*spoiled, *(row | {"at": _next_month(row["at"])} for row in rows if row["Id"] in again)], faults


def _next_month(at: datetime) -> datetime:
    return at.replace(day=1) + timedelta(days=31)


def _charges(rows: list[Row], undated: set[str], random: Random) -> Spoiled:
    """Spoil the first charge of some claims, which is the one that matters."""
    firsts = [row for row in rows if row["first"] and row["CLAIMID"] not in undated]
    spoils = (
        _missing("AMOUNT"),
        _missing("PROCEDURECODE"),
        Spoil("decorated", 0.02, lambda random, row: {"AMOUNT": _decorated(random, row["AMOUNT"])}, "AMOUNT"),
        Spoil("unreadable", 0.003, lambda random, _: {"AMOUNT": random.choice(NO_AMOUNTS)}, "AMOUNT"),
        Spoil("negative", 0.002, lambda _, row: {"AMOUNT": f"-{row['AMOUNT']}"}, "AMOUNT"),
    )
    spoiled, faults = spoil("claims_transactions", "ID", firsts, spoils, random)
    changed = {row["ID"]: row for row in spoiled}
    return [changed.get(row["ID"], row) for row in rows], faults


def _decorated(random: Random, amount: str) -> str:
    return random.choice((f"${float(amount):,.2f}", f"USD {amount}", f"$ {amount}"))

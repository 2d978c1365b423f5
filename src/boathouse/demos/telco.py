"""Customers of a telephone company and who leaves: generated from a seed, with planted faults and a ledger of them."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from math import exp
from random import Random
from typing import TYPE_CHECKING, Any

from boathouse.demos import DemoSummary
from boathouse.demos._fault import Fault, Row, Spoil, append, spoil, untouched, write_ledger

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20_240_601
CUSTOMERS = 2_000
TODAY = date(2024, 6, 1)
MONTHS = tuple(f"2024-{month:02d}-01" for month in range(1, 6))
PLANS = {"basic": (19.0, 5), "family": (45.0, 40), "plus": (32.0, 20), "premium": (69.0, 100), "student": (12.0, 10)}
CONTRACTS = ("month-to-month", "one year", "two years")
FIRST_NAMES = ("ada", "ben", "chloe", "dev", "elif", "femi", "grace", "hugo", "ines", "jun", "kofi", "lena")
LAST_NAMES = ("adams", "brown", "castro", "diaz", "evans", "fischer", "garcia", "haas", "ito", "jensen", "khan")
AREAS = ("00501", "01002", "02139", "06510", "07030", "10001", "30301", "60601", "75201", "94103")


def _impossible_date(random: Random, _: Any) -> str:
    return random.choice(("2023-02-30", "2022-04-31", "2023-13-05"))


def _day_first(_: Random, iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d/%m/%Y")


def _other_case(random: Random, word: str) -> str:
    return random.choice((word.upper(), word.capitalize()))


def _other_blanks(random: Random, word: str) -> str:
    return random.choice((f" {word}", f"{word} ", f"  {word}"))


CUSTOMER_SPOILS = (
    Spoil("total_charges", "blank_numbers", 11, lambda _, __: " "),
    Spoil("monthly_charges", "placeholders", 24, lambda _, __: "?"),
    Spoil("satisfaction", "placeholders", 60, lambda _, __: "N/A"),
    Spoil("gender", "category_variants", 90, _other_case),
    Spoil("contract", "category_variants", 70, _other_blanks),
    Spoil("signed_up", "date_formats", 400, _day_first),
    Spoil("signed_up", "impossible_dates", 12, _impossible_date),
    Spoil("age", "nulls", 160, lambda _, __: None),
    Spoil("age", "outliers", 7, lambda random, _: random.randrange(140, 200)),
    Spoil("plan", "orphan_keys", 6, lambda _, __: "legacy"),
)
USAGE_SPOILS = (
    Spoil("minutes", "nulls", 300, lambda _, __: None),
    Spoil("minutes", "outliers", 25, lambda random, _: random.randrange(20_000, 40_000)),
    Spoil("gigabytes", "sentinels", 35, lambda _, __: -999.0),
    Spoil("customer_id", "orphan_keys", 20, lambda random, _: f"X{random.randrange(10_000):05d}"),
)


def write(root: Path) -> DemoSummary:
    """Write raw/customers.csv, raw/plans.csv, raw/usage.jsonl and ledger.yml; the same bytes each time."""
    random = Random(SEED)  # noqa: S311 - data for a demo, not a secret
    people = [_customer(number, random) for number in range(1, CUSTOMERS + 1)]
    events = [_usage(person, month, random) for person in people for month in MONTHS]
    customers, faults = _spoil_customers(people, random)
    usage, usage_faults = _spoil_usage(events, random)
    plans = [{"plan": plan, "monthly_fee": fee, "gigabytes": size} for plan, (fee, size) in PLANS.items()]

    raw = root / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    _write_csv(raw / "customers.csv", customers)
    _write_csv(raw / "plans.csv", plans)
    lines = (json.dumps(row) + "\n" for row in usage)
    (raw / "usage.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")
    write_ledger(root / "ledger.yml", [*faults, *_natures(customers), *usage_faults])
    files = {
        "raw/customers.csv": len(customers),
        "raw/plans.csv": len(plans),
        "raw/usage.jsonl": len(usage),
        "ledger.yml": None,
    }
    return DemoSummary("Who leaves? Generated, with planted faults and a ledger of them.", files, target="churned")


def _customer(number: int, random: Random) -> Row:
    """Make one clean customer; whoever is new, unhappy and free to go leaves more often."""
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    months = random.randrange(1, 73)
    contract = random.choices(CONTRACTS, (5, 3, 2))[0]
    plan = random.choice(tuple(PLANS))
    fee = round(PLANS[plan][0] + random.uniform(0, 15), 2)
    satisfaction = random.randrange(1, 6)
    score = 0.2 - 0.035 * months + (0.9 if contract == CONTRACTS[0] else -0.8) - 0.65 * (satisfaction - 2) + 0.008 * fee
    churned = random.random() < 1 / (1 + exp(-score))
    return {
        "customer_id": f"C{number:05d}",
        "email": f"{first}.{last}{number}@example.com",
        "phone": f"+1-{random.randrange(201, 990)}-555-{random.randrange(100, 200):04d}",
        "zip_code": random.choice(AREAS),
        "signed_up": (TODAY - timedelta(days=30 * months + random.randrange(30))).isoformat(),
        "age": int(random.triangular(18, 88, 42)),
        "gender": random.choice(("female", "male")),
        "plan": plan,
        "contract": contract,
        "paperless": random.choice(("Yes", "No")),
        "monthly_charges": f"{fee:.2f}",
        "total_charges": f"{fee * months:.2f}",
        "satisfaction": satisfaction,
        "country": "US",
        "fax": None,
        # Billed when the contract ends: known only afterwards, so it gives the answer away.
        "final_bill": f"{random.uniform(20, 90) if churned else 0.0:.2f}",
        "churned": "Yes" if churned else "No",
    }


def _usage(person: Row, month: str, random: Random) -> Row:
    """Make one month of use; those who will leave use less and call the support more."""
    leaving = person["churned"] == "Yes"
    included = PLANS[person["plan"]][1]
    return {
        "customer_id": person["customer_id"],
        "month": month,
        "minutes": int(random.triangular(0, 600, 150 if leaving else 280)),
        "gigabytes": round(included * random.triangular(0.05, 1.1, 0.4 if leaving else 0.6), 2),
        "support_calls": random.choices((0, 1, 2, 3), (4, 3, 2, 1) if leaving else (12, 3, 1, 0))[0],
    }


def _spoil_customers(people: list[Row], random: Random) -> tuple[list[Row], list[Fault]]:
    file = "customers.csv"
    rows, faults = spoil(file, people, CUSTOMER_SPOILS, random)
    copied = random.sample(untouched(rows, faults), 24)
    changed = [row | {"monthly_charges": f"{float(row['monthly_charges']) + 5:.2f}"} for row in copied[15:]]
    copies = append(file, "duplicate_rows", rows, copied[:15])
    return rows, [*faults, copies, append(file, "duplicate_keys", rows, changed, column="customer_id")]


def _spoil_usage(events: list[Row], random: Random) -> tuple[list[Row], list[Fault]]:
    rows, faults = spoil("usage.jsonl", events, USAGE_SPOILS, random)
    copied = random.sample(untouched(rows, faults), 40)
    return rows, [*faults, append("usage.jsonl", "duplicate_rows", rows, copied)]


def _natures(rows: list[Row]) -> list[Fault]:
    """Write down what is wrong with whole columns, rather than with single cells."""
    zeros = sum(row["zip_code"].startswith("0") for row in rows)
    columns = {
        "email": "email_addresses", "phone": "phone_numbers", "paperless": "hidden_booleans", "country": "constant",
        "fax": "all_null", "final_bill": "leakage",
    }  # fmt: skip
    whole = [Fault("customers.csv", column, kind, len(rows)) for column, kind in columns.items()]
    return [*whole, Fault("customers.csv", "zip_code", "leading_zeros", zeros)]


def _write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

"""The Carton Caps example: days of landing files, faults exactly as the ledger says, and contracts that find each of them."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from boathouse.demos import carton_caps as demo
from boathouse.demos._carton_caps.scale import Scale
from carton_caps_days import SMALL, Days, Fault

pytestmark = pytest.mark.slow

KEYS = {"schools": "school_id", "users": "user_id", "products": "product_id", "purchases": "purchase_id"}
KEYS |= {"referrals": "referral_id", "events": "event_id"}

Row = dict[str, str]  # every value as text, `` for null; dt and file say where it landed


@dataclass(frozen=True)
class Landing:
    """The files, read back as a stranger would read them."""

    root: Path
    rows: dict[str, list[Row]]
    faults: list[dict[str, Any]]

    def firsts(self, source: str) -> list[Row]:
        """Give each thing as it first arrived."""
        return list({row[KEYS[source]]: row for row in reversed(self.rows[source])}.values())

    def lasts(self, source: str) -> list[Row]:
        """Give each thing as it arrived last."""
        return list({row[KEYS[source]]: row for row in self.rows[source]}.values())


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    return landed(tmp_path_factory.mktemp("carton_caps"), SMALL)


def landed(root: Path, scale: Scale) -> Landing:
    summary = demo.write(root, scale, scale.days)
    assert all((root / file).exists() for file in summary.files)
    rows = {source: list(read(root / "landing" / source)) for source in KEYS}
    assert {f"landing/{source}": len(found) for source, found in rows.items()} == {
        file: count for file, count in summary.files.items() if count is not None
    }
    return Landing(root, rows, yaml.safe_load((root / "faults.yml").read_text(encoding="utf-8"))["faults"])


def read(folder: Path) -> Iterable[Row]:
    for file in sorted(folder.glob("dt=*/part-*")):
        text = file.read_text(encoding="utf-8")
        rows = csv.DictReader(text.splitlines()) if file.suffix == ".csv" else map(json.loads, text.splitlines())
        place = {"dt": file.parent.name.removeprefix("dt="), "file": file.name}
        for row in rows:
            yield {name: "" if value is None else str(value) for name, value in row.items()} | place


def moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - both sides are in UTC
    except ValueError:
        return None


# ---- the files -----------------------------------------------------------------------------------------------------


def test_the_files_are_the_same_bytes_each_time(landing: Landing, tmp_path: Path) -> None:
    demo.write(tmp_path, SMALL, SMALL.days)
    files = [file.relative_to(landing.root) for file in landing.root.rglob("*") if file.is_file()]
    assert files
    assert all((tmp_path / file).read_bytes() == (landing.root / file).read_bytes() for file in files)
    assert len(files) == sum(file.is_file() for file in tmp_path.rglob("*"))


def test_the_whole_example_has_the_prototype_s_counts() -> None:
    sources, _ = demo.generate(Scale(), Random(demo.SEED))
    things = {source: {row[KEYS[source]]: row for row in rows} for source, rows in sources.items()}
    counts = {source: len(rows) for source, rows in things.items()}
    events = counts.pop("events")
    assert counts == {"schools": 50, "users": 1_000, "products": 100, "purchases": 10_151, "referrals": 1_000}
    assert events == pytest.approx(27_398, rel=0.01)
    kinds = Counter(row["event_type"] for row in things["events"].values())
    exact = {"receipt_scan_started": 10_151, "incentive_viewed": 3_611, "install": 1_344, "app_open": 1_335}
    exact |= {"invite_sent": 1_000, "reward_awarded": 344, "onboarding_complete": 172, "referral_applied": 171}
    assert {kind: kinds[kind] for kind in exact} == exact
    statuses = Counter(row["status"] for row in things["referrals"].values())
    assert statuses == {"sent": 477, "clicked": 351 - 6, "converted": 172 + 6}, "six refer themselves"


def test_no_file_knows_tomorrow(landing: Landing) -> None:
    times = {"users": ["created_at"], "purchases": ["purchased_at"], "referrals": ["sent_at", "converted_at"]}
    for source, columns in (times | {"events": ["event_at"]}).items():
        for row in landing.rows[source]:
            assert all(moment(row[column]) is None or row[column][:10] <= row["dt"] for column in columns), row


def test_a_program_too_small_for_its_faults_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 100 users and 28 days"):
        Scale(users=20)


# ---- each fault is found where the ledger says, and nowhere else -------------------------------------------------------

Look = Callable[[Landing], Iterable[Any]]  # a look at the files finds the keys of what is wrong


def where(source: str, is_faulty: Callable[[Landing, Row], bool]) -> Look:
    return lambda landing: {row[KEYS[source]] for row in landing.rows[source] if is_faulty(landing, row)}


def unknown_user(column: str) -> Callable[[Landing, Row], bool]:
    return lambda landing, row: row[column] != "" and int(row[column]) not in users(landing)


def users(landing: Landing) -> dict[int, Row]:
    return {int(row["user_id"]): row for row in landing.lasts("users")}


def is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def before_sign_up(landing: Landing) -> Iterable[str]:
    since = {user: row["created_at"] for user, row in users(landing).items()}
    return {
        row["purchase_id"]
        for row in landing.rows["purchases"]
        if row["purchased_at"] < since.get(int(row["user_id"]), "")
    }


def beyond_belief(landing: Landing) -> set[str]:
    rows = landing.rows["purchases"]
    return {r["purchase_id"] for r in rows if is_number(r["price_paid"]) and not 0 < float(r["price_paid"]) <= 500}


def sent_anew(landing: Landing) -> set[str]:
    prices: dict[str, list[str]] = defaultdict(list)
    for row in landing.rows["purchases"]:
        prices[row["purchase_id"]].append(row["price_paid"])
    assert all(float(old) == round(100 * float(new)) for old, new in (p for p in prices.values() if len(p) > 1))
    return {purchase for purchase, found in prices.items() if len(found) > 1}


def late(source: str, column: str) -> Look:
    """What is sent twice is late only where its first row was."""
    return lambda landing: {
        row[KEYS[source]]
        for row in landing.firsts(source)
        if moment(row[column]) and row[column][:10] < row["dt"] != SMALL.first.isoformat()
    }


def doubled(landing: Landing) -> Iterable[str]:
    files = defaultdict(set)
    for row in landing.rows["events"]:
        files[row["event_id"]].add((row["dt"], row["file"]))
    return {event for event, found in files.items() if len(found) > 1}


def device_clusters(landing: Landing) -> Iterable[str]:
    return {
        device for device, count in Counter(row["device_id"] for row in users(landing).values()).items() if count > 2
    }


def same_device(landing: Landing) -> Iterable[str]:
    known = users(landing)
    pairs = {r["referral_id"]: (r["referrer_user_id"], r["referred_user_id"]) for r in landing.lasts("referrals")}
    devices = {
        number: [known.get(int(user or 0), {}).get("device_id") for user in pair] for number, pair in pairs.items()
    }
    return {number for number, (a, b) in devices.items() if a == b and len(set(pairs[number])) > 1}


def invite_bursts(landing: Landing) -> Iterable[str]:
    days = Counter((row["referrer_user_id"], row["sent_at"][:10]) for row in landing.lasts("referrals"))
    return {user for (user, _), count in days.items() if count >= 8}


def code_hours(landing: Landing) -> dict[str, float | None]:
    """Say how many hours after the installation each code was used, or that it was not."""
    at = {(row["referral_id"], row["event_type"]): moment(row["event_at"]) for row in landing.rows["events"]}
    onboarded = [referral for referral, kind in at if kind == "onboarding_complete"]
    pairs = {referral: (at[referral, "install"], at.get((referral, "referral_applied"))) for referral in onboarded}
    return {referral: (b - a).total_seconds() / 3600 if a and b else None for referral, (a, b) in pairs.items()}


def payment_methods_begin(landing: Landing) -> Iterable[str]:
    days = {row["dt"] for row in landing.rows["purchases"] if "payment_method" in row}
    assert not days & {row["dt"] for row in landing.rows["purchases"] if "payment_method" not in row}
    return {min(days)}


SEEN: dict[tuple[str, str, str | None], Look] = {
    ("users", "device_cluster", "device_id"): device_clusters,
    ("users", "wrong_type", "created_at"): where("users", lambda _, row: moment(row["created_at"]) is None),
    ("purchases", "before_sign_up", "purchased_at"): before_sign_up,
    ("purchases", "orphan_user", "user_id"): where("purchases", unknown_user("user_id")),
    ("purchases", "wrong_type", "quantity"): where("purchases", lambda _, row: not row["quantity"].isdigit()),
    ("purchases", "wrong_type", "price_paid"): where("purchases", lambda _, row: not is_number(row["price_paid"])),
    ("purchases", "price_out_of_range", "price_paid"): lambda landing: beyond_belief(landing) - sent_anew(landing),
    ("purchases", "wrong_unit", "price_paid"): sent_anew,
    ("purchases", "late", "purchased_at"): late("purchases", "purchased_at"),
    ("purchases", "schema_change", "payment_method"): payment_methods_begin,
    ("referrals", "self_referral", "referred_user_id"): where(
        "referrals", lambda _, row: row["referred_user_id"] == row["referrer_user_id"]
    ),
    ("referrals", "same_device", "referred_user_id"): same_device,
    ("referrals", "invite_burst", "sent_at"): invite_bursts,
    ("referrals", "orphan_user", "referred_user_id"): where("referrals", unknown_user("referred_user_id")),
    ("referrals", "late_code", None): lambda landing: {r for r, hours in code_hours(landing).items() if hours and hours > 48},
    ("referrals", "unused_code", None): lambda landing: {r for r, hours in code_hours(landing).items() if hours is None},
    ("events", "orphan_user", "user_id"): where("events", unknown_user("user_id")),
    ("events", "wrong_type", "event_at"): where("events", lambda _, row: moment(row["event_at"]) is None),
    ("events", "late", "event_at"): late("events", "event_at"),
    ("events", "doubled", None): doubled,
}  # fmt: skip


@pytest.mark.parametrize(("source", "kind", "column"), SEEN)
def test_the_files_have_exactly_the_faults_of_the_ledger(
    landing: Landing, source: str, kind: str, column: str | None
) -> None:
    (fault,) = [f for f in landing.faults if (f["source"], f["kind"], f.get("column")) == (source, kind, column)]
    assert sorted(map(str, SEEN[source, kind, column](landing))) == sorted(map(str, fault["keys"]))
    assert fault["count"] == len(fault["keys"]) > 0


def test_the_least_program_has_each_fault_too(tmp_path: Path) -> None:
    least = landed(tmp_path, Scale(users=100, days=28))
    found = {place: sorted(map(str, look(least))) for place, look in SEEN.items()}
    assert found == {(f["source"], f["kind"], f.get("column")): sorted(map(str, f["keys"])) for f in least.faults}


def test_every_line_of_the_ledger_is_checked_above(landing: Landing) -> None:
    assert {(fault["source"], fault["kind"], fault.get("column")) for fault in landing.faults} == set(SEEN)


def test_no_row_has_two_faults(landing: Landing) -> None:
    rows = [(f["source"], key) for f in landing.faults if f["key"] == KEYS[f["source"]] for key in f["keys"]]
    assert len(rows) == len(set(rows)) > 0


# ---- contracts find each fault of the ledger, and nothing else -----------------------------------------------------------

# The rule that is broken after the last day, the rows that break it, and the faults that they are.
FOUND: dict[tuple[str, str], tuple[str, list[Fault]]] = {
    ("silver.landing_signal", "on_time"): (
        "SELECT id FROM silver.landing_signal WHERE days_late > 0",
        [("purchases", "late", "purchased_at"), ("events", "late", "event_at")],
    ),
    ("silver.landing_signal", "landed_once"): (
        "SELECT id FROM silver.landing_signal WHERE copies > 0", [("events", "doubled", None)]
    ),
    ("silver.landing_signal", "never_corrected"): (
        "SELECT id FROM silver.landing_signal WHERE versions > 1",
        [("users", "wrong_type", "created_at"), ("purchases", "wrong_unit", "price_paid")],
    ),
    ("silver.stg_purchases", "typed"): (
        "SELECT purchase_id FROM silver.stg_purchases_quarantine",
        [("purchases", "wrong_type", "quantity"), ("purchases", "wrong_type", "price_paid")],
    ),
    ("silver.stg_purchases", "known_user"): (
        "SELECT purchase_id FROM silver.stg_purchases WHERE user_id NOT IN (SELECT user_id FROM silver.stg_users)",
        [("purchases", "orphan_user", "user_id")],
    ),
    ("silver.stg_referrals", "known_user"): (
        "SELECT referral_id FROM silver.stg_referrals WHERE referred_user_id NOT IN (SELECT user_id FROM silver.stg_users)",
        [("referrals", "orphan_user", "referred_user_id")],
    ),
    ("silver.stg_events", "typed"): (
        "SELECT event_id FROM silver.stg_events_quarantine", [("events", "wrong_type", "event_at")]
    ),
    ("silver.stg_events", "known_user"): (
        "SELECT event_id FROM silver.stg_events WHERE user_id NOT IN (SELECT user_id FROM silver.stg_users)",
        [("events", "orphan_user", "user_id")],
    ),
    ("gold.fct_purchase", "believable_price"): (
        "SELECT purchase_id FROM gold.fct_purchase_quarantine", [("purchases", "price_out_of_range", "price_paid")]
    ),
    ("gold.fct_purchase", "known_user"): (
        "SELECT purchase_id FROM gold.fct_purchase WHERE user_id NOT IN (SELECT user_id FROM gold.dim_user)",
        [("purchases", "orphan_user", "user_id")],
    ),
    ("gold.fct_purchase", "after_sign_up"): (
        "SELECT purchase_id FROM gold.fct_purchase WHERE is_before_sign_up",
        [("purchases", "before_sign_up", "purchased_at")],
    ),
    ("gold.fct_referral", "somebody_else"): (
        "SELECT referral_id FROM gold.fct_referral WHERE is_self_referral",
        [("referrals", "self_referral", "referred_user_id"), ("referrals", "same_device", "referred_user_id")],
    ),
    ("gold.fct_referral", "code_in_time"): (
        "SELECT referral_id FROM gold.fct_referral WHERE NOT within_48h_window", [("referrals", "late_code", None)]
    ),
    ("gold.fct_referral", "code_was_used"): (
        "SELECT referral_id FROM gold.fct_referral WHERE applied_at IS NULL AND onboarded_at IS NOT NULL",
        [("referrals", "unused_code", None)],
    ),
    ("gold.device_cluster", "one_household"): (
        "SELECT device_id FROM gold.device_cluster WHERE users > 2", [("users", "device_cluster", "device_id")]
    ),
    ("gold.trust_signal", "invites_by_hand"): (
        "SELECT user_id FROM gold.trust_signal WHERE most_invites_in_a_day >= 8", [("referrals", "invite_burst", "sent_at")]
    ),
}  # fmt: skip
NEW_COLUMN: Fault = ("purchases", "schema_change", "payment_method")


@pytest.mark.parametrize("rule", FOUND)
def test_a_broken_rule_names_the_rows_that_are_planted(carton_caps: Days, rule: tuple[str, str]) -> None:
    sql, faults = FOUND[rule]
    assert carton_caps.column(sql) == sorted(key for fault in faults for key in carton_caps.faults[fault])


def test_no_rule_is_broken_that_nothing_was_planted_for(carton_caps: Days) -> None:
    found = {(str(t.table), r.rule): r.found for t in carton_caps.last.tables for r in t.rules if not r.holds}
    planted = {rule: sum(len(carton_caps.faults[fault]) for fault in faults) for rule, (_, faults) in FOUND.items()}
    assert found == planted
    assert [table.file_warnings for table in carton_caps.last.tables if table.file_warnings] == []


def test_every_fault_of_the_ledger_is_found(carton_caps: Days) -> None:
    assert {fault for _, faults in FOUND.values() for fault in faults} | {NEW_COLUMN} == set(carton_caps.faults)


def test_a_new_column_is_told_and_only_that_one(carton_caps: Days) -> None:
    changes = carton_caps.bench.query("SELECT table_name, column_name, type_before, type_after FROM ops.schema_changes")
    assert changes == [
        {"table_name": "bronze.purchases", "column_name": "payment_method", "type_before": "", "type_after": "string"}
    ]
    assert [fault for fault in carton_caps.faults if fault[1] == "schema_change"] == [NEW_COLUMN]
    first_day = "SELECT min(dt) FROM bronze.purchases WHERE payment_method IS NOT NULL"
    assert carton_caps.column(first_day) == carton_caps.faults[NEW_COLUMN]


def test_a_day_in_cents_fails_and_what_was_there_stays_until_it_is_sent_again(carton_caps: Days) -> None:
    assert "gold.purchase_day: the contract does not hold, and nothing is written" in carton_caps.failure
    assert (
        "`in_dollars` (median_price < 100) does not hold: 1 rows break it\n  purchase_date 2024-01-25"
        in carton_caps.failure
    )
    assert [str(row["purchase_date"]) for row in carton_caps.kept][-1] == "2024-01-19"
    days = carton_caps.column("SELECT purchase_date FROM gold.purchase_day WHERE median_price < 100")
    assert (len(days), days[-1]) == (30, "2024-01-30")


def test_what_was_sent_again_is_there_once_and_right(carton_caps: Days, landing: Landing) -> None:
    for source, key in KEYS.items():
        apart = (
            f" UNION ALL SELECT {key} FROM silver.stg_{source}_quarantine" if source in ("purchases", "events") else ""
        )
        ids = carton_caps.column(f"SELECT {key} FROM silver.stg_{source}{apart}")
        assert ids == sorted({row[key] for row in landing.rows[source]})
    cents = ", ".join(sent_anew(landing))
    (most,) = carton_caps.column(f"SELECT max(price_paid) FROM gold.fct_purchase WHERE purchase_id IN ({cents})")
    assert float(most) < 50
    assert carton_caps.column("SELECT count(*) FROM gold.dim_user WHERE created_at IS NULL") == ["0"]

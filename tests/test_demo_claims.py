"""The claims example: Synthea's tables, with faults and fraud exactly as the ledgers say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import pytest

from boathouse.demos import claims as demo
from boathouse.demos._claims.codes import BUNDLES, DIAGNOSES, LEVELS, PROCEDURES, SPECIALTY_OF
from boathouse.demos._claims.scale import Scale
from boathouse.demos._claims.synthea import COLUMNS
from claims_lake import SMALL, SYNTHEA, Fault, Landed, Row, by, is_charge, is_number, land, moment

LEAST = Scale(claims=1_000, months=4)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    return land(tmp_path_factory.mktemp("claims"))


# ---- the files -----------------------------------------------------------------------------------------------------


def test_the_files_are_the_same_bytes_each_time(landed: Landed, tmp_path: Path) -> None:
    land(tmp_path)
    files = [file.relative_to(landed.root) for file in landed.root.rglob("*") if file.is_file()]
    assert all((tmp_path / file).read_bytes() == (landed.root / file).read_bytes() for file in files)
    assert len(files) == sum(file.is_file() for file in tmp_path.rglob("*")) > 50


def test_another_seed_makes_other_claims(landed: Landed, tmp_path: Path) -> None:
    demo.write(tmp_path, SMALL, seed=7)
    assert not set(Landed(tmp_path).fraud) & set(landed.fraud)


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason="Synthea's own files are not beside the repository")
@pytest.mark.parametrize("table", COLUMNS)
def test_the_files_have_synthea_s_columns(landed: Landed, table: str) -> None:
    header = (SYNTHEA / f"{table}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    files = list((landed.root / "landing" / table).glob("*.csv"))
    assert files
    assert all(file.read_text(encoding="utf-8").splitlines()[0].split(",") == header for file in files)


def test_what_the_summary_says_is_there(tmp_path: Path) -> None:
    summary = demo.write(tmp_path, LEAST)
    found = Landed(tmp_path)
    counts = {f"landing/{table}": len(rows) for table, rows in found.tables.items()} | {demo.FRAUD: len(found.fraud)}
    assert {file: count for file, count in summary.files.items() if count is not None} == counts
    assert all((tmp_path / file).exists() for file in summary.files)


def test_a_payer_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1000 claims and 4 months"):
        Scale(claims=50)


def test_every_row_finds_what_it_refers_to(landed: Landed) -> None:
    ids = {
        table: {row["Id"] for row in landed.tables[table]}
        for table in ("patients", "providers", "encounters", "payers")
    }
    orphans = set(landed.faults["claims", "orphan", "PATIENTID"])
    for claim in landed.tables["claims"]:
        assert (claim["PATIENTID"] in ids["patients"]) is (claim["Id"] not in orphans)
        assert claim["PROVIDERID"] in ids["providers"]
        assert claim["APPOINTMENTID"] in ids["encounters"]
        assert claim["PRIMARYPATIENTINSURANCEID"] in ids["payers"]
    claims = {row["Id"] for row in landed.tables["claims"]}
    assert {row["CLAIMID"] for row in landed.tables["claims_transactions"]} == claims


def test_a_month_s_file_holds_that_month_and_what_was_sent_again(landed: Landed) -> None:
    again = {*landed.faults["claims", "corrected", "DIAGNOSIS1"], *landed.faults["claims", "sent_twice", None]}
    seen: set[str] = set()
    for row in landed.tables["claims"]:
        at = moment(row["CURRENTILLNESSDATE"])
        assert at is not None
        assert (f"claims_{at:%Y-%m}" == row["file"]) is (row["Id"] not in seen), row
        assert row["Id"] not in seen or row["Id"] in again
        seen.add(row["Id"])


# ---- faults: the files have exactly those of the ledger ----------------------------------------------------------------

Look = Callable[[Landed], Iterable[str]]


def where(table: str, key: str, is_faulty: Callable[[Row], bool]) -> Look:
    return lambda landed: {row[key] for row in landed.tables[table] if is_faulty(row)}


def missing(table: str, key: str, column: str, among: Callable[[Row], bool] = lambda _: True) -> tuple[Fault, Look]:
    return (table, "missing", column), where(table, key, lambda row: among(row) and not row[column])


def spelled(table: str, key: str, column: str, right: Callable[[str], bool]) -> tuple[Fault, Look]:
    look = where(table, key, lambda row: bool(row[column]) and not right(row[column]))
    return (table, "spelled_otherwise", column), look


def is_decorated(text: str) -> bool:
    return any(sign in text for sign in ("$", "USD"))


def repeated(landed: Landed) -> dict[str, list[Row]]:
    rows = defaultdict(list)
    for row in landed.tables["claims"]:
        rows[row["Id"]].append(row)
    return {claim: found for claim, found in rows.items() if len(found) > 1}


def is_corrected(rows: list[Row]) -> bool:
    return len({row["DIAGNOSIS1"] for row in rows}) > 1


SEEN: dict[Fault, Look] = dict([
    missing("patients", "Id", "GENDER"),
    missing("patients", "Id", "COUNTY"),
    missing("patients", "Id", "BIRTHDATE"),
    missing("providers", "Id", "SPECIALITY"),
    missing("credentials", "PROVIDER", "LICENSED_ON"),
    missing("encounters", "Id", "ENCOUNTERCLASS"),
    missing("encounters", "Id", "STOP"),
    missing("claims", "Id", "DIAGNOSIS1"),
    missing("claims_transactions", "ID", "AMOUNT", is_charge),
    missing("claims_transactions", "ID", "PROCEDURECODE", is_charge),
    spelled("patients", "Id", "GENDER", lambda text: text in ("F", "M")),
    spelled("patients", "Id", "COUNTY", lambda text: text == text.strip().title()),
    spelled("providers", "Id", "SPECIALITY", lambda text: text == text.strip().upper()),
    spelled("encounters", "Id", "ENCOUNTERCLASS", lambda text: text == text.strip().lower()),
]) | {
    ("patients", "impossible", "BIRTHDATE"): where("patients", "Id", lambda r: bool(r["BIRTHDATE"]) and not "1900" < r["BIRTHDATE"] < "2025"),
    ("credentials", "future", "LICENSED_ON"): where("credentials", "PROVIDER", lambda row: row["LICENSED_ON"] > "2025"),
    ("encounters", "backwards", "STOP"): where("encounters", "Id", lambda row: "" < row["STOP"] < row["START"]),
    ("claims", "unreadable", "SERVICEDATE"): where("claims", "Id", lambda row: moment(row["SERVICEDATE"]) is None),
    ("claims", "future", "SERVICEDATE"): where("claims", "Id", lambda r: bool(moment(r["SERVICEDATE"])) and r["SERVICEDATE"] > r["LASTBILLEDDATE1"]),
    ("claims", "orphan", "PATIENTID"): lambda landed: {r["Id"] for r in landed.tables["claims"] if r["PATIENTID"] not in by(landed.tables["patients"], "Id")},
    ("claims", "corrected", "DIAGNOSIS1"): lambda landed: {claim for claim, rows in repeated(landed).items() if is_corrected(rows)},
    ("claims", "sent_twice", None): lambda landed: {claim for claim, rows in repeated(landed).items() if not is_corrected(rows)},
    ("claims_transactions", "decorated", "AMOUNT"): where("claims_transactions", "ID", lambda row: is_decorated(row["AMOUNT"])),
    ("claims_transactions", "negative", "AMOUNT"): where("claims_transactions", "ID", lambda r: r["AMOUNT"].startswith("-") and is_number(r["AMOUNT"])),
    ("claims_transactions", "unreadable", "AMOUNT"): where(
        "claims_transactions", "ID", lambda r: bool(r["AMOUNT"]) and not is_number(r["AMOUNT"]) and not is_decorated(r["AMOUNT"])
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", SEEN)
def test_the_files_have_exactly_the_faults_of_the_ledger(landed: Landed, fault: Fault) -> None:
    assert sorted(SEEN[fault](landed)) == landed.faults[fault]
    assert len(landed.faults[fault]) >= 2


def test_every_line_of_the_ledger_is_checked_above(landed: Landed) -> None:
    assert set(landed.faults) == set(SEEN)


def test_no_row_has_two_faults(landed: Landed) -> None:
    rows = [(source, key) for (source, _, _), keys in landed.faults.items() for key in keys]
    assert len(rows) == len(set(rows))


# ---- fraud: what each kind is --------------------------------------------------------------------------------------------


def test_two_to_four_claims_of_a_hundred_are_fraud_of_every_kind(landed: Landed) -> None:
    claims = by(landed.tables["claims"], "Id")
    assert set(landed.fraud) <= set(claims)
    assert 0.02 <= len(landed.fraud) / len(claims) <= 0.04
    kinds = Counter(landed.fraud.values())
    assert set(kinds) == {"upcoding", "phantom_billing", "unbundling", "wrong_combination", "identity", "rapid_repeat", "near_duplicate"}  # fmt: skip
    assert min(kinds.values()) >= 5


class Told:
    """Claims with all that the files tell of them, one of a kind after the other."""

    def __init__(self, landed: Landed) -> None:
        self.fraud = landed.fraud
        self.patients = by(landed.tables["patients"], "Id")
        self.claims = by(landed.tables["claims"], "Id")
        self.encounters = by(landed.tables["encounters"], "Id")
        self.recorded = {row["ENCOUNTER"] for row in landed.tables["procedures"]}
        self.of_provider: dict[tuple[str, str], list[str]] = defaultdict(list)
        for claim, row in self.claims.items():
            self.of_provider[row["PROVIDERID"], row["CURRENTILLNESSDATE"][:10]].append(claim)

    def of(self, kind: str) -> list[tuple[Row, Row]]:
        """Give each claim of a kind with its encounter, which knows the true diagnosis, procedure and moment."""
        return [(row := self.claims[claim], self.encounters[row["APPOINTMENTID"]]) for claim, found in self.fraud.items() if found == kind]  # fmt: skip

    def earlier(self, encounter: Row, days: int) -> list[Row]:
        """Give what was billed for the same patient in the days before."""
        at = moment(encounter["START"])
        assert at is not None
        found = [
            row for row in self.encounters.values() if row["PATIENT"] == encounter["PATIENT"] and row is not encounter
        ]
        return [row for row in found if 0 <= ((at - (moment(row["START"]) or at)).total_seconds() / 86_400) <= days]


@pytest.fixture(scope="module")
def told(landed: Landed) -> Told:
    return Told(landed)


def test_phantoms_fill_days_and_no_record_knows_of_them(told: Told) -> None:
    for claim, encounter in told.of("phantom_billing"):
        assert len(told.of_provider[claim["PROVIDERID"], claim["CURRENTILLNESSDATE"][:10]]) >= 12
        assert encounter["Id"] not in told.recorded


def test_upcoding_costs_more(told: Told) -> None:
    ratios = [float(e["TOTAL_CLAIM_COST"]) / float(e["BASE_ENCOUNTER_COST"]) for _, e in told.of("upcoding")]
    highest = {level for levels in LEVELS for level in levels[2:]} | {"PSY2", "EMG3"}
    dear = [
        ratio > 1.4 or encounter["CODE"] in highest
        for ratio, (_, encounter) in zip(ratios, told.of("upcoding"), strict=True)
    ]
    assert mean(dear) > 0.8


def test_parts_of_a_bundle_are_billed_on_one_day(told: Told) -> None:
    days = defaultdict(set)
    for claim, encounter in told.of("unbundling"):
        days[
            claim["PATIENTID"] if claim["PATIENTID"] in told.patients else encounter["PATIENT"], encounter["START"][:10]
        ].add(encounter["CODE"])
    assert all(any(found == set(parts) for parts in BUNDLES.values()) for found in days.values())


def test_a_wrong_combination_is_of_two_specialties_or_of_no_reason(told: Told, landed: Landed) -> None:
    specialty = {row["Id"]: row["SPECIALITY"].strip().upper() for row in landed.tables["providers"]}
    for _, encounter in told.of("wrong_combination"):
        reason = DIAGNOSES[encounter["REASONCODE"]]
        usual = encounter["CODE"] in {**reason.procedures, **reason.then}
        assert not usual or specialty[encounter["PROVIDER"]] != SPECIALTY_OF[reason.diagnosis]


def test_another_person_s_card_does_not_fit(told: Told) -> None:
    known = [(DIAGNOSES[e["REASONCODE"]], told.patients[e["PATIENT"]], e) for _, e in told.of("identity")]
    for reason, patient, encounter in known:
        if not patient["BIRTHDATE"] or not "1900" < patient["BIRTHDATE"] < "2025" or not patient["GENDER"]:
            continue
        age = int(encounter["START"][:4]) - int(patient["BIRTHDATE"][:4])
        other = reason.gender not in ("", patient["GENDER"].strip()[0].upper())
        assert other or not reason.ages[0] <= age <= reason.ages[1]


def test_a_repeat_and_a_copy_follow_what_they_repeat(told: Told) -> None:
    for kind, days in (("rapid_repeat", 4), ("near_duplicate", 3)):
        for _, encounter in told.of(kind):
            same = [row for row in told.earlier(encounter, days) if row["CODE"] == encounter["CODE"]]
            assert any(row["PROVIDER"] == encounter["PROVIDER"] for row in same), kind


def test_only_the_ledger_tells_fraud_apart(landed: Landed) -> None:
    kinds = set(landed.fraud.values())
    for file in [*(landed.root / "landing").rglob("*.csv"), *(landed.root / "tables").rglob("*.*")]:
        text = file.read_text(encoding="utf-8")
        assert not any(kind in text for kind in kinds | {demo.FRAUD}), file


def test_only_old_claims_were_looked_at_and_some_cheats_got_away(landed: Landed) -> None:
    outcomes = by(landed.tables["investigations"], "CLAIMID")
    old = {
        row["Id"] for row in landed.tables["claims"] if row["CURRENTILLNESSDATE"] < f"{SMALL.audited_until:%Y-%m-%d}"
    }
    assert set(outcomes) == old
    confirmed = {claim for claim, row in outcomes.items() if row["OUTCOME"] == "confirmed"}
    cheats = set(landed.fraud) & old
    assert confirmed < cheats
    assert len(confirmed) / len(cheats) > 0.75


def test_what_is_billed_depends_on_what_is_done_and_how_long_on_where(landed: Landed) -> None:
    amounts, days = defaultdict(list), defaultdict(list)
    for row in landed.tables["encounters"]:
        amounts[row["CODE"]].append(float(row["TOTAL_CLAIM_COST"]))
        start, stop = moment(row["START"]), moment(row["STOP"])
        if start and stop and stop >= start:
            days[PROCEDURES[row["CODE"]].setting].append((stop - start).total_seconds() / 86_400)
    levels = [median(amounts[code]) for code in ("OV1", "OV2", "OV3", "OV4")]
    assert all(low < high for low, high in pairwise(levels))
    assert (
        median(days["ambulatory"]) < median(days["outpatient"]) < median(days["emergency"]) < median(days["inpatient"])
    )

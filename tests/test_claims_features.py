"""The claims example's pipeline: contracts that find each planted fault, and features that are what the files say."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import yaml

from boathouse import config
from boathouse.demos import claims as demo
from boathouse.demos._claims.scale import Scale
from boathouse.workbench import Workbench
from claims_lake import SYNTHEA, ClaimsLake, Fault, Landed, Row, by, is_charge, is_number
from terminal import Terminal

pytestmark = pytest.mark.slow

NUMBERS = ("claim_amount", "patient_age", "provider_experience_years", "days_since_last_claim", "num_previous_claims",
           "average_claim_amount", "claim_duration_days")  # fmt: skip
CATEGORIES = (
    "claim_type",
    "provider_specialty",
    "diagnosis_code",
    "procedure_code",
    "patient_gender",
    "geographic_region",
)


# ---- the pipeline: contracts find each fault of the ledger, and nothing else ---------------------------------------------

# The rule that is broken, the rows that break it, and the fault that they are.
FOUND: dict[tuple[str, str], tuple[str, Fault]] = {
    ("silver.claim_delivery", "landed_once"): (
        "SELECT claim_id FROM silver.claim_delivery WHERE copies > 0", ("claims", "sent_twice", None)
    ),
    ("silver.claim_delivery", "never_corrected"): (
        "SELECT claim_id FROM silver.claim_delivery WHERE versions > 1", ("claims", "corrected", "DIAGNOSIS1")
    ),
    ("silver.patients", "possible_birth"): (
        "SELECT patient_id FROM silver.patients WHERE NOT birth_date BETWEEN '1900-01-01' AND '2024-12-31'",
        ("patients", "impossible", "BIRTHDATE"),
    ),
    ("silver.credentials", "already_licensed"): (
        "SELECT provider_id FROM silver.credentials WHERE licensed_on > '2024-12-31'", ("credentials", "future", "LICENSED_ON")
    ),
    ("silver.encounters", "forwards"): (
        "SELECT encounter_id FROM silver.encounters WHERE stopped_at < started_at", ("encounters", "backwards", "STOP")
    ),
    ("silver.claims", "readable_date"): (
        "SELECT claim_id FROM silver.claims_quarantine WHERE service_at IS NULL", ("claims", "unreadable", "SERVICEDATE")
    ),
    ("silver.claims", "billed_afterwards"): (
        "SELECT claim_id FROM silver.claims_quarantine WHERE service_at > billed_at", ("claims", "future", "SERVICEDATE")
    ),
    ("silver.claims", "known_patient"): (
        "SELECT claim_id FROM silver.claims WHERE patient_id NOT IN (SELECT patient_id FROM silver.patients)",
        ("claims", "orphan", "PATIENTID"),
    ),
    ("silver.charges", "readable_amount"): (
        "SELECT charge_id FROM silver.charges WHERE amount IS NULL AND amount_written IS NOT NULL",
        ("claims_transactions", "unreadable", "AMOUNT"),
    ),
    ("silver.charges", "not_negative"): (
        "SELECT charge_id FROM silver.charges WHERE amount < 0", ("claims_transactions", "negative", "AMOUNT")
    ),
    ("gold.fct_claim", "believable_amount"): (
        "SELECT charges.charge_id FROM gold.fct_claim_quarantine AS apart JOIN silver.charges AS charges ON charges.claim_id = apart.claim_id WHERE charges.amount < 0",
        ("claims_transactions", "negative", "AMOUNT"),
    ),
}  # fmt: skip
PHANTOM_DAYS = ("gold.provider_day", "believable_day")
NULLS: dict[Fault, str] = {
    ("patients", "missing", "GENDER"): "SELECT patient_id FROM silver.patients WHERE gender IS NULL",
    ("patients", "missing", "COUNTY"): "SELECT patient_id FROM silver.patients WHERE county IS NULL",
    ("patients", "missing", "BIRTHDATE"): "SELECT patient_id FROM silver.patients WHERE birth_date IS NULL",
    ("providers", "missing", "SPECIALITY"): "SELECT provider_id FROM silver.providers WHERE specialty IS NULL",
    ("credentials", "missing", "LICENSED_ON"): "SELECT provider_id FROM silver.credentials WHERE licensed_on IS NULL",
    ("encounters", "missing", "ENCOUNTERCLASS"): "SELECT encounter_id FROM silver.encounters WHERE encounter_class IS NULL",
    ("encounters", "missing", "STOP"): "SELECT encounter_id FROM silver.encounters WHERE stopped_at IS NULL",
    ("claims", "missing", "DIAGNOSIS1"): "SELECT claim_id FROM silver.claims WHERE diagnosis_code IS NULL",
    ("claims_transactions", "missing", "AMOUNT"): "SELECT charge_id FROM silver.charges WHERE amount_written IS NULL",
    ("claims_transactions", "missing", "PROCEDURECODE"): "SELECT charge_id FROM silver.charges WHERE procedure_code IS NULL",
}  # fmt: skip
# Repaired in silver: no value that is spelled otherwise is left, and each of these is one of the right ones.
REPAIRED: dict[Fault, str] = {
    ("patients", "spelled_otherwise", "GENDER"): "SELECT patient_id FROM silver.patients WHERE gender IN ('F', 'M')",
    ("patients", "spelled_otherwise", "COUNTY"): "SELECT patient_id FROM silver.patients WHERE county RLIKE '^[a-z]+ county$'",
    ("providers", "spelled_otherwise", "SPECIALITY"): "SELECT provider_id FROM silver.providers WHERE specialty RLIKE '^[a-z& ]+$'",
    ("encounters", "spelled_otherwise", "ENCOUNTERCLASS"): "SELECT encounter_id FROM silver.encounters WHERE encounter_class RLIKE '^[a-z]+$'",
    ("claims_transactions", "decorated", "AMOUNT"): "SELECT charge_id FROM silver.charges WHERE amount > 0",
}  # fmt: skip


@pytest.mark.parametrize("rule", FOUND)
def test_a_broken_rule_names_the_rows_that_are_planted(claims: ClaimsLake, rule: tuple[str, str]) -> None:
    sql, fault = FOUND[rule]
    assert claims.column(sql) == claims.landed.faults[fault]


def test_no_rule_is_broken_that_nothing_was_planted_for(claims: ClaimsLake) -> None:
    found = {(str(t.table), r.rule): r.found for t in claims.run.tables for r in t.rules if not r.holds}
    found.pop(PHANTOM_DAYS)
    assert found == {rule: len(claims.landed.faults[fault]) for rule, (_, fault) in FOUND.items()}


def test_every_fault_of_the_ledger_is_found_or_repaired(claims: ClaimsLake) -> None:
    assert {fault for _, fault in FOUND.values()} | set(NULLS) | set(REPAIRED) == set(claims.landed.faults)


@pytest.mark.parametrize("fault", NULLS)
def test_what_is_missing_stays_null_and_nothing_else_becomes_null(claims: ClaimsLake, fault: Fault) -> None:
    assert claims.column(NULLS[fault]) == claims.landed.faults[fault]


@pytest.mark.parametrize("fault", REPAIRED)
def test_what_was_spelled_otherwise_is_repaired(claims: ClaimsLake, fault: Fault) -> None:
    assert set(claims.landed.faults[fault]) <= set(claims.column(REPAIRED[fault]))


def test_days_that_nobody_believes_are_those_of_phantoms(claims: ClaimsLake) -> None:
    days = claims.rows(
        "SELECT claims.claim_id FROM gold.fct_claim AS claims JOIN gold.provider_day AS days "
        "ON days.provider_id = claims.provider_id AND days.service_date = CAST(claims.service_at AS DATE) WHERE days.claims >= 12"
    )
    kinds = Counter(claims.landed.fraud.get(row["claim_id"], "honest") for row in days)
    assert kinds["phantom_billing"] / kinds.total() > 0.9


# ---- the features --------------------------------------------------------------------------------------------------------


def test_the_features_are_the_thirteen_and_the_model_s_file_names_them(claims: ClaimsLake) -> None:
    (action,) = [each for each in claims.bench.plan().actions if str(each.name) == "gold.features"]
    types = {name: str(kind) for name, kind in action.schema.types.items()}
    assert set(types) == {"claim_id", "service_at", *NUMBERS, *CATEGORIES}
    assert {types[name] for name in NUMBERS} <= {"int", "double"}
    assert {types[name] for name in CATEGORIES} == {"string"}
    written = yaml.safe_load((claims.landed.root / "models/claims_fraud.yml").read_text(encoding="utf-8"))
    assert (tuple(written["categorical"]), tuple(written["numerical"])) == (CATEGORIES, NUMBERS)


def history(rows: list[dict[str, Any]]) -> dict[str, tuple[int | None, int, float | None]]:
    """Compute by hand what was known of the patient before each claim."""
    told: dict[str, tuple[int | None, int, float | None]] = {}
    before: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["service_at"], row["claim_id"])):
        earlier = before[row["patient_id"]]
        amounts = [float(each["claim_amount"]) for each in earlier if each["claim_amount"] is not None]
        days = (row["service_at"].date() - earlier[-1]["service_at"].date()).days if earlier else None
        told[row["claim_id"]] = (days, len(earlier), mean(amounts) if amounts else None)
        earlier.append(row)
    return told


def test_the_past_of_a_claim_is_what_was_before_it(claims: ClaimsLake) -> None:
    wanted = history(claims.rows("SELECT claim_id, patient_id, service_at, claim_amount FROM gold.fct_claim"))
    found = claims.rows("SELECT * FROM gold.features")
    assert len(found) == len(wanted) > 1_500
    for row in found:
        days, count, average = wanted[row["claim_id"]]
        assert (row["days_since_last_claim"], row["num_previous_claims"]) == (days, count)
        assert row["average_claim_amount"] == (None if average is None else pytest.approx(average, rel=1e-9))


def test_ages_and_amounts_are_those_of_the_files(claims: ClaimsLake) -> None:
    patients = by(claims.landed.tables["patients"], "Id")
    amounts: dict[str, list[str]] = defaultdict(list)
    for line in claims.landed.tables["claims_transactions"]:
        if is_charge(line):
            amounts[line["CLAIMID"]].append(line["AMOUNT"].replace("$", "").replace("USD", "").replace(",", "").strip())
    sql = "SELECT f.*, c.patient_id FROM gold.features AS f JOIN gold.fct_claim AS c ON c.claim_id = f.claim_id"
    for row in claims.rows(sql):
        written = amounts[row["claim_id"]]
        whole = all(is_number(text) for text in written)
        assert row["claim_amount"] == (pytest.approx(sum(map(float, written))) if whole else None)
        born = patients.get(row["patient_id"], {}).get("BIRTHDATE", "")
        if "1900" < born < "2025":
            at: datetime = row["service_at"]
            birth = datetime.fromisoformat(born)
            assert row["patient_age"] == at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))
        else:
            assert row["patient_age"] is None


def test_a_label_is_known_of_old_claims_alone(claims: ClaimsLake) -> None:
    (counts,) = claims.rows(
        "SELECT count(*) AS n, count(is_fraud) AS known, count_if(is_fraud) AS fraud FROM gold.labelled_features"
    )
    assert 0.3 < counts["known"] / counts["n"] < 0.7
    assert 0.01 < counts["fraud"] / counts["known"] < 0.05


@pytest.mark.parametrize("feature", NUMBERS)
def test_no_number_alone_gives_fraud_away(claims: ClaimsLake, feature: str) -> None:
    rows = [row for row in claims.rows(f"SELECT claim_id, {feature} AS x FROM gold.features") if row["x"] is not None]
    order = sorted(rows, key=lambda row: (row["x"], row["claim_id"]))
    ranks = [number for number, row in enumerate(order, start=1) if row["claim_id"] in claims.landed.fraud]
    auc = (sum(ranks) - len(ranks) * (len(ranks) + 1) / 2) / (len(ranks) * (len(order) - len(ranks)))
    assert 0.25 < auc < 0.75


def test_the_queries_of_the_project_s_page_answer(claims: ClaimsLake) -> None:
    page = (claims.landed.root / "README.md").read_text(encoding="utf-8")
    asked = re.findall(r"^    boathouse query '(.*)'$", page, re.MULTILINE)
    assert len(asked) == 3
    assert all(claims.rows(sql) for sql in asked)


def test_the_whole_example_is_written_by_one_command(boathouse: Terminal, tmp_path: Path) -> None:
    answer = boathouse("init", tmp_path / "lake", "--demo", "claims")
    assert answer.out.endswith(f"  cd {tmp_path / 'lake'}\n  boathouse run && boathouse release\n")
    landed = Landed(tmp_path / "lake")
    assert len(by(landed.tables["claims"], "Id")) == pytest.approx(20_000, rel=0.01)
    assert Counter(landed.fraud.values()).total() == pytest.approx(620, rel=0.05)


# ---- Synthea's own files -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SYNTHEA.is_dir(), reason="Synthea's own files are not beside the repository")
def test_the_same_tables_take_synthea_s_own_files(tmp_path: Path) -> None:
    config.create(tmp_path, "synthea")
    demo.write(tmp_path, Scale(claims=1_000, months=4))
    for folder in (tmp_path / "landing").iterdir():
        for file in folder.iterdir():
            header = file.read_text(encoding="utf-8").splitlines()[0] + "\n"
            file.unlink()
        own = SYNTHEA / f"{folder.name}.csv"
        (folder / own.name).write_text(own.read_text(encoding="utf-8") if own.exists() else header, encoding="utf-8")
    bench = Workbench(tmp_path)
    bench.run()
    (found,) = bench.query(
        "SELECT count(*) AS n, count(claim_amount) AS amounts, count(patient_age) AS ages, sum(claim_amount) AS billed FROM gold.features"
    )
    charged = sum(float(row["AMOUNT"]) for row in theirs("claims_transactions") if is_charge(row))
    claims = len(theirs("claims"))
    assert found == {"n": claims, "amounts": claims, "ages": claims, "billed": pytest.approx(charged)}


def theirs(table: str) -> list[Row]:
    with (SYNTHEA / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))

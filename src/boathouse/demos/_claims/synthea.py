"""Synthea: a claim as its rows in the five tables that tell of it, with the columns that Synthea gives them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from boathouse.demos._claims.codes import DIAGNOSES, PROCEDURES
from boathouse.demos._claims.people import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from boathouse.demos._claims.visits import Claim
    from boathouse.demos._ledger import Row

COLUMNS: dict[str, tuple[str, ...]] = {
    "patients": ("Id", "BIRTHDATE", "DEATHDATE", "SSN", "DRIVERS", "PASSPORT", "PREFIX", "FIRST", "LAST", "SUFFIX", "MAIDEN",
                 "MARITAL", "RACE", "ETHNICITY", "GENDER", "BIRTHPLACE", "ADDRESS", "CITY", "STATE", "COUNTY", "ZIP", "LAT",
                 "LON", "HEALTHCARE_EXPENSES", "HEALTHCARE_COVERAGE"),
    "providers": ("Id", "ORGANIZATION", "NAME", "GENDER", "SPECIALITY", "ADDRESS", "CITY", "STATE", "ZIP", "LAT", "LON",
                  "UTILIZATION"),
    "organizations": ("Id", "NAME", "ADDRESS", "CITY", "STATE", "ZIP", "LAT", "LON", "PHONE", "REVENUE", "UTILIZATION"),
    "payers": ("Id", "NAME", "ADDRESS", "CITY", "STATE_HEADQUARTERED", "ZIP", "PHONE", "AMOUNT_COVERED", "AMOUNT_UNCOVERED",
               "REVENUE", "COVERED_ENCOUNTERS", "UNCOVERED_ENCOUNTERS", "COVERED_MEDICATIONS", "UNCOVERED_MEDICATIONS",
               "COVERED_PROCEDURES", "UNCOVERED_PROCEDURES", "COVERED_IMMUNIZATIONS", "UNCOVERED_IMMUNIZATIONS",
               "UNIQUE_CUSTOMERS", "QOLS_AVG", "MEMBER_MONTHS"),
    "encounters": ("Id", "START", "STOP", "PATIENT", "ORGANIZATION", "PROVIDER", "PAYER", "ENCOUNTERCLASS", "CODE",
                   "DESCRIPTION", "BASE_ENCOUNTER_COST", "TOTAL_CLAIM_COST", "PAYER_COVERAGE", "REASONCODE",
                   "REASONDESCRIPTION"),
    "conditions": ("START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION"),
    "procedures": ("START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "BASE_COST", "REASONCODE",
                   "REASONDESCRIPTION"),
    "claims": ("Id", "PATIENTID", "PROVIDERID", "PRIMARYPATIENTINSURANCEID", "SECONDARYPATIENTINSURANCEID", "DEPARTMENTID",
               "PATIENTDEPARTMENTID", "DIAGNOSIS1", "DIAGNOSIS2", "DIAGNOSIS3", "DIAGNOSIS4", "DIAGNOSIS5", "DIAGNOSIS6",
               "DIAGNOSIS7", "DIAGNOSIS8", "REFERRINGPROVIDERID", "APPOINTMENTID", "CURRENTILLNESSDATE", "SERVICEDATE",
               "SUPERVISINGPROVIDERID", "STATUS1", "STATUS2", "STATUSP", "OUTSTANDING1", "OUTSTANDING2", "OUTSTANDINGP",
               "LASTBILLEDDATE1", "LASTBILLEDDATE2", "LASTBILLEDDATEP", "HEALTHCARECLAIMTYPEID1", "HEALTHCARECLAIMTYPEID2"),
    "claims_transactions": ("ID", "CLAIMID", "CHARGEID", "PATIENTID", "TYPE", "AMOUNT", "METHOD", "FROMDATE", "TODATE",
                            "PLACEOFSERVICE", "PROCEDURECODE", "MODIFIER1", "MODIFIER2", "DIAGNOSISREF1", "DIAGNOSISREF2",
                            "DIAGNOSISREF3", "DIAGNOSISREF4", "UNITS", "DEPARTMENTID", "NOTES", "UNITAMOUNT",
                            "TRANSFEROUTID", "TRANSFERTYPE", "PAYMENTS", "ADJUSTMENTS", "TRANSFERS", "OUTSTANDING",
                            "APPOINTMENTID", "LINENOTE", "PATIENTINSURANCEID", "FEESCHEDULEID", "PROVIDERID",
                            "SUPERVISINGPROVIDERID"),
}  # fmt: skip
OWN = {  # what a payer has besides
    "credentials": ("PROVIDER", "LICENCE", "LICENSED_ON"),
    "investigations": ("CLAIMID", "OPENED_ON", "CLOSED_ON", "OUTCOME"),
}
PAID = 0.8  # of an amount, by the payer
BILLED_AFTER = (1, 20)  # days


def rows(claims: Iterable[Claim], random: Random) -> dict[str, list[Row]]:
    """Tell of claims in five tables."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ("encounters", "conditions", "procedures", "claims", "claims_transactions")
    }
    for claim in claims:
        lines = [
            (claim.procedure, round(claim.amount, 2)),
            *((code, round(amount, 2)) for code, amount in claim.extras),
        ]
        tables["encounters"].append(_encounter(claim, lines))
        tables["conditions"].append(_condition(claim))
        if claim.recorded:
            tables["procedures"] += [_procedure(claim, code) for code, _ in lines]
        tables["claims"].append(_claim(claim, random))
        tables["claims_transactions"] += _transactions(claim, lines, random)
    return tables


def _encounter(claim: Claim, lines: list[tuple[str, float]]) -> Row:
    total = sum(amount for _, amount in lines)
    return {
        "Id": claim.encounter_id, "START": claim.start, "STOP": claim.stop, "PATIENT": claim.patient["Id"],
        "ORGANIZATION": claim.provider["ORGANIZATION"], "PROVIDER": claim.provider["Id"], "PAYER": claim.paid_by,
        "ENCOUNTERCLASS": claim.setting, "CODE": claim.procedure, "DESCRIPTION": PROCEDURES[claim.procedure].about,
        "BASE_ENCOUNTER_COST": f"{PROCEDURES[claim.procedure].fee:.2f}", "TOTAL_CLAIM_COST": f"{total:.2f}",
        "PAYER_COVERAGE": f"{PAID * total:.2f}", "REASONCODE": claim.diagnosis,
        "REASONDESCRIPTION": DIAGNOSES[claim.diagnosis].about, "at": claim.start,
    }  # fmt: skip


def _condition(claim: Claim) -> Row:
    return {
        "START": claim.start.date(), "PATIENT": claim.patient["Id"], "ENCOUNTER": claim.encounter_id,
        "CODE": claim.diagnosis, "DESCRIPTION": DIAGNOSES[claim.diagnosis].about, "at": claim.start,
    }  # fmt: skip


def _procedure(claim: Claim, code: str) -> Row:
    return {
        "START": claim.start, "STOP": claim.stop, "PATIENT": claim.patient["Id"], "ENCOUNTER": claim.encounter_id, "CODE": code,
        "DESCRIPTION": PROCEDURES[code].about, "BASE_COST": f"{PROCEDURES[code].fee:.2f}", "REASONCODE": claim.diagnosis,
        "REASONDESCRIPTION": DIAGNOSES[claim.diagnosis].about, "at": claim.start,
    }  # fmt: skip


def _claim(claim: Claim, random: Random) -> Row:
    billed = claim.stop + timedelta(days=random.randint(*BILLED_AFTER))
    return {
        "Id": claim.claim_id, "PATIENTID": claim.patient["Id"], "PROVIDERID": claim.provider["Id"],
        "PRIMARYPATIENTINSURANCEID": claim.paid_by, "SECONDARYPATIENTINSURANCEID": "0", "DEPARTMENTID": "1",
        "PATIENTDEPARTMENTID": "1", "DIAGNOSIS1": claim.diagnosis, "APPOINTMENTID": claim.encounter_id,
        "CURRENTILLNESSDATE": claim.start, "SERVICEDATE": claim.start, "SUPERVISINGPROVIDERID": claim.provider["Id"],
        "STATUS1": "CLOSED", "STATUSP": "CLOSED", "OUTSTANDING1": "0", "OUTSTANDINGP": "0", "LASTBILLEDDATE1": billed,
        "LASTBILLEDDATEP": billed, "HEALTHCARECLAIMTYPEID1": "2" if claim.setting == "inpatient" else "1",
        "HEALTHCARECLAIMTYPEID2": "0", "at": claim.start,
    }  # fmt: skip


def _transactions(claim: Claim, lines: list[tuple[str, float]], random: Random) -> Iterator[Row]:
    """Charge each thing that was done, then have the payer pay its part of all."""
    common = {
        "CLAIMID": claim.claim_id, "PATIENTID": claim.patient["Id"], "FROMDATE": claim.start, "TODATE": claim.stop,
        "PLACEOFSERVICE": claim.provider["ORGANIZATION"], "DIAGNOSISREF1": "1", "UNITS": "1", "DEPARTMENTID": "1",
        "APPOINTMENTID": claim.encounter_id, "PATIENTINSURANCEID": claim.paid_by, "FEESCHEDULEID": "1",
        "PROVIDERID": claim.provider["Id"], "SUPERVISINGPROVIDERID": claim.provider["Id"], "at": claim.start,
    }  # fmt: skip
    for number, (code, amount) in enumerate(lines, start=1):
        yield common | {
            "ID": identity(random), "CHARGEID": number, "TYPE": "CHARGE", "AMOUNT": f"{amount:.2f}",
            "PROCEDURECODE": code, "NOTES": PROCEDURES[code].about, "UNITAMOUNT": f"{amount:.2f}", "first": number == 1,
        }  # fmt: skip
    paid = f"{PAID * sum(amount for _, amount in lines):.2f}"
    yield common | {
        "ID": identity(random), "CHARGEID": len(lines) + 1, "TYPE": "PAYMENT", "METHOD": "ECHECK",
        "PROCEDURECODE": claim.procedure, "NOTES": "Paid by the payer", "PAYMENTS": paid, "first": False,
    }  # fmt: skip

"""Real files, and what is known to be true of them (their README says what and whence)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from boathouse.engines.duckdb import DuckDB
from boathouse.explore import explore
from boathouse.probe import DatasetFindings, MultiFindings

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real files are not in the repository; they lie beside it"
)


@cache
def of(folder: str) -> MultiFindings:
    return explore([DATA / folder], DuckDB())


def only(folder: str) -> DatasetFindings:
    (data,) = of(folder).datasets
    return data


def test_telco_has_eleven_blank_charges_and_no_leak() -> None:
    data = only("telco_ibm")
    (charges,) = data.of("column_type", "TotalCharges")
    (target,) = data.of("target")

    assert (charges.numbers["holds"], charges.numbers["blank"], charges.numbers["unparsed"]) == ("double", 11, 0)
    assert (data.target, target.numbers["minority_percentage"]) == ("Churn", 26.54)
    assert [found.column for found in data.of("keys")] == ["customerID"]
    assert not data.of("leakage")


@pytest.mark.slow
def test_the_retail_files_faults_are_all_found() -> None:
    data = only("cr_retail")
    (key,) = data.of("keys")
    (order,) = data.of("date_order", "firstorder")
    (leak,) = data.of("leakage")
    unparsed = {found.column: found.numbers["unparsed"] for found in data.of("dates_in_text")}

    # 31 rows repeat an earlier custid: 12 that have one, and 19 of the 20 that have none.
    assert (key.column, key.numbers["duplicate_rows"] + key.numbers["null_count"] - 1) == ("custid", 31)
    assert unparsed == {"created": 0, "firstorder": 12, "lastorder": 23}
    assert all(found.numbers["two_digit_years"] for found in data.of("dates_in_text"))
    assert order.numbers["violations"] == 659
    assert (leak.column, round(leak.numbers["auc"], 3)) == ("esent", 0.967)


def test_the_claims_placeholders_are_counted() -> None:
    data = only("insurance_auto")
    marks = {
        found.column: found.numbers["values"].get("?")
        for found in data.of("placeholders")
        if "?" in found.numbers["values"]
    }

    assert marks == {"collision_type": 178, "property_damage": 360, "police_report_available": 343}
    assert [found.numbers["values"] for found in data.of("placeholders", "umbrella_limit")] == [{"-1000000": 1}]
    assert [found.column for found in data.of("constant")] == ["_c39"]
    assert data.column("insured_zip").holds == "string"


def test_vehicle_fraud_has_ages_of_zero_and_a_day_of_that_name() -> None:
    data = only("vehicle_fraud")

    assert [found.numbers["values"] for found in data.of("placeholders", "Age")] == [{"0": 320}]
    assert [found.numbers["values"] for found in data.of("placeholders", "DayOfWeekClaimed")] == [{"0": 1}]
    assert data.column("VehiclePrice").inferred_type == "categorical_ordinal"


def test_synthea_refers_to_patients_encounters_payers_providers_and_organizations() -> None:
    found = of("synthea").relationships
    parents = {(link.parent, link.parent_column) for link in found}

    assert parents == {
        ("patients", "Id"),
        ("encounters", "Id"),
        ("payers", "Id"),
        ("providers", "Id"),
        ("organizations", "Id"),
        ("claims", "Id"),
    }
    assert len(found) == 41
    assert {link.confidence for link in found} == {1.0}


def test_jaffles_keys_refer_by_name_and_not_by_small_numbers() -> None:
    links = {
        (link.child, link.child_column, link.parent, link.parent_column) for link in of("jaffle_classic").relationships
    }

    assert links == {("raw_orders", "user_id", "raw_customers", "id"), ("raw_payments", "order_id", "raw_orders", "id")}

"""The whole chain on real files: explore, advise, run, export, and (with Spark) the proof of every table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from boathouse import config
from boathouse.names import TableName
from boathouse.probe import Finding, MultiFindings
from boathouse.workbench import Workbench

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
FOLDERS = ("telco_ibm", "cr_retail", "insurance_auto", "jaffle_classic", "synthea")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not in the repository; they lie beside it"),
]


@dataclass(frozen=True)
class Chain:
    """A project that went all the way, and what can be asked of it."""

    bench: Workbench
    found: MultiFindings

    def findings(self, probe: str, column: str) -> list[Finding]:
        return [finding for data in self.found.datasets for finding in data.of(probe, column)]

    def steps(self, table: str) -> list[dict[str, Any]]:
        """Give the steps as they are written in the table's file."""
        action = self.bench.plan().action(TableName.parse(table))
        unwritten = {"because", "fit", "fitted"}
        return [stage.step.model_dump(mode="json", exclude_unset=True, exclude=unwritten) for stage in action.stages]

    def columns(self, table: str) -> dict[str, str]:
        return {column.name: column.type for column in self.bench.plan().action(TableName.parse(table)).schema}

    def key(self, table: str) -> tuple[str, ...]:
        return self.bench.plan().action(TableName.parse(table)).table.contract.key

    def one(self, sql: str) -> dict[str, Any]:
        (row,) = self.bench.query(sql)
        return row


Chains = Callable[[str], Chain]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chains:
    """Give the chain of a folder; it is gone through once, on the first question."""

    @cache
    def gone(folder: str) -> Chain:
        root = tmp_path_factory.mktemp("chain") / folder
        shutil.copytree(DATA / folder, root / "raw")
        bench = Workbench(config.create(root, folder).root)
        found = bench.explore([root / "raw"])
        bench.advise(["all"])
        bench.run()
        bench.export("databricks")
        return Chain(bench, found)

    return gone


def test_telcos_blank_charges_become_null_and_its_numbers_numbers(chain: Chains) -> None:
    telco = chain("telco_ibm")
    (blank,) = telco.findings("placeholders", "TotalCharges")
    steps = telco.steps("silver.telco_customer_churn")

    assert (blank.numbers["count"], blank.severity) == (11, "warning")
    assert steps[0] == {"step": "null_if", "columns": ["TotalCharges"], "values": [""]}
    assert steps[1]["columns"]["TotalCharges"] == "double"
    assert steps[2] == {"step": "fill_nulls", "column": "TotalCharges", "using": "median"}
    assert telco.columns("silver.telco_customer_churn")["TotalCharges"] == "double"
    assert telco.key("silver.telco_customer_churn") == ("customerID",)
    assert telco.one("SELECT count(*) AS n, count_if(Churn) AS gone FROM silver.telco_customer_churn") == {
        "n": 7043,
        "gone": 1869,
    }


def test_retails_ids_are_there_once_its_dates_are_dates_and_its_leak_is_gone(chain: Chains) -> None:
    retail = chain("cr_retail")
    silver, gold = "silver.customer_retention_retail", "gold.customer_retention_retail_features"
    (key,) = retail.findings("keys", "custid")
    unparsed = {
        name: retail.findings("dates_in_text", name)[0].numbers["unparsed"]
        for name in ("created", "firstorder", "lastorder")
    }

    assert key.numbers["duplicate_rows"] + key.numbers["null_count"] - 1 == 31
    assert unparsed == {"created": 0, "firstorder": 12, "lastorder": 23}
    assert {"step": "dedupe", "key": ["custid"], "keep": "first"} in retail.steps(silver)
    assert retail.one(f"SELECT count(*) AS n, count(DISTINCT custid) AS ids FROM {silver}") == {
        "n": 30769,
        "ids": 30769,
    }
    assert retail.one("SELECT count(*) AS n FROM bronze.customer_retention_retail") == {"n": 30801}
    assert {retail.columns(silver)[name] for name in unparsed} == {"date"}
    assert [finding.severity for finding in retail.findings("leakage", "esent")] == ["critical"]
    assert "esent" in retail.columns(silver)
    assert "esent" not in retail.columns(gold)


def test_the_claims_question_marks_become_null_and_the_empty_column_goes(chain: Chains) -> None:
    claims = chain("insurance_auto")
    marks = {
        name: claims.findings("placeholders", name)[0].numbers["values"]["?"]
        for name in ("collision_type", "property_damage", "police_report_available")
    }
    steps = claims.steps("silver.insurance_claims")
    nulls = claims.one(
        "SELECT count_if(collision_type_is_null) AS collision_type, count_if(property_damage IS NULL) AS property_damage,"
        " count_if(police_report_available IS NULL) AS police_report_available FROM silver.insurance_claims"
    )

    assert marks == {"collision_type": 178, "property_damage": 360, "police_report_available": 343}
    assert nulls == marks
    assert {"step": "null_if", "columns": [*marks], "values": ["?"]} in steps
    assert {"step": "drop_columns", "columns": ["_c39"]} in steps
    assert {"step": "null_if", "columns": ["umbrella_limit"], "values": [-1000000]} in steps
    assert claims.one("SELECT min(umbrella_limit) AS least FROM silver.insurance_claims") == {"least": 0.0}
    # A fifth lies beyond the fences, and yet: most limits are 0, so that both quartiles are, and all would become 0.
    assert {"step": "scale", "column": "umbrella_limit", "method": "standard"} in claims.steps(
        "gold.insurance_claims_features"
    )


def test_jaffles_payments_reach_their_customers_through_the_orders(chain: Chains) -> None:
    jaffle = chain("jaffle_classic")
    links = {(link.child_column, link.parent, link.parent_column) for link in jaffle.found.relationships}

    assert links == {("user_id", "raw_customers", "id"), ("order_id", "raw_orders", "id")}
    assert [jaffle.key(f"silver.raw_{name}") for name in ("customers", "orders", "payments")] == [("id",)] * 3
    assert jaffle.one("SELECT sum(raw_payments_amount_sum) AS paid, count(*) AS n FROM gold.raw_customers_features") == {
        "paid": jaffle.one("SELECT sum(amount) AS paid FROM silver.raw_payments")["paid"], "n": 100,
    }  # fmt: skip


def test_all_of_a_medical_record_is_built_and_no_code_is_summed_up(chain: Chains) -> None:
    record = chain("synthea")
    names = [str(name) for name in record.bench.plan().schemas]
    totals = record.columns("gold.patients_features")

    assert len([name for name in names if name.startswith("silver.")]) == 18
    for name in ("patients", "encounters", "payers", "organizations"):
        assert record.key(f"silver.{name}") == ("Id",)
    assert totals["encounters_TOTAL_CLAIM_COST_sum"].startswith("decimal")
    assert not [name for name in totals if "CODE" in name or "DEPARTMENTID" in name or "DIAGNOSIS" in name]
    assert record.one("SELECT count(*) AS n FROM gold.patients_features") == {"n": 27}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_table_has_its_notebook(chain: Chains, folder: str) -> None:
    bench = chain(folder).bench
    notebooks = {path.stem for path in (bench.project.dist("databricks") / "notebooks").glob("*.py")}
    assert notebooks == {"setup", "publish", *(name.flat for name in bench.plan().schemas)}


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("folder", ["cr_retail", "synthea"])  # prove_targets.py has the others
def test_every_table_is_proven_on_spark(chain: Chains, folder: str) -> None:
    proof = chain(folder).bench.prove("databricks")
    assert {table.table: table.why for table in proof.tables if table.verdict != "PROVEN"} == {}
    assert proof.proven

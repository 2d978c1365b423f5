"""The Carton Caps migration guide, section by section, on the example after thirty days.

Wanting: notices (8.5).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from boathouse.engines import delta
from boathouse.names import TableName
from boathouse.run_record import TableRun
from carton_caps_days import Days

SOURCES = ("events", "purchases", "referrals", "users", "schools", "products")
METADATA = {"_ingested_at": "timestamp", "_run_id": "string", "_source_file": "string"}


def names(days: Days, layer: str) -> set[str]:
    return {action.name.table for action in days.plan.actions if action.name.layer == layer}


def number(days: Days, sql: str) -> int:
    (row,) = days.bench.query(sql)
    return int(next(iter(row.values())))


# ---- 2. Bronze, silver, gold ----------------------------------------------------------------------------------------


def test_2_each_layer_is_built_of_the_one_below(carton_caps: Days) -> None:
    reads = {(action.name.layer, name.layer) for action in carton_caps.plan.actions for name in action.reads}
    assert reads == {
        ("silver", "bronze"), ("gold", "silver"),  # and of tables of its own
        ("silver", "silver"), ("gold", "gold"),
    }  # fmt: skip


# ---- 3. Landing files, each taken in once ---------------------------------------------------------------------------


def test_3_1_files_land_in_a_folder_a_day(carton_caps: Days) -> None:
    for source in SOURCES:
        files = [file for file in (carton_caps.bench.project.root / "landing" / source).rglob("*") if file.is_file()]
        assert files
        assert {file.parent.name[:11] for file in files} == {"dt=2024-01-"}, source


def test_3_2_each_file_is_in_bronze_once_and_the_row_says_from_where(carton_caps: Days) -> None:
    for source in SOURCES:
        root = carton_caps.bench.project.root / "landing" / source
        lines = {file.relative_to(root).as_posix(): lines_of(file) for file in root.rglob("*") if file.is_file()}
        found = carton_caps.bench.query(
            f"SELECT _source_file, count(*) AS n FROM bronze.{source} GROUP BY _source_file"
        )
        assert {row["_source_file"]: row["n"] for row in found} == lines, source


def lines_of(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines()) - (file.suffix == ".csv")


def test_3_2_what_lands_in_one_batch_has_one_run_and_one_time(carton_caps: Days) -> None:
    batches = "SELECT count(DISTINCT _run_id) AS runs, count(DISTINCT _ingested_at) AS times FROM bronze."
    assert carton_caps.bench.query(batches + "purchases") == [
        {"runs": 3, "times": 3}
    ]  # the 19th, the 25th and the 30th
    assert carton_caps.bench.query(batches + "events") == [{"runs": 2, "times": 2}]


# ---- 4. Bronze ------------------------------------------------------------------------------------------------------


def test_4_bronze_has_the_raw_fields_as_they_arrived_and_where_from(carton_caps: Days) -> None:
    assert names(carton_caps, "bronze") == set(SOURCES)
    for action in carton_caps.plan.actions:
        if action.name.layer == "bronze":
            told = {name: str(kind) for name, kind in action.schema.types.items() if name in METADATA}
            assert (told, action.schema.types["dt"]) == (METADATA, "date"), action.name
    wrong = "SELECT count(*) FROM bronze.purchases WHERE quantity IN ('two', '1.5', 'n/a')"
    assert number(carton_caps, wrong) == len(carton_caps.faults["purchases", "wrong_type", "quantity"])


def test_4_bronze_is_only_appended_to(carton_caps: Days) -> None:
    table = delta.opened(carton_caps.bench.project.lake(TableName("bronze", "purchases")))
    *appended, made = table.history()  # the newest first
    assert made["operationParameters"]["mode"] == "ErrorIfExists"
    assert {entry["operationParameters"]["mode"] for entry in appended} == {"Append"}
    assert len(appended) == 3


def test_4_a_schema_may_grow_and_ops_tells_of_it_whatever_became_of_the_run(carton_caps: Days) -> None:
    changes = "SELECT table_name, column_name, status FROM ops.schema_changes JOIN ops.pipeline_runs USING (run_id)"
    assert carton_caps.bench.query(changes) == [
        {"table_name": "bronze.purchases", "column_name": "payment_method", "status": "refused"}
    ]
    assert (
        number(carton_caps, "SELECT count(*) FROM bronze.purchases WHERE payment_method IS NULL AND dt >= '2024-01-20'")
        == 0
    )
    assert number(carton_caps, "SELECT count(payment_method) FROM bronze.purchases WHERE dt < '2024-01-20'") == 0


# ---- 5. Silver ------------------------------------------------------------------------------------------------------


def test_5_silver_has_types_and_instants_of_time(carton_caps: Days) -> None:
    assert names(carton_caps, "silver") == {f"stg_{source}" for source in SOURCES} | {"landing_day", "landing_signal"}
    actions = {str(action.name): action for action in carton_caps.plan.actions}
    types = actions["silver.stg_purchases"].schema.types
    assert (types["quantity"], types["price_paid"], types["purchased_at"]) == ("int", "decimal(10,2)", "timestamp")


@pytest.mark.parametrize(
    ("source", "key"), [("events", "event_id"), ("purchases", "purchase_id"), ("users", "user_id")]
)
def test_5_of_each_key_the_latest_row_is_kept(carton_caps: Days, source: str, key: str) -> None:
    latest = f"SELECT {key}, max(struct(_ingested_at, _source_file)) AS latest FROM bronze.{source} GROUP BY {key}"
    kept = f"SELECT {key}, struct(_ingested_at, _source_file) AS latest FROM silver.stg_{source}"
    assert number(carton_caps, f"SELECT count(*) - count(DISTINCT {key}) FROM silver.stg_{source}") == 0
    assert number(
        carton_caps, f"SELECT count(*) FROM ({kept}) AS kept JOIN ({latest}) AS newest ON newest.{key} = kept.{key} WHERE newest.latest <> kept.latest"
    ) == 0  # fmt: skip


def test_5_what_arrives_late_is_in_with_the_time_that_it_is_of(carton_caps: Days) -> None:
    late = carton_caps.faults["purchases", "late", "purchased_at"]
    rows = f"SELECT count(*) FROM silver.stg_purchases WHERE purchase_id IN ({', '.join(late)})"
    assert number(carton_caps, rows) == len(late) > 0
    for_the_day = f"SELECT count(*) FROM gold.purchase_day AS days JOIN silver.stg_purchases AS late ON CAST(late.purchased_at AS DATE) = days.purchase_date WHERE late.purchase_id IN ({', '.join(late)})"
    assert number(carton_caps, for_the_day) == len(late)


def test_5_and_7_2_every_key_that_refers_to_nothing_is_counted(carton_caps: Days) -> None:
    found = {str(t.table): r.found for t in carton_caps.last.tables for r in t.rules if r.rule == "known_user"}
    orphans = {source: len(keys) for (source, kind, _), keys in carton_caps.faults.items() if kind == "orphan_user"}
    wanted = {f"silver.stg_{source}": count for source, count in orphans.items()}
    assert found == {**wanted, "gold.fct_purchase": orphans["purchases"]}


# ---- 6. Gold --------------------------------------------------------------------------------------------------------


def test_6_gold_has_the_tables_of_the_guide(carton_caps: Days) -> None:
    guide = {"dim_user", "dim_school", "dim_product", "fct_purchase", "fct_referral", "fct_rewards"}
    assert guide <= names(carton_caps, "gold")
    for fact, staged in (
        ("fct_purchase", "stg_purchases"),
        ("fct_referral", "stg_referrals"),
        ("dim_user", "stg_users"),
    ):
        apart = " + (SELECT count(*) FROM gold.fct_purchase_quarantine)" if fact == "fct_purchase" else ""
        lost = f"SELECT (SELECT count(*) FROM silver.{staged}) - (SELECT count(*) FROM gold.{fact}){apart.replace('+', '-')}"
        assert number(carton_caps, lost) == 0, fact


# ---- 7. Contracts ---------------------------------------------------------------------------------------------------


def table_run(days: Days, name: str) -> TableRun:
    (found,) = (table for table in days.last.tables if str(table.table) == name)
    return found


def test_7_1_a_row_is_dropped_and_kept_apart_with_the_rule_that_it_breaks(carton_caps: Days) -> None:
    table = table_run(carton_caps, "silver.stg_purchases")
    (typed,) = (rule for rule in table.rules if rule.action == "drop")
    apart = carton_caps.bench.query("SELECT * FROM silver.stg_purchases_quarantine")
    assert len(apart) == table.quarantined == typed.found > 0
    assert {(tuple(row["_rules"]), row["_run_id"]) for row in apart} == {(("typed",), carton_caps.last.id)}


def test_7_1_a_run_fails_and_what_was_there_stays(carton_caps: Days) -> None:
    assert "`in_dollars` (median_price < 100) does not hold" in carton_caps.failure
    assert max(row["median_price"] for row in carton_caps.kept) < 100


def test_7_1_other_rules_are_counted_and_the_run_warns(carton_caps: Days) -> None:
    table = table_run(carton_caps, "silver.stg_events")
    rules: dict[str, Any] = {rule.rule: (rule.action, rule.holds) for rule in table.rules}
    assert rules == {
        "typed": ("drop", False), "key": ("fail", True), "not_null": ("fail", True), "enough": ("fail", True),
        "in_time": ("warn", True), "known_user": ("warn", False),
    }  # fmt: skip
    assert any("known_user" in warning for warning in table.warnings)
    (fresh,) = (rule for rule in table_run(carton_caps, "silver.landing_day").rules if rule.rule == "fresh")
    assert (fresh.written, fresh.holds) == ("fresh(ingested_at, '3 days')", True)


def test_7_1_every_result_stands_in_ops(carton_caps: Days) -> None:
    results = carton_caps.bench.query(
        "SELECT run_id, table_name, rule FROM ops.contract_results WHERE NOT holds AND action = 'fail'"
    )
    assert [(row["table_name"], row["rule"]) for row in results] == [("gold.purchase_day", "in_dollars")]
    refused = carton_caps.bench.query("SELECT run_id FROM ops.pipeline_runs WHERE status = 'refused'")
    assert [row["run_id"] for row in results] == [row["run_id"] for row in refused]
    last = f"SELECT table_name, rule, holds FROM ops.contract_results WHERE run_id = '{carton_caps.last.id}'"
    told = {(row["table_name"], row["rule"], row["holds"]) for row in carton_caps.bench.query(last)}
    assert told == {(str(t.table), rule.rule, rule.holds) for t in carton_caps.last.tables for rule in t.rules}


def test_7_2_every_fact_and_dimension_has_a_key(carton_caps: Days) -> None:
    keyless = [
        action.name
        for action in carton_caps.plan.actions
        if action.name.layer != "bronze" and not action.table.contract.key
    ]
    assert keyless == []


# ---- 8. The job -----------------------------------------------------------------------------------------------------


def test_8_the_job_ingests_then_transforms_and_has_the_contracts_in_its_tasks(
    carton_caps: Days, tmp_path: Path
) -> None:
    carton_caps.bench.export(out=tmp_path)
    tasks = json.loads((tmp_path / "workflow.json").read_text(encoding="utf-8"))["tasks"]
    before = {task["task_key"]: {other["task_key"] for other in task.get("depends_on", [])} for task in tasks}
    assert {name for name, others in before.items() if others == {"setup"}} == {
        f"bronze_{source}" for source in SOURCES
    }
    assert before["publish"] >= {"gold_fct_purchase", "gold_network_user"}
    assert before["gold_fct_purchase"] == {"silver_stg_purchases", "gold_dim_user", "gold_dim_product"}
    (notebook,) = tmp_path.rglob("*stg_events.py")
    assert "stg_events_quarantine" in notebook.read_text(encoding="utf-8")


def test_8_the_runs_stand_in_ops_and_so_does_each_file_once(carton_caps: Days) -> None:
    runs = carton_caps.bench.query("SELECT status FROM ops.pipeline_runs ORDER BY started_at")
    assert [row["status"] for row in runs] == ["passed", "refused", "passed"]
    files = carton_caps.bench.query("SELECT table_name, file FROM ops.ingested_files")
    root = carton_caps.bench.project.root / "landing"
    landed = [(f"bronze.{file.relative_to(root).parts[0]}", file.name) for file in root.rglob("*") if file.is_file()]
    assert sorted((row["table_name"], row["file"].rpartition("/")[2]) for row in files) == sorted(landed)


# ---- 9. Releases: what is current ------------------------------------------------------------------------------------


def test_9_a_release_pins_a_version_of_every_table_of_one_run(carton_caps: Days) -> None:
    latest = carton_caps.bench.query("SELECT release, table_name, delta_version, run_id FROM ops.latest_release")
    assert {(row["release"], row["run_id"]) for row in latest} == {(2, carton_caps.last.id)}
    apart = {str(action.name.quarantine) for action in carton_caps.plan.actions if action.drops}
    assert {row["table_name"] for row in latest} == {str(action.name) for action in carton_caps.plan.actions} | apart
    lake = carton_caps.bench.project.lake
    assert all(row["delta_version"] == delta.version(lake(TableName.parse(row["table_name"]))) for row in latest)


def test_9_a_day_that_fails_is_not_released_and_nobody_sees_it(carton_caps: Days) -> None:
    assert "was refused, and is not released: gold.purchase_day: the contract does not hold" in carton_caps.refusal
    assert carton_caps.seen == {"current": "2024-01-19", "newest": "2024-01-25"}
    runs = carton_caps.bench.query(
        "SELECT DISTINCT release, status FROM ops.releases JOIN ops.pipeline_runs USING (run_id)"
    )
    assert sorted((row["release"], row["status"]) for row in runs) == [(1, "passed"), (2, "passed")]


def test_9_an_earlier_release_can_still_be_read(carton_caps: Days) -> None:
    days = "SELECT count(*) AS n, max(purchase_date) AS last FROM gold.purchase_day"
    found = {at: carton_caps.bench.query(days, at=at)[0] for at in ("1", "2", "current")}
    assert {at: (row["n"], str(row["last"])) for at, row in found.items()} == {
        "1": (19, "2024-01-19"), "2": (30, "2024-01-30"), "current": (30, "2024-01-30")
    }  # fmt: skip

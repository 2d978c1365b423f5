"""Monitors as code: each asks in production what the contract asks in a run, and finds the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import hostile_project
import shop_project
from boathouse.dashboards.lakeview import lake_table
from boathouse.dialect import with_tables
from boathouse.workbench import Workbench
from carton_caps_days import Days

# What https://docs.getmontecarlo.com/docs/custom-sql, /docs/validation and /docs/monitors-as-code know.
KNOWN = {
    "custom_sql": {"name", "description", "warehouse", "priority", "schedule", "sql", "alert_conditions"},
    "validation": {"name", "description", "warehouse", "priority", "schedule", "data_source", "alert_condition"},
    "table": {"name", "description", "warehouse", "asset_selection", "alert_conditions"},
}
OPERATORS = {"GT", "LT"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    bench = shop_project.make(tmp_path_factory.mktemp("shops") / "shop")
    bench.run()
    return bench


def monitors(bench: Workbench, **options: str) -> list[tuple[str, dict[str, Any]]]:
    files = shop_project.exported(bench, "monte-carlo", **options)
    documents = [yaml.safe_load(text)["montecarlo"] for name, text in files.items() if name.startswith("monitors/")]
    return [(kind, one) for document in documents for kind, all_ in document.items() for one in all_]


def found(bench: Workbench, kind: str, monitor: dict[str, Any]) -> Any:
    """Ask what a monitor asks, of the lake: its number, or how many rows are wrong."""
    sql = monitor.get("sql", "")
    if kind == "validation":
        (condition,) = monitor["alert_condition"]["conditions"]
        database, _, table = monitor["data_source"]["table"].partition(":")
        sql = f"SELECT count(*) FROM {database}.{table} WHERE {condition['sql']}\n"
    (row,) = bench.query(with_tables(sql, lambda parts: str(lake_table(parts))), at="newest")
    (value,) = row.values()
    return value


@pytest.mark.parametrize("project", [shop_project, hostile_project], ids=["plain", "hostile"])
def test_a_monitor_says_what_is_known_and_has_a_name_of_its_own(project: Any, tmp_path: Path) -> None:
    made = monitors(project.make(tmp_path / "shop"), warehouse="it's: a warehouse", every_hours="6")
    names = [one["name"] for _, one in made]
    assert len(names) == len(set(names))
    for kind, one in made:
        assert set(one) <= KNOWN[kind]
        assert one["warehouse"] == "it's: a warehouse"
        assert kind == "table" or one["schedule"] == {"type": "fixed", "interval_minutes": 360}
        assert {each.get("operator", "GT") for each in one.get("alert_conditions", [])} <= OPERATORS


def test_each_rule_has_a_monitor(shop: Workbench) -> None:
    names = " ".join(one["name"] for _, one in monitors(shop))
    for action in shop.plan().actions:
        for rule in action.rules:
            watched = "shop_silver_columns" if rule.name == "drift" else f"shop_{action.name.flat}_{rule.name}"
            assert watched in names


def test_a_monitor_alerts_where_the_rule_does_not_hold(shop: Workbench) -> None:
    told = {row["table_name"] + row["rule"]: row["holds"] for row in shop.query("SELECT * FROM ops.contract_results")}
    alerts = {
        one["name"]: found(shop, kind, one) > 0
        for kind, one in monitors(shop)
        if kind != "table" and one.get("alert_conditions", [{"type": "threshold"}])[0]["type"] == "threshold"
    }
    for action in shop.plan().actions:
        for rule in action.rules:
            name = f"shop_{action.name.flat}_{rule.name}"
            if name in alerts:
                assert alerts[name] is not told[f"{action.name}{rule.name}"], name
    assert sum(alerts.values()) == 2  # an order of -1.00 in quarantine, and orders that are not fresh


def test_a_change_is_watched_on_both_sides(shop: Workbench) -> None:
    conditions = {
        one["name"].rsplit("_", 1)[-1]: one["alert_conditions"][0]
        for _, one in monitors(shop)
        if "shop_silver_people_usual" in one["name"]
    }
    assert {side: (each["operator"], each["threshold_value"]) for side, each in conditions.items()} == {
        "more": ("GT", 20), "fewer": ("LT", -20),
    }  # fmt: skip


def test_the_monitors_of_hostile_names_can_be_asked(tmp_path: Path) -> None:
    bench = hostile_project.make(tmp_path / "shop")
    bench.run()
    assert {one["name"]: found(bench, kind, one) for kind, one in monitors(bench) if "_odd_" in one["name"]} == {
        "shop_silver_odd_key": 0, "shop_silver_odd_not_null": 0, "shop_silver_odd_no_quote": 0, "shop_silver_odd_positive": 0,
        "shop_gold_odd_not_null": 0,
    }  # fmt: skip


def test_the_monitors_of_carton_caps_can_be_asked(carton_caps: Days) -> None:
    asked = [(kind, one) for kind, one in monitors(carton_caps.bench) if kind != "table"]
    assert len(asked) > 20
    for kind, one in asked:
        assert isinstance(found(carton_caps.bench, kind, one), int | float), one["name"]

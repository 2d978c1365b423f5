"""`boathouse lint` says which names could be better, and how they would be called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boathouse.ml.features.feature_name import naming_hint
from projects import project
from terminal import Terminal

FILES = {
    "raw/spend.csv": "customer_id,day,spend_last_30_days,customer_visits_7d\n1,2024-01-01,10,1\n",
    "tables/bronze/spend.yml": "source: {format: csv, path: raw/spend.csv}\n",
    "tables/gold/customer_features.yml": """\
reads: bronze.spend
steps:
  - {step: cast, columns: {day: date}}
contract: {key: [customer_id, day]}
feature_view: {timestamp_column: day}
""",
}


@pytest.mark.parametrize(
    "name",
    [
        "customer_spend_30d", "household_visit_count_7d", "event_count_24h", "amount_sum_4w", "customer_plan_latest",
        "customer_spend_all_time", "days_since_last_event", "member_points_12mo", "device_errors_15min", "a1_b2_1y",
    ],
)  # fmt: skip
def test_a_noun_a_metric_and_a_window(name: str) -> None:
    assert naming_hint(name) == ""


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("spend_last_30_days", "call it customer_spend_30d"),
        ("spend_30d", "call it customer_spend_30d"),
        ("customer_spend_30_days", "call it customer_spend_30d"),
        ("customer_spend_30days", "call it customer_spend_30d"),
        ("total_7d_spend", "call it total_spend_7d"),
        ("CustomerSpend30d", "call it customer_spend_30d"),
        ("customer-visits-24-hours", "call it customer_visits_24h"),
        ("customer_lifetime_value", "call it customer_value_all_time"),
        ("current_plan", "call it customer_plan_latest"),
        ("visits_6_months", "call it customer_visits_6mo"),
        ("age", "call it customer_age_30d by its window, customer_age_all_time, or customer_age_latest for what holds at the time"),
        ("customer_0d_spend", "call it customer_0d_spend_30d by its window, customer_0d_spend_all_time, or"),
        ("30d", "call it customer_metric_30d"),
        ("", "call it customer_metric_30d by"),
    ],
)  # fmt: skip
def test_what_it_would_be_called(name: str, hint: str) -> None:
    assert naming_hint(name, ("customer_id",)).startswith(hint)
    suggested = naming_hint(name, ("customer_id",)).split()[2].rstrip(",")
    assert naming_hint(suggested) == ""


def test_lint_names_the_features_of_a_project(boathouse: Terminal, tmp_path: Path) -> None:
    root = project(tmp_path / "p", FILES).project.root
    answer = boathouse("lint", "--project", root)
    assert answer.code == 1
    assert answer.out == (
        "tables/gold/customer_features.yml:5:1: spend_last_30_days: is a feature, and not noun_metric_window; "
        "call it customer_spend_30d\n"
    )
    assert answer.err == "error: 1 name that could be better\n"
    document = boathouse("lint", "--project", root, "--json")
    assert (document.code, len(json.loads(document.out)["faults"])) == (1, 1)
    (root / "raw/spend.csv").write_text(FILES["raw/spend.csv"].replace("spend_last_30_days", "customer_spend_30d"))
    assert boathouse("lint", "--project", root).code == 0

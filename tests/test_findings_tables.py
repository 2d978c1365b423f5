"""Given these tables, explore finds what names a row, what refers to what, and what tells the target."""

from __future__ import annotations

from typing import Any

import pytest

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import SourceError, UnknownName
from boathouse.explore import explore
from boathouse.probe import PROBES
from explored import explored, explored_tables, finding, findings, rows


def links(tables: dict[str, dict[str, list[Any]]]) -> set[tuple[str, str, str, str]]:
    return {(r.child, r.child_column, r.parent, r.parent_column) for r in explored_tables(tables).relationships}


def test_a_key_is_unique_to_the_last_row() -> None:
    found = finding({"id": [*range(1, 101)], "city": ["Berlin", "Paris"] * 50}, "keys")

    assert (found.numbers["columns"], found.numbers["unique"]) == (["id"], True)


def test_a_nearly_key_says_what_stands_in_the_way() -> None:
    ids = [f"C{n:04d}" for n in range(300)] + ["C0000", "C0001", None]
    found = finding({"custid": ids, "city": ["Berlin"] * 300 + ["Berlin", "Paris", "Rome"]}, "keys")

    assert (found.numbers["unique"], found.numbers["duplicate_values"], found.numbers["null_count"]) == (False, 2, 1)
    assert found.numbers["conflicting_values"] == 1


def test_two_columns_may_name_a_row_together() -> None:
    orders, lines = [n // 4 for n in range(200)], [n % 4 for n in range(200)]
    found = finding({"order_id": orders, "line": lines, "price": [9.5, 8.5] * 100}, "keys")

    assert found.numbers["columns"] == ["order_id", "line"]


def test_rows_that_repeat_are_counted_beyond_the_first() -> None:
    found = finding({"a": [1, 1, 1, 2], "b": ["x", "x", "x", None]}, "duplicates")

    assert found.numbers["duplicate_rows"] == 2


def test_small_numbers_refer_only_where_a_name_says_so() -> None:
    customers = {"id": [*range(1, 101)], "name": [f"n{n}" for n in range(100)]}
    orders = {"id": [*range(1, 100)], "user_id": [n % 62 + 1 for n in range(99)]}
    payments = {
        "id": [*range(1, 99)],
        "order_id": [n % 99 + 1 for n in range(98)],
        "amount": [n % 50 for n in range(98)],
    }

    assert links({"raw_customers": customers, "raw_orders": orders, "raw_payments": payments}) == {
        ("raw_orders", "user_id", "raw_customers", "id"),
        ("raw_payments", "order_id", "raw_orders", "id"),
    }


def test_uuids_refer_whatever_the_name() -> None:
    uuids = [f"3edac2e3-d223-6fae-d515-{n:012d}" for n in range(40)]
    found = links({"organizations": {"Id": uuids}, "claims": {**rows(80), "PLACEOFSERVICE": uuids[:20] * 4}})

    assert found == {("claims", "PLACEOFSERVICE", "organizations", "Id")}


def test_orphans_are_counted_where_the_name_is_sure() -> None:
    tables = {
        "customers": {"customer_id": [*range(100)], "city": ["Berlin", "Paris"] * 50},
        "orders": {**rows(208), "customer_id": [*range(100), 900, 901, 901, 901, *range(100), 1, 2, 3, 4]},
    }
    (found,) = explored_tables(tables).dataset("orders").of("foreign_keys")

    assert (found.numbers["orphan_values"], found.numbers["orphan_rows"], found.severity) == (2, 4, "warning")


def test_the_target_is_the_one_asked_for_or_one_that_name_and_values_say() -> None:
    columns = {**rows(100), "churned": ["yes", "no", "no", "no"] * 25, "plan": ["a", "b"] * 50}

    assert explored(columns).target == "churned"
    assert explored(columns, target="plan").target == "plan"
    assert explored({**rows(100), "churn_risk_text": [f"words {n}" for n in range(100)]}).target is None
    with pytest.raises(UnknownName, match="did you mean `churned`"):
        explored(columns, target="churnd")


def test_the_classes_of_the_target_are_counted() -> None:
    found = finding({**rows(100), "churned": ["yes", *["no"] * 3] * 25}, "target")

    assert found.numbers["class_distribution"] == {"no": 75, "yes": 25}
    assert (found.numbers["minority_class"], found.numbers["imbalance_ratio"]) == ("yes", 3.0)


def test_a_column_that_tells_the_target_is_a_leak_and_others_are_none() -> None:
    churned = [n % 4 == 0 for n in range(400)]
    columns = {
        **rows(400),
        "churned": ["yes" if c else "no" for c in churned],
        "calls": [n % 13 + 20 * c for n, c in enumerate(churned)],
        "reason": ["left us" if c else "stays" for c in churned],
        "closed_on": ["2024-01-05" if c else None for c in churned],
        "age": [n * 7 % 61 for n in range(400)],
        "plan": ["abcdefg"[n % 7] for n in range(400)],
    }

    assert {found.column for found in findings(columns, "leakage") if found.severity == "critical"} == {
        "calls",
        "reason",
        "closed_on",
    }


def test_a_category_of_single_rows_does_not_tell_the_target() -> None:
    columns = {**rows(90), "churned": [*["yes", "no", "no"] * 30], "seat": [f"{n} row" for n in range(90)]}

    assert not findings(columns, "leakage")


def test_events_and_things_are_told_apart() -> None:
    users: dict[str, list[Any]] = {"user_id": [*range(50)], "plan": ["a", "b"] * 25}
    visits: dict[str, list[Any]] = {
        "user_id": [n % 50 for n in range(200)],
        "seen": [f"2024-01-{n % 28 + 1:02d}" for n in range(200)],
    }
    found = explored_tables({"users": users, "visits": visits})

    assert (found.primary_entity_dataset, found.event_datasets) == ("users", ("visits",))
    assert (found.dataset("visits").entity_column, found.dataset("visits").time_column) == ("user_id", "seen")


def test_every_query_can_be_asked_again() -> None:
    engine = DuckDB()
    people: dict[str, list[Any]] = {
        "id": [*range(1, 41)], "when": ["1/31/24", "2/1/24", "?", "2/3/24"] * 9 + ["x"] * 4, "y": ["Yes", "No"] * 20, "fee": [" ", *range(38), 900],
        "it's": ["a", "A", " a", None] * 10, "mail": ["a@b.example"] * 40,
    }  # fmt: skip
    visits: dict[str, list[Any]] = {**rows(40), "person_id": [*range(1, 41)], "label": [0, 1] * 20}
    found = explored_tables({"people": people, "visits": visits}, engine=engine)
    asked = [finding for data in found.datasets for finding in data.findings]

    assert len({finding.probe for finding in asked}) > 10
    for each in asked:
        assert engine.rows(each.query) is not None


def test_a_path_that_is_not_there_offers_the_nearest(tmp_path: Any) -> None:
    (tmp_path / "customers.csv").write_text("a\n1\n")

    with pytest.raises(SourceError, match=r"customers\.csv"):
        explore([tmp_path / "custmers.csv"], DuckDB())
    assert [data.name for data in explore([tmp_path / "*.csv"], DuckDB()).datasets] == ["customers"]


@pytest.mark.parametrize("name", PROBES.names())
def test_each_probe_states_the_keys_of_its_numbers(name: str) -> None:
    said = PROBES.module(name).__doc__ or ""

    assert "numbers: " in said

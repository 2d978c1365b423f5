"""What explore finds in the telco demo, scored against the ledger of what was planted: the kind, the place and the number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from boathouse.demos import write_demo
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.explore import explore
from boathouse.probe import Finding, MultiFindings

# kind of fault -> the probe that should see it, and where its numbers say how many rows
SEEN_BY: dict[str, tuple[str, Callable[[dict[str, Any]], int]]] = {
    "all_null": ("constant", lambda numbers: numbers["null_count"]),
    "blank_numbers": ("column_type", lambda numbers: numbers["blank"]),
    "category_variants": ("text_variants", lambda numbers: sum(map(misspelt, numbers["groups"]))),
    "constant": ("constant", lambda numbers: 2_024 if numbers["value"] == "US" else 0),
    "date_formats": ("dates_in_text", lambda numbers: min(numbers["formats"].values())),
    "duplicate_keys": ("keys", lambda numbers: numbers["conflicting_values"]),
    "duplicate_rows": ("duplicates", lambda numbers: numbers["duplicate_rows"]),
    "email_addresses": ("pii", lambda numbers: numbers["count"] if numbers["kind"] == "email" else 0),
    "hidden_booleans": ("booleans_in_text", lambda numbers: numbers["true_count"] + numbers["false_count"]),
    "impossible_dates": ("dates_in_text", lambda numbers: numbers["unparsed"]),
    "leading_zeros": ("column_type", lambda numbers: int(numbers["reason"].split()[0])),
    "leakage": ("leakage", lambda numbers: 2_024 if numbers["auc"] > 0.99 else 0),
    "nulls": ("nulls", lambda numbers: numbers["null_count"]),
    "orphan_keys": ("foreign_keys", lambda numbers: numbers["orphan_rows"]),
    "outliers": ("outliers", lambda numbers: numbers["iqr_count"]),
    "phone_numbers": ("pii", lambda numbers: numbers["count"] if numbers["kind"] == "phone" else 0),
    "placeholders": ("placeholders", lambda numbers: numbers["count"]),
    "sentinels": ("placeholders", lambda numbers: numbers["values"].get("-999", 0)),
}


def misspelt(group: dict[str, Any]) -> int:
    """Count the values of one category that are not written as most of them are."""
    counts: list[int] = list(group["variants"].values())
    return sum(counts) - max(counts)


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> tuple[MultiFindings, list[dict[str, Any]]]:
    root = tmp_path_factory.mktemp("telco")
    summary = write_demo("telco", root)
    found = explore([root / "raw"], DuckDB(delta_scan=delta.scan), target=summary.target)
    return found, yaml.safe_load((root / "ledger.yml").read_text(encoding="utf-8"))["faults"]


def is_found(fault: dict[str, Any], findings: MultiFindings) -> bool:
    probe, count = SEEN_BY[fault["kind"]]
    there: tuple[Finding, ...] = findings.dataset(Path(fault["file"]).stem).of(probe, fault.get("column"))
    return any(count(finding.numbers) == fault["count"] for finding in there)


def test_explore_finds_every_planted_fault(explored: tuple[MultiFindings, list[dict[str, Any]]]) -> None:
    found, ledger = explored
    missed = [
        f"{fault['kind']} of {fault.get('column') or fault['file']}" for fault in ledger if not is_found(fault, found)
    ]
    assert missed == []


def test_explore_cries_no_wolf_over_the_clean_table(explored: tuple[MultiFindings, list[dict[str, Any]]]) -> None:
    """Plans has nothing planted in it; what is said of its five rows are facts and no criticisms."""
    found, _ = explored
    assert [finding.says for finding in found.dataset("plans").findings if finding.severity == "critical"] == []

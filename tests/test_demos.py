"""The demos: a shelf of them; telco is the same bytes each time, and its ledger is true of its files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from boathouse.demos import DEMOS, write_demo
from boathouse.errors import UnknownName

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demos_are_the_files_on_the_shelf() -> None:
    assert DEMOS.names() == ("carton_caps", "claims", "retail", "telco")


def test_an_unknown_demo_offers_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean `retail`"):
        write_demo("retial", tmp_path)


# ---- telco: what is planted is what is written down -------------------------------------------------------------


Values = list[str]  # one column of a file, as text


@dataclass(frozen=True)
class Telco:
    """The demo's files, read back as a stranger would read them."""

    root: Path
    tables: dict[str, list[dict[str, str]]]
    ledger: list[dict[str, Any]]

    def column(self, file: str, name: str) -> Values:
        return [row[name] for row in self.tables[file]]

    def faults(self, file: str, column: str | None) -> dict[str, list[int]]:
        return {f["kind"]: f.get("rows", []) for f in self.ledger if f["file"] == file and f.get("column") == column}


Look = Callable[[Telco, Values], list[int]]  # a look at a column finds the faulty rows


@pytest.fixture(scope="module")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Telco:
    root = tmp_path_factory.mktemp("telco")
    write_demo("telco", root)
    tables = {}
    for file in ("customers.csv", "plans.csv"):
        with (root / "raw" / file).open(encoding="utf-8", newline="") as opened:
            tables[file] = list(csv.DictReader(opened))
    lines = (root / "raw/usage.jsonl").read_text(encoding="utf-8").splitlines()
    tables["usage.jsonl"] = [
        {key: "" if value is None else str(value) for key, value in json.loads(line).items()} for line in lines
    ]
    return Telco(root, tables, yaml.safe_load((root / "ledger.yml").read_text(encoding="utf-8"))["faults"])


def is_date(text: str, form: str = "%Y-%m-%d") -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - a calendar day
    except ValueError:
        return False
    return True


def beyond_fences(_: Telco, values: Values) -> list[int]:
    """Find what lies beyond three interquartile ranges."""
    numbers = [float(value) for value in values if value]
    low, _median, high = quantiles(numbers, n=4)
    fence = 3 * (high - low)
    return [
        row for row, value in enumerate(values, start=1) if value and not low - fence <= float(value) <= high + fence
    ]


def where(is_faulty: Callable[[str], bool]) -> Look:
    return lambda _, values: [row for row, value in enumerate(values, start=1) if is_faulty(value)]


def not_in(file: str, column: str) -> Look:
    def look(telco: Telco, values: Values) -> list[int]:
        known = set(telco.column(file, column))
        return where(lambda value: value not in known)(telco, values)

    return look


SEEN: dict[tuple[str, str, str], Look] = {
    ("customers.csv", "total_charges", "blank_numbers"): where(lambda value: not value.strip()),
    ("customers.csv", "monthly_charges", "placeholders"): where(lambda value: value == "?"),
    ("customers.csv", "satisfaction", "placeholders"): where(lambda value: value == "N/A"),
    ("customers.csv", "gender", "category_variants"): where(lambda value: value not in ("female", "male")),
    ("customers.csv", "contract", "category_variants"): where(lambda value: value != value.strip()),
    ("customers.csv", "signed_up", "date_formats"): where(lambda value: is_date(value, "%d/%m/%Y")),
    ("customers.csv", "signed_up", "impossible_dates"): where(lambda value: "/" not in value and not is_date(value)),
    ("customers.csv", "age", "nulls"): where(lambda value: value == ""),
    ("customers.csv", "age", "outliers"): beyond_fences,
    ("customers.csv", "plan", "orphan_keys"): not_in("plans.csv", "plan"),
    ("usage.jsonl", "minutes", "nulls"): where(lambda value: value == ""),
    ("usage.jsonl", "minutes", "outliers"): beyond_fences,
    ("usage.jsonl", "gigabytes", "sentinels"): where(lambda value: value == "-999.0"),
    ("usage.jsonl", "customer_id", "orphan_keys"): not_in("customers.csv", "customer_id"),
}
REPEATED = {
    ("customers.csv", None, "duplicate_rows"),
    ("customers.csv", "customer_id", "duplicate_keys"),
    ("usage.jsonl", None, "duplicate_rows"),
}
WHOLE_COLUMNS: dict[tuple[str, str], Callable[[str], bool]] = {
    ("email", "email_addresses"): lambda value: "@" in value,
    ("phone", "phone_numbers"): lambda value: value.startswith("+1-"),
    ("paperless", "hidden_booleans"): lambda value: value in ("Yes", "No"),
    ("country", "constant"): lambda value: value == "US",
    ("fax", "all_null"): lambda value: value == "",
    ("final_bill", "leakage"): lambda value: float(value) >= 0,
    ("zip_code", "leading_zeros"): lambda value: value.startswith("0"),
}


def test_telco_is_the_same_bytes_each_time(telco: Telco, tmp_path: Path) -> None:
    summary = write_demo("telco", tmp_path)
    for file in summary.files:
        assert (tmp_path / file).read_bytes() == (telco.root / file).read_bytes()


@pytest.mark.parametrize(("file", "column", "kind"), SEEN)
def test_telco_has_exactly_the_faulty_cells_of_the_ledger(telco: Telco, file: str, column: str, kind: str) -> None:
    planted = telco.faults(file, column)[kind]
    assert SEEN[file, column, kind](telco, telco.column(file, column)) == planted


@pytest.mark.parametrize(("column", "kind"), WHOLE_COLUMNS)
def test_telco_has_the_faulty_columns_of_the_ledger(telco: Telco, column: str, kind: str) -> None:
    found = sum(map(WHOLE_COLUMNS[column, kind], telco.column("customers.csv", column)))
    assert found == next(f["count"] for f in telco.ledger if f.get("column") == column and f["kind"] == kind) > 0


@pytest.mark.parametrize("file", ["customers.csv", "usage.jsonl"])
def test_telco_repeats_exactly_the_rows_of_the_ledger(telco: Telco, file: str) -> None:
    seen: set[tuple[str, ...]] = set()
    repeated = []
    for number, row in enumerate(telco.tables[file], start=1):
        repeated += [number] if tuple(row.values()) in seen else []
        seen.add(tuple(row.values()))
    assert repeated == telco.faults(file, None)["duplicate_rows"]


def test_telco_gives_ids_twice_as_the_ledger_says(telco: Telco) -> None:
    distinct = {tuple(row.values()): row["customer_id"] for row in telco.tables["customers.csv"]}
    twice = sum(count - 1 for count in Counter(distinct.values()).values())
    assert twice == len(telco.faults("customers.csv", "customer_id")["duplicate_keys"])


def test_every_line_of_the_ledger_is_checked_above(telco: Telco) -> None:
    whole = {("customers.csv", column, kind) for column, kind in WHOLE_COLUMNS}
    checked = {*SEEN, *REPEATED, *whole}
    assert {(f["file"], f.get("column"), f["kind"]) for f in telco.ledger} == checked
    assert all(f["count"] == len(f["rows"]) for f in telco.ledger if "rows" in f)


def test_telco_has_a_signal_and_a_leak(telco: Telco) -> None:
    rows = telco.tables["customers.csv"]
    unhappy, happy = (share_churned([r for r in rows if r["satisfaction"] == score]) for score in "15")
    assert unhappy > 2 * happy
    assert all((float(row["final_bill"]) > 0) == (row["churned"] == "Yes") for row in rows)
    assert 0.2 < share_churned(rows) < 0.35


def share_churned(rows: list[dict[str, str]]) -> float:
    return sum(row["churned"] == "Yes" for row in rows) / len(rows)

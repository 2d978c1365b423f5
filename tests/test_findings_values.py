"""Given these values, explore finds this fault in them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from boathouse.engines.duckdb import DuckDB
from boathouse.explore import explore
from explored import explored, finding, findings, rows


@pytest.mark.parametrize(("missing", "severity"), [(60, "critical"), (25, "warning"), (1, "info")])
def test_nulls_weigh_by_their_share(missing: int, severity: str) -> None:
    found = finding({**rows(100), "age": [None] * missing + [*range(100 - missing)]}, "nulls")

    assert (found.numbers["null_count"], found.numbers["null_percentage"], found.severity) == (
        missing,
        missing,
        severity,
    )


def test_a_question_mark_is_nothing_and_none_may_be_a_category() -> None:
    data = explored(
        {**rows(40), "damage": ["?", "yes", "no", "no"] * 10, "called": ["None", "Police", "Fire", "Other"] * 10}
    )

    assert [found.numbers["risk"] for found in data.of("placeholders", "damage")] == ["low"]
    assert [found.numbers["risk"] for found in data.of("placeholders", "called")] == ["high"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-999] * 5 + [*range(1, 96)], {"-999": 5}),
        ([-1_000_000] + [1_000 * n for n in range(99)], {"-1000000": 1}),
        ([9999] * 4 + [*range(1, 97)], {"9999": 4}),
        ([0] * 5 + [16 + n % 60 for n in range(95)], {"0": 5}),  # ages
    ],
)
def test_a_number_that_stands_apart_stands_for_nothing(values: list[int], expected: dict[str, int]) -> None:
    (found,) = [f for f in findings({**rows(100), "x": values}, "placeholders") if f.numbers["numeric"]]

    assert found.numbers["values"] == expected


@pytest.mark.parametrize(
    "values", [[*range(100)], [-n for n in range(100)], [0] * 50 + [100 * n for n in range(1, 51)]]
)
def test_ordinary_zeros_and_negatives_are_no_placeholders(values: list[int]) -> None:
    assert not findings({**rows(100), "x": values}, "placeholders")


def test_a_digit_among_names_of_days_is_no_day() -> None:
    found = finding({**rows(31), "day": ["Monday", "Tuesday", "Sunday"] * 10 + ["0"]}, "placeholders", "day")

    assert found.numbers["values"] == {"0": 1}


def test_a_constant_and_an_empty_column_tell_nothing() -> None:
    data = explored({**rows(5), "state": ["MA"] * 5, "gone": [None] * 5})

    assert {found.column: found.numbers["all_null"] for found in data.of("constant")} == {"state": False, "gone": True}


def test_quartiles_lie_between_values_and_fences_beyond_them() -> None:
    data = explored({**rows(24), "fee": [1, 2, 3, 4] * 5 + [1, 2, 3, 100]})
    (shape,), (outliers,) = data.of("numeric_shape", "fee"), data.of("outliers", "fee")

    assert (shape.numbers["q1"], shape.numbers["median"], shape.numbers["q3"]) == (1.75, 2.5, 3.25)
    assert (outliers.numbers["iqr_count"], outliers.numbers["lower"], outliers.numbers["upper"]) == (1, -0.5, 5.5)


def test_numbers_too_large_for_a_fourth_power_do_not_stop_it() -> None:
    column = explored({**rows(30), "x": ["1e300"] * 2 + [f"{n}.5" for n in range(28)]}).column("x")

    assert (column.type_metrics["inf_count"], column.type_metrics["max_value"]) == (2, 27.5)


def test_spellings_of_one_category_are_one_group() -> None:
    found = finding({**rows(40), "city": ["Berlin", "berlin", " Berlin", "Paris"] * 10}, "text_variants")

    assert found.numbers["groups"] == [{"value": "berlin", "variants": {" Berlin": 10, "Berlin": 10, "berlin": 10}}]
    assert found.numbers["padded"] == 10


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([f"person{n}@mail.example" for n in range(20)], "email"),
        ([f"999-{n + 10}-5017" for n in range(20)], "ssn"),
        ([f"555-0{n + 10}-5555" for n in range(20)], "phone"),
        ([f"10.0.{n}.7" for n in range(20)], "ip"),
        (["4111111111111111", "5500005555555559", "4012888888881881", "378282246310005"] * 6, "card"),
        ([f"call {n}: write to a{n}@mail.example please" for n in range(20)], "email"),
    ],
)
def test_personal_data_is_told_by_its_form(values: list[str], kind: str) -> None:
    found = finding({**rows(len(values)), "x": values}, "pii")

    assert (found.numbers["kind"], found.severity) == (kind, "critical")


def test_dates_in_the_wrong_order_are_counted() -> None:
    first = [f"2024-01-{n % 28 + 1:02d}" for n in range(100)]
    last = ["2023-12-31", "2023-12-31", *["2024-03-01"] * 98]
    found = finding({**rows(100), "opened": first, "closed": last}, "date_order")

    assert (found.numbers["earlier"], found.numbers["later"], found.numbers["violations"]) == ("opened", "closed", 2)


def test_no_name_or_value_of_a_user_breaks_the_sql() -> None:
    data = explored({**rows(3), 'a "quoted" na\'me': ["it's", '"', "; DROP TABLE t"], "select": ["1", "2", "'"]})

    assert data.row_count == 3


def test_a_table_without_rows_is_explored(tmp_path: Path) -> None:
    parquet.write_table(
        pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.int64())}), tmp_path / "t.parquet"
    )
    (data,) = explore([tmp_path / "t.parquet"], DuckDB()).datasets

    assert (data.row_count, [column.inferred_type for column in data.columns]) == (0, ["unknown", "unknown"])
    assert not data.findings

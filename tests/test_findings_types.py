"""Given this column, explore says that its values are of that type."""

from __future__ import annotations

from typing import Any

import pytest

from explored import explored, finding, findings, rows

TYPES: list[tuple[str, list[Any], str, str]] = [
    ("whole numbers", [n * 7 for n in range(30)], "bigint", "numeric_continuous"),
    ("few whole numbers", [1, 2, 3] * 10, "bigint", "numeric_discrete"),
    ("numbers with a point", [n + 0.5 for n in range(30)], "double", "numeric_continuous"),
    ("money keeps its zeros", [f"{n}.{n % 10}0" for n in range(30)], "decimal(18,2)", "numeric_continuous"),
    ("a zero that a number would lose", ["02155", "10115", "90210"] * 10, "string", "categorical_nominal"),
    ("years stay whole numbers", [1990 + n % 30 for n in range(60)], "bigint", "numeric_continuous"),
    ("longer than a bigint", [f"{n}0000000000000000001" for n in range(10, 40)], "string", "identifier"),
    ("yes and no", ["Yes", "No", "No"] * 10, "boolean", "binary"),
    ("one and zero", [1, 0, 0] * 10, "bigint", "binary"),
    ("days of the calendar", [f"2024-01-{n:02d}" for n in range(1, 31)], "date", "datetime"),
    ("instants", [f"2024-01-{n:02d}T10:00:00Z" for n in range(1, 31)], "timestamp", "datetime"),
    ("days of the week", ["Monday", "Tuesday", "Friday"] * 10, "string", "categorical_cyclical"),
    ("addresses with mon and sat in them", [f"simon{n}@saturn.example" for n in range(30)], "string", "text"),
    ("ranges", ["20 to 29", "30 to 39", "more than 40"] * 10, "string", "categorical_ordinal"),
    ("a scale", ["low", "medium", "high"] * 10, "string", "categorical_ordinal"),
    ("a category with a plus", ["1", "2", "3", "4+"] * 10, "string", "categorical_nominal"),
    ("nothing", [None] * 30, "string", "unknown"),
    ("UUIDs", [f"3edac2e3-d223-6fae-d515-{n:012d}" for n in range(30)], "string", "identifier"),
    ("a name of three words", [f"word{n} and more words" for n in range(30)], "string", "text"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "holds", "kind"), [case[1:] for case in TYPES], ids=[case[0] for case in TYPES])
def test_the_type_follows_the_values(values: list[Any], holds: str, kind: str) -> None:
    column = explored({**rows(len(values)), "x": values}).column("x")

    assert (column.holds, column.inferred_type) == (holds, kind)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("price_paid", [10 + n % 37 for n in range(100)], "numeric_continuous"),  # `id` is a part of a word
        ("customer_id", [n % 37 for n in range(100)], "identifier"),
        ("customerID", [n % 37 for n in range(100)], "identifier"),
        ("number", [*range(1000, 1100)], "identifier"),  # counts up without gaps
        ("balance", [n * n * 7 for n in range(100)], "numeric_continuous"),  # unique by accident
        ("zip", [10115 + 7 * n for n in range(100)], "identifier"),
    ],
)
def test_a_name_supports_the_values_by_whole_words_only(name: str, values: list[int], kind: str) -> None:
    assert explored({**rows(100), name: values}).column(name).inferred_type == kind


def test_blanks_do_not_make_a_number_text() -> None:
    found = finding({**rows(100), "charges": [f"{n}.5" for n in range(89)] + [" "] * 11}, "column_type", "charges")

    assert (found.numbers["holds"], found.numbers["blank"], found.numbers["unparsed"]) == ("double", 11, 0)
    assert found.severity == "info"


def test_a_fault_among_numbers_is_told_with_a_sample() -> None:
    found = finding({**rows(100), "age": [*map(str, range(98)), "178c", "Inf"]}, "column_type", "age")

    assert (found.numbers["holds"], found.numbers["unparsed"], found.numbers["samples"]) == (
        "bigint",
        2,
        ["178c", "Inf"],
    )
    assert found.severity == "warning"


def test_a_number_that_may_be_nan_does_not_parse_it() -> None:
    column = explored({**rows(40), "x": [*range(38), "nan", "NaN"]}).column("x")

    assert (column.holds, column.type_metrics["max_value"]) == ("bigint", 37)


@pytest.mark.parametrize(
    ("values", "formats", "ambiguous"),
    [
        (["2024-01-31", "2024-02-01"], {"yyyy-MM-dd": 2}, False),
        (["1/31/24", "12/1/24"], {"M/d/yy": 2}, False),
        (["31/01/2024", "01/02/2024"], {"dd/MM/yyyy": 2}, False),
        (["01/02/2024", "02/03/2024"], {"MM/dd/yyyy": 2}, True),
        (["01.02.2024", "02.03.2024"], {"dd.MM.yyyy": 2}, True),
        (["20240131", "20231231"], {"yyyyMMdd": 2}, False),
        (["5-Jan-24", "17-Dec-23"], {"d-MMM-yy": 2}, False),
        (["April 5, 2018", "December 31, 2019"], {"MMMM d, yyyy": 2}, False),
        (["1/31/2024 14:05", "1/30/2024 9:00"], {"M/dd/yyyy H:mm": 2}, False),
        (["2024-01-31 10:00:00", "2024-01-30 11:00:00"], {"yyyy-MM-dd HH:mm:ss": 2}, False),
    ],
)
def test_dates_are_told_by_their_shape_and_by_parts_above_twelve(
    values: list[str], formats: dict[str, int], *, ambiguous: bool
) -> None:
    found = finding({"row": ["a", "b"], "day": values}, "dates_in_text")

    assert (found.numbers["formats"], found.numbers["ambiguous"]) == (formats, ambiguous)


def test_several_forms_of_dates_are_all_found_and_what_is_none_is_told() -> None:
    days = (
        [f"2024-01-{n:02d}" for n in range(1, 31)] + [f"01/{n:02d}/2024" for n in range(1, 21)] + ["1/0/2024", "soon"]
    )
    found = finding({**rows(52), "day": days}, "dates_in_text")

    assert sum(found.numbers["formats"].values()) == 50
    assert (found.numbers["unparsed"], found.numbers["samples"]) == (2, ["1/0/2024", "soon"])


def test_numbers_of_eight_digits_are_no_dates() -> None:
    assert not findings({**rows(30), "code": [10_000_000 + 999_331 * n for n in range(30)]}, "dates_in_text")


def test_decorated_numbers_are_told_by_their_form() -> None:
    found = finding({**rows(4), "income": ["$1,234.50", "$99", "$7.5", "$ 28815245"]}, "numbers_in_text")

    assert found.numbers["forms"] == {"money": 4}


def test_booleans_keep_each_spelling() -> None:
    found = finding({**rows(40), "paid": ["yes", "No", "YES", "no"] * 10}, "booleans_in_text")

    assert (found.numbers["true_values"], found.numbers["false_values"]) == (["YES", "yes"], ["No", "no"])
    assert (found.numbers["true_count"], found.numbers["false_count"]) == (20, 20)

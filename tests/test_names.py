"""Names: what a raw header becomes in the lake, and what a table may be called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boathouse.errors import UserError, did_you_mean
from boathouse.names import DELTA_FORBIDS, TableName, column_names, slug, variable


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["id", "name"], ["id", "name"]),
        (["Patient Name", "Größe"], ["Patient_Name", "Größe"]),
        (["", "a", "  "], ["column_1", "a", "column_3"]),
        (["a", "A", "a"], ["a", "A_2", "a_3"]),
        (["a", "a_2", "a"], ["a", "a_2", "a_3"]),
        (["a.b", 'quo"te', "back`tick", "select"], ["a.b", 'quo"te', "back`tick", "select"]),
        (["x;y{z}", "k=v"], ["x_y_z_", "k_v"]),
    ],
)
def test_a_header_becomes_columns_that_delta_can_hold(header: list[str], names: list[str]) -> None:
    assert column_names(header) == names


@given(st.lists(st.text()))
def test_any_header_becomes_names_that_are_there_once(header: list[str]) -> None:
    names = column_names(header)
    assert len({name.lower() for name in names}) == len(header)
    assert not any(DELTA_FORBIDS.search(name) or not name for name in names)


def test_a_table_is_named_by_its_layer() -> None:
    name = TableName.parse("silver.customers")
    assert (name.layer, name.table, name.flat, str(name)) == (
        "silver",
        "customers",
        "silver_customers",
        "silver.customers",
    )


@pytest.mark.parametrize(
    "text", ["customers", "silber.customers", "silver.", "silver.a-b", "silver.a.b", "silver.a;drop"]
)
def test_what_is_no_table_name_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no table name"):
        TableName.parse(text)


def test_identifiers_from_any_text() -> None:
    assert [slug(text) for text in ("Patient Name", "2nd", "Größe", "")] == ["patient_name", "_2nd", "gr_e", "_"]
    assert variable("class") == "class_"


def test_the_nearest_name_is_offered() -> None:
    assert did_you_mean("montly_charges", ["monthly_charges", "plan"]) == "did you mean `monthly_charges`?"
    assert did_you_mean("x", ["monthly_charges", "plan"]) == "there is `monthly_charges`, `plan`"
    assert did_you_mean("x", []) == ""

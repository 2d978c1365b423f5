"""Text of a user is only text: no value in a step's fields becomes SQL or Python."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.step import STEPS, Example
from examples import assert_makes, on_duckdb, pyspark_text

MapValues, NullIf = STEPS.member("map_values"), STEPS.member("null_if")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["'; DROP TABLE x; --", "\\", '"""', "\\'", "{df}", "$1", "\0"]
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(texts, texts, min_size=1, max_size=4), texts)
def test_mapped_values_are_only_values(values: dict[str, str], other: str) -> None:
    rows = [*values, other]
    example = Example(
        "any text",
        MapValues(column="x", values=values),
        given={"x": rows},
        then={"x": [values.get(row, row) for row in rows]},
    )
    assert_makes(on_duckdb(example), example)
    assert {*values, *values.values()} <= constants(pyspark_text(example))


@settings(max_examples=50, deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), texts)
def test_placeholders_are_only_values(values: list[str], other: str) -> None:
    rows = [*values, other]
    then = [None if row in values else row for row in rows]
    example = Example(
        "any text", NullIf(columns=["x"], values=values, exact=True), given={"x": rows}, then={"x string": then}
    )
    assert_makes(on_duckdb(example), example)
    assert set(values) <= constants(pyspark_text(example))


def constants(python: str) -> set[object]:
    """Give every literal of a text of Python: what a value became there, read back."""
    return {node.value for node in ast.walk(ast.parse(python)) if isinstance(node, ast.Constant)}

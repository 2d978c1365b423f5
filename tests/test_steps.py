"""Every step, by its own examples: on DuckDB, as PySpark text on Spark, as Databricks SQL on Spark, with any names."""

from __future__ import annotations

import ast
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse.errors import UnknownName
from boathouse.step import LINE, STEPS, Example, FittedStep, Step
from examples import (
    Tables,
    as_pyspark,
    as_sql,
    assert_makes,
    fitted_on_duckdb,
    on_duckdb,
    parts_on_duckdb,
    pyspark_text,
)
from renaming import named_columns, names_of, renamed

EXAMPLES = [
    pytest.param(example, id=f"{name}: {example.why}")
    for name in STEPS.names()
    for example in STEPS.member(name).examples()
]
HOSTILE = [
    "select",
    "a b",
    'quo"te',
    "back`tick",
    "dot.ted",
    "Größe",
    "it's",
    "back\\slash",
    "{brace}",
    "tab\there",
    "表",
    "%s",
    "--",
    "$1",
    "F.col",
]

every_example = pytest.mark.parametrize("example", EXAMPLES)
every_step = pytest.mark.parametrize("name", STEPS.names())


def hostile(example: Example) -> Example:
    start = len(example.why)
    return renamed(
        example,
        lambda at: HOSTILE[(start + at) % len(HOSTILE)] + "_" * ((start + at) // len(HOSTILE) - start // len(HOSTILE)),
    )


# ---- the three forms make the same table --------------------------------------------------------------------------------


@every_example
def test_on_duckdb(example: Example) -> None:
    assert_makes(on_duckdb(example), example)


@pytest.mark.spark
@every_example
def test_on_spark(example: Example, spark: Any) -> None:
    for one in (example, hostile(example)):
        assert_makes(as_pyspark(one, spark), one)
        assert_makes(as_sql(one, spark), one)
        if isinstance(one.step, FittedStep):
            assert_makes(as_pyspark(one, spark, freeze=True), one)


# ---- any name is safe ---------------------------------------------------------------------------------------------------


@every_example
def test_hostile_names_are_only_names(example: Example) -> None:
    moved = hostile(example)
    assert_makes(on_duckdb(moved), moved)
    ast.parse(pyspark_text(moved))


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)


@every_step
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_name_is_only_a_name(name: str, data: st.DataObject) -> None:
    examples: list[Example] = list(STEPS.member(name).examples())
    example = data.draw(st.sampled_from(examples))
    count = len(names_of(example))
    new = data.draw(st.lists(names, min_size=count, max_size=count, unique_by=lambda text: text.casefold()))
    moved = renamed(example, lambda at: new[at])
    assert_makes(on_duckdb(moved), moved)
    ast.parse(pyspark_text(moved))


# ---- rows that come later ----------------------------------------------------------------------------------------------


def all_examples() -> list[Example]:
    return [example for name in STEPS.names() for example in STEPS.member(name).examples()]


def merges(example: Example) -> bool:
    tables = Tables.of(example)
    return example.step.merges(tables.relation("df", "duckdb"), tables.given.column_names)


ALONE = [each for each in all_examples() if isinstance(each.step, FittedStep) or each.step.alone()]
MERGING = [each for each in all_examples() if merges(each)]


@pytest.mark.parametrize("example", ALONE, ids=lambda each: f"{each.step.step}: {each.why}")
def test_a_step_that_treats_rows_alone_makes_of_each_what_it_makes_of_all(example: Example) -> None:
    step, rows = fitted_on_duckdb(example), Tables.of(example).given
    assert step.alone()
    half, single = rows.num_rows // 2, [rows.slice(at, 1) for at in range(rows.num_rows)]
    for cut in ([rows.slice(0, half), rows.slice(half)], single or [rows]):
        assert_makes(pa.concat_tables(parts_on_duckdb(example, step, *cut)), example)


@pytest.mark.parametrize("example", MERGING, ids=lambda each: each.why)
def test_a_step_that_merges_goes_on_from_its_own_rows(example: Example) -> None:
    rows = Tables.of(example).given
    for at in range(rows.num_rows + 1):
        (own,) = parts_on_duckdb(example, example.step, rows.slice(0, at))
        (made,) = parts_on_duckdb(example, example.step, pa.concat_tables([own, rows.slice(at)]))
        assert_makes(made, example)


def test_which_steps_treat_rows_alone() -> None:
    """A step that claims too little is only slow; this list says which do claim it, in some example."""
    alone = {name for name in STEPS.names() if any(fitted_on_duckdb(e).alone() for e in STEPS.member(name).examples())}
    assert set(STEPS.names()) - alone == {"aggregate", "dedupe", "join", "scd_type_1", "scd_type_2", "window_aggregate"}


# ---- every step is made alike ---------------------------------------------------------------------------------------------


@every_step
def test_a_step_says_what_it_is(name: str) -> None:
    step = STEPS.member(name)
    examples: list[Example] = list(step.examples())
    assert issubclass(step, Step)
    assert step.model_fields["step"].default == name
    assert (step.__doc__ or "").split("\n")[0].endswith(".")
    assert STEPS.summary(name).endswith(".")
    assert len(examples) >= 2
    assert all(example.step.step == name and example.why and example.step.title() for example in examples)


@every_example
def test_a_notebooks_lines_have_the_width_of_a_formatter(example: Example) -> None:
    texts = [pyspark_text(example, freeze=freeze) for freeze in {False, isinstance(example.step, FittedStep)}]
    assert [line for text in texts for line in text.splitlines() if len(line) > LINE] == []


@every_step
def test_every_field_is_described(name: str) -> None:
    fields = STEPS.member(name).model_fields
    undescribed = [
        field for field, info in fields.items() if not info.description and field not in ("step", "column", "columns")
    ]
    assert not undescribed


@every_example
def test_a_column_that_is_not_there_is_named_with_the_nearest(example: Example) -> None:
    relation = Tables.of(example).relation("df", "duckdb")
    if not set(named_columns(example.step)) & set(relation.schema.names):
        pytest.skip("the example names no column")
    typo = renamed(example, lambda at: f"{names_of(example)[at]}x")
    with pytest.raises(UnknownName, match=r"did you mean|there is"):
        typo.step.after(relation)


@every_step
def test_a_step_survives_yaml(name: str) -> None:
    """What a step dumps, it reads: the file of a pipeline, and its lock, hold steps so."""
    for example in STEPS.member(name).examples():
        assert (
            type(example.step).model_validate(
                example.step.model_dump(mode="json", exclude_defaults=True) | {"step": name}
            )
            == example.step
        )

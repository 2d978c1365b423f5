"""Numbers that steps learn: kept as YAML and JSON, learnt from the rows that `fit_on` chooses, the same in both forms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boathouse import fitted as fitted_file
from boathouse.engines.duckdb import DuckDB
from boathouse.relation import Relation
from boathouse.step import STEPS, Example, FittedStep
from boathouse.steps.cap_outliers import CapOutliers
from boathouse.steps.encode import Encode
from boathouse.steps.fill_nulls import FillNulls
from boathouse.steps.scale import Scale
from examples import Tables, as_pyspark, difference, fitted, frame, types_of

EXAMPLES = [
    pytest.param(example, id=f"{name}: {example.why}")
    for name in STEPS.names()
    for example in STEPS.member(name).examples()
    if isinstance(example.step, FittedStep)
]

TRAINING = Example(
    "the last row is not to be learnt from",
    FillNulls(column="x", using="median"),
    given={"part": ["train", "train", "train", "test"], "x": [1.0, 3.0, None, 1000.0], "k": ["a", "a", "b", "c"]},
    then={},
)
STEPS_THAT_LEARN: list[tuple[FittedStep, dict[str, Any]]] = [
    (FillNulls(column="x", using="median"), {"median": 2.0}),
    (FillNulls(column="k", using="mode"), {"mode": "a"}),
    (CapOutliers(column="x", method="winsorize", quantiles=(0, 1)), {"lower": 1.0, "upper": 3.0}),
    (Scale(column="x", method="min_max"), {"min": 1.0, "range": 2.0}),
    (Encode(column="k", method="ordinal"), {"codes": {"a": 0, "b": 1}}),
    (Encode(column="k", method="frequency"), {"shares": {"a": 2 / 3, "b": 1 / 3}}),
    (Encode(column="k", method="target", target="x", smoothing=0), {"rates": {"a": 2.0}, "prior": 2.0}),
]


def learnt(example: Example) -> tuple[FittedStep, Relation, DuckDB]:
    """Fit the step of an example on DuckDB, on the rows for training where it says which these are."""
    tables, engine = Tables.of(example), DuckDB()
    engine.register("silver", "given", tables.given)
    fit_on = "part = 'train'" if "part" in tables.given.column_names else ""
    relation = replace(tables.relation('"silver"."given"', "duckdb"), fit_on=fit_on)
    step = fitted(example.step, relation, engine.rows)
    assert isinstance(step, FittedStep)
    return step, relation, engine


@pytest.mark.parametrize("example", EXAMPLES)
def test_numbers_survive_yaml_and_json(example: Example, tmp_path: Path) -> None:
    numbers = learnt(example)[0].fitted
    assert numbers is not None or not example.step.learns()  # type: ignore[attr-defined]
    file = tmp_path / "fitted.yml"
    fitted_file.save(file, {"silver.given": {"step": numbers or {}}})
    for kept in (fitted_file.load(file)["silver.given"]["step"], json.loads(json.dumps(numbers or {}))):
        assert repr(kept) == repr(numbers or {})  # repr, because NaN is not NaN


@pytest.mark.parametrize(("step", "numbers"), STEPS_THAT_LEARN)
def test_only_the_chosen_rows_are_learnt_from(step: FittedStep, numbers: dict[str, Any]) -> None:
    assert learnt(replace(TRAINING, step=step))[0].fitted == numbers


@pytest.mark.spark
@pytest.mark.parametrize("step", [step for step, _ in STEPS_THAT_LEARN])
def test_spark_learns_from_the_same_rows(step: FittedStep, spark: Any) -> None:
    from pyspark.sql import functions as F  # noqa: N812 - as every notebook has it

    bound, relation, engine = learnt(replace(TRAINING, step=step))
    here = engine.stream(bound.sql(relation)).to_arrow_table()
    scope = {"df": frame(Tables.of(TRAINING).given, spark), "F": F}
    exec(step.pyspark(replace(relation, dialect="databricks")), scope)  # noqa: S102 - the point of the test
    there = scope["df"].toArrow()
    assert types_of(there) == types_of(here)
    assert difference(here.to_pylist(), there.to_pylist()) == ([], [])


def test_what_is_given_is_not_learnt() -> None:
    assert not CapOutliers(column="x", method="bounds", lower=0).learns()
    assert not FillNulls(column="x", using="constant", value=0).learns()
    assert not Encode(column="k", method="one_hot", categories=("a",)).learns()


@pytest.mark.spark
def test_a_frozen_step_meets_new_categories(spark: Any) -> None:
    """What was not there when the numbers were learnt: -1, a share of 0, the mean of all."""
    codes = {"ordinal": ({"codes": {"a": 0}}, -1), "frequency": ({"shares": {"a": 1.0}}, 0.0)}
    codes["target"] = ({"rates": {"a": 1.0}, "prior": 0.25}, 0.25)
    for method, (numbers, unseen) in codes.items():
        target = "y" if method == "target" else None
        step = Encode(column="k", method=method, target=target, fitted=numbers)
        example = Example("new", step, given={"k": ["new", None], "y": [1, 1]}, then={})
        made = as_pyspark(example, spark).to_pydict()["k"]
        tables, engine = Tables.of(example), DuckDB()
        engine.register("silver", "given", tables.given)
        relation = tables.relation('"silver"."given"', "duckdb")
        assert made == [unseen, None]
        assert [row["k"] for row in engine.rows(step.sql(relation))] == [unseen, None]


def test_a_number_of_nothing_is_null() -> None:
    step, _, _ = learnt(replace(TRAINING, given=TRAINING.given | {"x": [None, None, None, 5.0]}))
    assert step.fitted == {"median": None}

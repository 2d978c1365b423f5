"""What a user may write wrong in a step, and the sentence that says so."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import StepError, UnknownName
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import STEPS, Step

CUSTOMERS = Schema.of(
    id="bigint",
    plan="string",
    age="int",
    fee="decimal(6,2)",
    day="date",
    at="timestamp",
    tags="array<string>",
    x="double",
)
PLANS = Schema.of(plan="string", number="int", fee="double", x="double")
TABLE = Relation("df", CUSTOMERS, others={"silver.plans": PLANS})


def made(step: str, **fields: Any) -> Step:
    result = STEPS.member(step).model_validate(fields)
    assert isinstance(result, Step)
    return result


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (made("cap_outliers", column="plan"), "`plan` is string, and only numbers can be capped; cast it first"),
        (made("scale", column="day"), "`day` is date, and only numbers can be scaled"),
        (made("scale", column="age", into="fee"), "`fee` is there already"),
        (made("fill_nulls", column="plan", using="mean"), "only numbers have a mean; try `using: mode`"),
        (made("fill_nulls", column="age", using="constant", value="old"), "'old' is no int, which `age` is"),
        (made("fill_nulls", column="age", using="constant", value=2**31), "2147483648 is no int"),
        (made("fill_nulls", column="age", using="constant", value=True), "True is no int"),
        (made("fill_nulls", column="plan", using="constant", value=7), "7 is no string"),
        (made("fill_nulls", column="fee", using="constant", value="1.005"), "'1.005' is no decimal(6,2)"),
        (made("fill_nulls", column="fee", using="constant", value=10000), "10000 is no decimal(6,2)"),
        (made("fill_nulls", column="day", using="constant", value="soon"), "'soon' is no date"),
        (made("fill_nulls", column="tags", using="mode"), "`tags` is array<string>, which fill_nulls cannot fill"),
        (made("dedupe", key=["tags"], keep="first"), "`tags` is array<string>, which is no key and no order"),
        (
            made("cast", columns={"age": "string"}, time_zone="Asia/Tokyo"),
            "`time_zone` is for text that becomes a timestamp",
        ),
        (made("aggregate", columns={"plan": ["sum"]}), "`plan` is string, and only numbers have a sum"),
        (made("aggregate", columns={"tags": ["min"]}), "`tags` is array<string>, which has no min"),
        (made("aggregate", by=["tags"], count="n"), "rows cannot be grouped by"),
        (made("aggregate", by=["plan"], count="Plan"), "`Plan` would be there twice"),
        (
            made("window_aggregate", entity="id", time="plan", before="2024-01-01", recency=True),
            "events have a date or a timestamp",
        ),
        (
            made("window_aggregate", entity="id", time="day", before="2024-01-01T10:00", recency=True),
            "so `before` has to be one",
        ),
        (
            made("window_aggregate", entity="id", time="day", before="2024-01-01", windows=["24h"], count_events=True),
            "a window of 24h wants a timestamp; write it in days",
        ),
        (
            made(
                "window_aggregate", entity="id", time="day", before="0009-01-01", windows=["9999d"], count_events=True
            ),
            "is before all time",
        ),
        (made("encode", column="x", method="ordinal"), "`x` is double, which has no categories"),
        (made("encode", column="plan", method="target", target="day"), "`day` is date, which has no mean"),
        (made("encode", column="plan", method="ordinal", into="AGE"), "`AGE` is there already"),
        (made("join", **{"with": "silver.plans"}, on=["plan"]), "`fee` is there already; give a `prefix`"),
        (
            made("join", **{"with": "silver.plans"}, on={"id": "number"}),
            "`id` is bigint, and `number` of silver.plans is int",
        ),
        (made("join", **{"with": "silver.plans"}, on=["x"], columns=["number"]), "`x` is double, which is no key"),
    ],
)
def test_a_step_that_does_not_fit(step: Step, sentence: str) -> None:
    with pytest.raises(StepError) as error:
        step.after(TABLE)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (
            made("join", **{"with": "silver.plan"}, on=["plan"]),
            "there is no table `silver.plan`; did you mean `silver.plans`?",
        ),
        (made("join", **{"with": "silver.plans"}, on=["pla"]), "did you mean `plan`?"),
        (made("join", **{"with": "silver.plans"}, on=["plan"], columns=["numbr"]), "did you mean `number`?"),
        (made("window_aggregate", entity="id", time="dya", before="2024-01-01", recency=True), "did you mean `day`?"),
    ],
)
def test_a_name_that_is_not_there(step: Step, sentence: str) -> None:
    with pytest.raises(UnknownName) as error:
        step.after(TABLE)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("step", "fields", "sentence"),
    [
        ("cap_outliers", {"column": "age", "method": "bounds"}, "bounds wants `lower`, `upper` or both"),
        ("cap_outliers", {"column": "age", "lower": 1}, "want `method: bounds`"),
        ("cap_outliers", {"column": "age", "method": "bounds", "lower": 2, "upper": 1}, "lies above the upper bound"),
        ("cap_outliers", {"column": "age", "method": "winsorize", "quantiles": [0.9, 0.1]}, "the lower one first"),
        ("fill_nulls", {"column": "age", "using": "constant"}, "`value` belongs to `using: constant`"),
        (
            "parse_dates",
            {"column": "plan", "formats": ["yyyy-MM"], "time_zone": "Asia/Tokyo"},
            "a date is the same everywhere",
        ),
        ("dedupe", {"key": ["id"]}, "give `latest_by`, or say `keep: first`"),
        ("dedupe", {"latest_by": "day"}, "want a `key`"),
        ("aggregate", {"by": ["plan"]}, "there is nothing to make"),
        ("window_aggregate", {"entity": "id", "time": "day", "count_events": True}, "Field required"),
        (
            "window_aggregate",
            {"entity": "id", "time": "day", "before": "soon", "recency": True},
            "Invalid isoformat string",
        ),
        (
            "window_aggregate",
            {"entity": "id", "time": "day", "before": "2024-01-01", "windows": ["1 month"]},
            "is no window; write 30d",
        ),
        ("encode", {"column": "plan", "method": "one_hot"}, "one_hot wants `categories`"),
        ("encode", {"column": "plan", "method": "ordinal", "categories": ["a", "a"]}, "holds one twice"),
        ("encode", {"column": "plan", "method": "target"}, "`target` belongs to `method: target`"),
    ],
)
def test_fields_that_contradict(step: str, fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        made(step, **fields)
    assert sentence in str(error.value)


def test_a_join_that_would_double_rows_is_counted_before() -> None:
    engine, join = DuckDB(), made("join", **{"with": "silver.plans"}, on=["plan"], columns=["number"])
    engine.view("silver", "plans", "SELECT * FROM (VALUES ('a', 1), ('a', 2), (NULL, 3), (NULL, 4)) AS t(plan, number)")
    assert engine.row(join.guard(TABLE)) == {"keys_there_twice": 1}
    assert join.guard_message().startswith("silver.plans holds a key (plan) twice, and the join would double rows")


@pytest.mark.spark
def test_a_join_that_would_double_rows_stops_the_notebook(spark: Any) -> None:
    spark.sql(
        "CREATE OR REPLACE VIEW spark_catalog.examples.silver_plans AS SELECT * FROM VALUES ('a', 1), ('a', 2) AS t(plan, number)"
    )
    text = made("join", **{"with": "silver.plans"}, on=["plan"], columns=["number"]).pyspark(TABLE)
    with pytest.raises(ValueError, match=r"silver\.plans holds a key \(plan\) twice"):
        exec(text, {"spark": spark, "CATALOG": "spark_catalog", "SCHEMA": "examples"})  # noqa: S102 - the point of the test


def test_too_many_categories_are_refused() -> None:
    rows = [{"category": str(at), "n": 1, "known": 0, "total": None} for at in range(1001)]
    with pytest.raises(StepError, match="1001 categories, and at most 1000"):
        made("encode", column="plan", method="ordinal").learn(rows)  # type: ignore[attr-defined]

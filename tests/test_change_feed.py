"""Change data capture: random feeds against a plain replay of them, in any order of their rows, and on Spark."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from boathouse.errors import StepError
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Example, Step
from boathouse.steps.scd_type_1 import ScdType1
from boathouse.steps.scd_type_2 import ScdType2
from examples import Frame, as_pyspark, as_sql, assert_makes, difference, on_duckdb

FEED: dict[str, Any] = {"key": ["id"], "sequence_by": ["at"], "delete_when": "op = 'D'", "except_columns": ["op"]}
NEWEST, SOFT, HISTORY = ScdType1(**FEED), ScdType1(**FEED, soft_delete=True), ScdType2(**FEED)
TRACKED = ScdType2(**FEED, track_history_on=["plan"])
STEPS = [NEWEST, SOFT, HISTORY, TRACKED]
COLUMNS = ("id", "at", "op", "plan", "fee")

values = st.tuples(
    st.sampled_from([1, 2, None]),
    st.one_of(st.none(), st.integers(1, 5)),
    st.sampled_from(["U", "U", "U", "D", None]),
    st.sampled_from(["a", "b", None]),
    st.sampled_from([0.0, -0.0, 1.0, float("nan"), None]),
)
Row = tuple[Any, ...]


# ---- what it means, in plain Python --------------------------------------------------------------------------------------


def replayed(rows: list[Row], step: Step) -> list[dict[str, Any]]:
    """Apply the changes of each key one after the other."""
    made = []
    for key in {row[0] for row in rows}:
        changes = in_order([row for row in rows if row[0] == key])
        made += history(changes, step) if isinstance(step, ScdType2) else newest(changes, soft=step == SOFT)
    return made


def in_order(rows: list[Row]) -> list[dict[str, Any]]:
    """Keep one row of each sequence, oldest first: any row before a delete, then the lowest, nulls last."""
    chosen = {}
    for row in sorted(rows, key=lambda row: (row[2] == "D", *map(lowest, row[2:])), reverse=True):
        chosen[row[1]] = dict(zip(COLUMNS, row, strict=True))
    return [chosen[at] for at in sorted(chosen, key=lambda at: (at is not None, at))]


def lowest(value: Any) -> tuple[Any, ...]:
    is_nan = isinstance(value, float) and math.isnan(value)
    return (value is None, is_nan, "" if value is None or is_nan else value)


def newest(changes: list[dict[str, Any]], *, soft: bool) -> list[dict[str, Any]]:
    gone = changes[-1]["op"] == "D"
    if not soft:
        return [] if gone else [without_op(changes[-1])]
    last = next((row for row in reversed(changes) if row["op"] != "D"), changes[-1])
    return [without_op(last | {"at": changes[-1]["at"]}) | {"is_deleted": gone}]


def history(changes: list[dict[str, Any]], step: ScdType2) -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = []
    state: Any = None
    for row in changes:
        now = (
            "deleted" if row["op"] == "D" else [lowest(row[name]) for name in step.track_history_on or ("plan", "fee")]
        )
        if now != state:
            if versions and versions[-1]["is_current"]:
                versions[-1] |= {"valid_to": row["at"], "is_current": False}
            if now != "deleted":
                versions.append(row | {"valid_from": row["at"], "valid_to": None, "is_current": True})
        elif now != "deleted":
            versions[-1] |= row
        state = now
    return [without_op(version) for version in versions]


def without_op(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "op"}


def feed(rows: list[Row]) -> Frame:
    kinds = {"id": "int", "at": "bigint", "op": "string", "plan": "string", "fee": "double"}
    return {f"{name} {kind}": [row[at] for row in rows] for at, (name, kind) in enumerate(kinds.items())}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title())
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(values, max_size=12), chance=st.randoms(use_true_random=False))
def test_any_feed_in_any_order_is_what_its_replay_is(step: Step, rows: list[Row], chance: random.Random) -> None:
    shuffled = chance.sample(rows, len(rows))

    made = on_duckdb(Example("", step, feed(shuffled), {})).to_pylist()

    assert difference(replayed(rows, step), made) == ([], [])


@pytest.mark.spark
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title())
def test_three_hundred_feeds_are_the_same_on_spark(step: Step, spark: Any) -> None:
    chance = random.Random(7)
    rows = [
        (key, chance.choice([None, *range(1, 6)]), chance.choice("UUUD"), chance.choice(["a", "b", None]), chance.choice([0.0, -0.0, 1.0, float("nan"), None]))
        for key in range(300) for _ in range(chance.randint(1, 9))
    ]  # fmt: skip
    example = Example("", step, feed(rows), {})

    here = on_duckdb(example).to_pylist()

    assert len(here) > 150
    assert difference(replayed(rows, step), here) == ([], [])
    for there in (as_pyspark(example, spark), as_sql(example, spark)):
        assert difference(here, there.to_pylist()) == ([], [])


# ---- what ingestion says about a row is no change -------------------------------------------------------------------------

DAYS = [datetime(2024, 5, day, tzinfo=UTC) for day in (1, 2)]
DELIVERED_TWICE = [
    Example(
        "what a row says decides before the file that it came in",
        ScdType1(key=["id"], sequence_by=["at"]),
        given={"_source_file": ["a.csv", "b.csv"], "id": [1, 1], "at": [3, 3], "plan": ["pro", "basic"]},
        then={"_source_file": ["b.csv"], "id": [1], "at": [3], "plan": ["basic"]},
    ),
    Example(
        "a row that is delivered again makes no version; the one there is shows where it came from last",
        ScdType2(key=["id"], sequence_by=["at"]),
        given={"id": [1, 1], "at": [1, 2], "plan": ["a", "a"], "_source_file": ["1.csv", "2.csv"], "_ingested_at": DAYS},
        then={
            "id": [1], "at": [2], "plan": ["a"], "_source_file": ["2.csv"], "_ingested_at": [DAYS[1]],
            "valid_from": [1], "valid_to bigint": [None], "is_current": [True],
        },
    ),
]  # fmt: skip
twice = pytest.mark.parametrize("example", DELIVERED_TWICE, ids=lambda example: example.why)


@twice
def test_a_row_that_is_delivered_twice(example: Example) -> None:
    assert_makes(on_duckdb(example), example)


@pytest.mark.spark
@twice
def test_a_row_that_is_delivered_twice_on_spark(example: Example, spark: Any) -> None:
    assert_makes(as_pyspark(example, spark), example)
    assert_makes(as_sql(example, spark), example)


# ---- mistakes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (ScdType1(key=["tags"], sequence_by=["at"]), r"`tags` is array<string>, which is no key and no order"),
        (ScdType1(key=["id"], sequence_by=["at"], except_columns=["id"]), "`id` is the key, and cannot stand among"),
        (
            ScdType1(key=["id"], sequence_by=["at"], delete_when="op"),
            "`delete_when` is string, and a condition is wanted",
        ),
        (ScdType1(key=["id"], sequence_by=["at"], delete_when="count(*) > 1"), "counts over many rows"),
        (ScdType1(key=["id"], sequence_by=["at"], soft_delete=True), "`is_deleted` is there already"),
        (ScdType2(key=["id"], sequence_by=["at"]), "`names` is a map, and Spark cannot compare maps"),
        (ScdType2(key=["id"], sequence_by=["at"], track_history_on=["op"]), "`Valid_To` is there already"),
    ],
)
def test_what_does_not_fit_is_refused(step: Step, sentence: str) -> None:
    types = {"id": "int", "at": "int", "op": "string", "tags": "array<string>", "names": "map<string,int>"}
    schema = Schema.from_types(types | {"is_deleted": "boolean", "Valid_To": "int"})

    with pytest.raises(StepError, match=sentence):
        step.after(Relation("df", schema))


def test_a_key_and_a_sequence_are_needed() -> None:
    with pytest.raises(ValidationError, match="sequence_by"):
        ScdType1(key=["id"], sequence_by=[])

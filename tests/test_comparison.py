"""Two Delta tables held against each other: what is equal, what is not, and how that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boathouse.comparison import Comparison, compare
from boathouse.engines import delta

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")


def compared(folder: Path, left: dict[str, Any], right: dict[str, Any], **options: Any) -> Comparison:
    for name, columns in (("left", left), ("right", right)):
        delta.overwrite(folder / name, pa.table(columns))
    return compare(folder / "left", folder / "right", **options)


def test_the_order_of_rows_is_no_difference(tmp_path: Path) -> None:
    found = compared(tmp_path, {"id": [1, 2, 2], "x": [0.1, None, NAN]}, {"id": [2, 1, 2], "x": [NAN, 0.1, None]})

    assert found == Comparison("PROVEN", left_rows=3, right_rows=3)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"x": [1.0, 1.0]}, {"x": [1.0]}),  # a row less of two that are equal
        ({"x": [1.0, 1.0, 2.0]}, {"x": [1.0, 2.0, 2.0]}),
        ({"x": [None, 1.0]}, {"x": [NAN, 1.0]}),  # NULL is not NaN
        ({"x": ["a"]}, {"x": ["a "]}),
        ({"x": [""]}, {"x": pa.array([None], pa.string())}),
        ({"x": [1.0]}, {"x": [float("inf")]}),  # within any relative tolerance of infinity, and yet not equal
        ({"x": [1.0]}, {"x": [1.00000000001]}),
        ({"x": [["a", None]]}, {"x": [["a"]]}),
    ],
)
def test_rows_that_differ(tmp_path: Path, left: dict[str, Any], right: dict[str, Any]) -> None:
    assert compared(tmp_path, left, right).verdict == "DIFFERENT"


@pytest.mark.parametrize(
    ("right", "why"),
    [
        ({"id": pa.array([1], pa.int32()), "x": [1.0]}, "`id` is bigint here and int there"),
        ({"id": [1]}, "the column `x` is missing on the other side"),
        ({"id": [1], "x": [1.0], "y": [1]}, "the column `y` is there only on the other side"),
        ({"x": [1.0], "id": [1]}, "the columns stand in another order: x, id"),
    ],
)
def test_columns_that_differ(tmp_path: Path, right: dict[str, Any], why: str) -> None:
    found = compared(tmp_path, {"id": [1], "x": [1.0]}, right)

    assert (found.verdict, found.why) == ("DIFFERENT", why)


def test_a_timestamp_without_a_zone_is_another_type(tmp_path: Path) -> None:
    instant, naive = pa.array([0], pa.timestamp("us", tz="UTC")), pa.array([0], pa.timestamp("us"))

    assert compared(tmp_path, {"at": instant}, {"at": naive}).why == "`at` is timestamp here and timestamp_ntz there"


def test_the_noise_of_sums_is_no_difference(tmp_path: Path) -> None:
    found = compared(tmp_path, {"id": ["a", "b"], "x": [0.3, 1e300]}, {"id": ["a", "b"], "x": [0.1 + 0.2, 1e300]})

    assert (found.verdict, found.aligned_by) == ("PROVEN", ("id",))
    assert found.why == "doubles differ by less than 1e-12 relative"


def test_what_is_left_of_a_difference_is_no_difference(tmp_path: Path) -> None:
    """0.2 less the mean of 0.1, 0.2, 0.3 is 0 or 2.8e-17, by the order in which they are added."""
    assert compared(tmp_path, {"x": [-1.0, 0.0, 1.0]}, {"x": [-1.0, 2.8e-17, 1.0]}).verdict == "PROVEN"
    assert compared(tmp_path, {"x": [-1.0, 0.0, 1.0]}, {"x": [-1.0, 2.8e-14, 1.0]}).verdict == "DIFFERENT"


def test_noise_in_one_double_does_not_pair_the_wrong_rows(tmp_path: Path) -> None:
    left = {"x": [0.3, 0.1 + 0.2], "y": [1.0, 2.0]}
    right = {"x": [0.1 + 0.2, 0.3], "y": [1.0, 2.0]}

    assert compared(tmp_path, left, right).verdict == "PROVEN"


def test_a_tolerance_is_told_only_where_it_was_needed(tmp_path: Path) -> None:
    left, right = {"id": [1], "x": [100.0], "y": [1.0]}, {"id": [1], "x": [100.001], "y": [1.0]}
    found = compared(tmp_path, left, right, tolerance={"x": 1e-4, "y": 1e-4})

    assert (found.verdict, found.why) == ("EQUAL WITHIN TOLERANCE", "as declared: x to 0.0001")
    assert compared(tmp_path, left, right, tolerance={"x": 1e-9}).verdict == "DIFFERENT"


def test_differences_are_told_by_key(tmp_path: Path) -> None:
    left = {"id": [1, 2, 3, 4], "plan": ["a", "b", "c", "d"], "fee": [1.0, 2.0, 3.0, 4.0]}
    right = {"id": [2, 3, 4, 5], "plan": ["b", "C", "d", "e"], "fee": [2.0, 3.0, 8.0, 5.0]}
    found = compared(tmp_path, left, right, key=("id",))

    assert (found.missing, found.missing_samples) == (1, ("id=1",))
    assert (found.extra, found.extra_samples) == (1, ("id=5",))
    assert found.changed == 2
    plan, fee = found.columns
    assert (plan.column, plan.rows, plan.samples, plan.largest) == ("plan", 1, (("id=3", "'c'", "'C'"),), None)
    assert (fee.column, fee.rows, fee.samples, fee.largest) == ("fee", 1, (("id=4", "4.0", "8.0"),), 0.5)


def test_without_a_key_rows_are_told_apart_by_what_is_no_double(tmp_path: Path) -> None:
    found = compared(tmp_path, {"plan": ["a", "b"], "fee": [1.0, 2.0]}, {"plan": ["a", "b"], "fee": [1.0, 2.5]})

    assert (found.missing, found.extra, found.changed) == (0, 0, 1)
    assert found.columns[0].samples == (("plan=b", "2.0", "2.5"),)


def test_tables_without_rows_and_with_hostile_names(tmp_path: Path) -> None:
    empty = {'quo"te': pa.array([], pa.string()), "it's": pa.array([], pa.float64())}

    assert compared(tmp_path, empty, empty).verdict == "PROVEN"
    found = compared(tmp_path, {'quo"te': ["a"], "it's": [1.0]}, {'quo"te': ["a"], "it's": [2.0]}, key=('quo"te',))
    assert found.columns[0].samples == (('quo"te=a', "1.0", "2.0"),)


VALUE = st.one_of(st.none(), st.integers(0, 3))
ROWS = st.lists(st.tuples(VALUE, st.one_of(st.none(), st.sampled_from([0.0, 0.5, NAN]))), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(left=ROWS, right=ROWS)
def test_only_equal_multisets_are_proven(tmp_path: Path, left: list[Any], right: list[Any]) -> None:
    def columns(rows: list[Any]) -> dict[str, Any]:
        return {
            "id": pa.array([row[0] for row in rows], pa.int64()),
            "x": pa.array([row[1] for row in rows], pa.float64(), from_pandas=False),
        }

    found = compared(tmp_path, columns(left), columns(right))

    assert found.equal == (sorted(map(repr, left)) == sorted(map(repr, right)))
    if not found.equal:
        assert found.missing or found.extra or found.changed

"""Split: the same rows every time, in the shares that were asked for, and no entity in two parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boathouse.errors import UserError
from boathouse.split import split

SHARES = (0.7, 0.15, 0.15)
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(members: list[int], days: list[int] | None = None) -> pa.Table:
    table = {"claim": list(range(len(members))), "member": members}
    return pa.table(table if days is None else {**table, "at": [START + timedelta(days=day) for day in days]})


def members(part: pa.Table) -> set[int]:
    return set(part["member"].to_pylist())


def test_the_shares_are_those_that_were_asked_for() -> None:
    parts = split(rows(list(range(20_000))), ["member"], SHARES)
    assert [round(part.num_rows / 20_000, 2) for part in parts] == list(SHARES)


def test_a_row_that_comes_or_goes_moves_no_other() -> None:
    before = split(rows(list(range(1_000))), ["member"], SHARES)
    after = split(rows(list(range(500, 1_500))), ["member"], SHARES)
    assert all(
        members(a) & set(range(500, 1_000)) == members(b) & set(range(500, 1_000))
        for a, b in zip(before, after, strict=True)
    )


@given(st.lists(st.integers(0, 20), max_size=60))
def test_every_row_is_in_one_part_and_every_entity_too(of: list[int]) -> None:
    parts = list(split(rows(of), ["member"], SHARES))
    assert sorted(claim for part in parts for claim in part["claim"].to_pylist()) == list(range(len(of)))
    assert sum(len(members(part)) for part in parts) == len(set(of))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30)), min_size=1, max_size=60))
def test_by_time_train_has_nothing_newer_than_the_end_of_any_later_entity(of: list[tuple[int, int]]) -> None:
    table = rows([member for member, _ in of], [day for _, day in of])
    train, validation, test = split(table, ["member"], SHARES, "at")
    assert len(members(train)) + len(members(validation)) + len(members(test)) == len({member for member, _ in of})
    newest = max(train["at"].to_pylist(), default=START)
    later = pa.concat_tables([validation, test])
    last = [max(day for who, day in of if who == member) for member in members(later)]
    assert all(START + timedelta(days=day) > newest for day in last)


def test_by_time_the_newest_rows_are_the_tests() -> None:
    parts = split(rows(list(range(100)), list(range(100))), ["member"], SHARES, "at")
    assert [part.num_rows for part in parts] == [70, 15, 15]
    assert parts.test["claim"].to_pylist() == list(range(85, 100))


def test_a_row_without_a_time_is_refused() -> None:
    table = pa.table({"member": [1, 2], "at": [START, None]})
    with pytest.raises(UserError, match="1 rows have no `at`"):
        split(table, ["member"], SHARES, "at")

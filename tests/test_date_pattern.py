"""Date patterns: what is read, and what is refused because the engines would read it differently."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boathouse.date_pattern import DatePattern


@pytest.mark.parametrize(
    ("text", "strptime"),
    [
        ("dd/MM/yyyy", "%d/%m/%Y"), ("yyyy-MM-dd'T'HH:mm:ss", "%Y-%m-%dT%H:%M:%S"), ("MMM d, yy", "%b %d, %y"),
        ("yy%MM%dd h:mm a", "%y%%%m%%%d %I:%M %p"), ("yyyy 'o''clock' MM", "%Y o'clock %m"),
    ],
)  # fmt: skip
def test_a_pattern_is_written_for_duckdb(text: str, strptime: str) -> None:
    assert DatePattern.parse(text).strptime == strptime


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yyyy-MM-DD", "`DD` is none of"), ("yyyy-MM-ddTHH:mm", "letters that stand for themselves are quoted"), ("yyyy-MM-dd hh:mm", "h (1 to 12) and a"),
        ("yyyy-MM-dd HH:mm a", "h (1 to 12) and a"), ("dd", "needs a year and a month"), ("yyyy-MM-MM", "the same part twice"),
        ("yyyyMd", "nothing divides"), ("yyyy-MM-dd'", "cannot be read from"), ("yyyy-MM-[dd]", "cannot be read from"), ("", "needs a year"),
    ],
)  # fmt: skip
def test_a_pattern_that_could_be_read_two_ways_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        DatePattern.parse(text)


@given(
    st.datetimes(min_value=datetime(1000, 1, 1)),  # noqa: DTZ001 - as text has it, without a zone
    st.sampled_from(["yyyy-MM-dd", "MM/dd/yy", "dd-MMM-yyyy", "MMMM dd yyyy hh:mm a", "yyyyMMddHHmmss"]),
)
def test_what_a_pattern_writes_it_matches(at: datetime, text: str) -> None:
    pattern = DatePattern.parse(text)
    assert re.search(pattern.regex.replace(r"\z", r"\Z"), at.strftime(pattern.strptime))

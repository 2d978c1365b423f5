"""Times of a zone: on both engines the same instant, also where its clocks are put back or on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from boathouse.step import Example
from boathouse.steps.cast import Cast
from boathouse.time_zone import TimeZone
from examples import as_pyspark, difference, on_duckdb

# An hour, half an hour, two hours, in winter (Dublin's summer time is the standard one), a whole day left out.
ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Europe/Dublin", "Pacific/Apia",
    "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu",
]  # fmt: skip
SHIFTS = [timedelta(minutes=minutes) for minutes in range(-180, 181, 15)]


def clocks(zone: str) -> list[str]:
    """Name the times around each change of the clocks from 2005 to 2021."""
    days = [datetime(2005, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(16 * 365)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    changed = [day for day, here, there in zip(days, offsets, offsets[1:], strict=False) if here != there]
    hours = {day + timedelta(hours=hour) for day in changed for hour in range(0, 48, 3)}
    return sorted({f"{(hour + shift).replace(tzinfo=None)}" for hour in hours for shift in SHIFTS}) or ["2024-01-01"]


def meant(text: str, zone: str) -> datetime:
    """Python's fold=0 is the first of two times, and one that is left out is that much later: as it is on Spark."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_a_clock_of_a_zone_is_an_instant(zone: str) -> None:
    texts = clocks(zone)

    made = on_duckdb(Example("", Cast(columns={"x": "timestamp"}, time_zone=zone), {"x": texts}, {}))

    assert made["x"].to_pylist() == [meant(text, zone) for text in texts]


@pytest.mark.spark
@pytest.mark.parametrize("zone", ZONES)
def test_a_clock_of_a_zone_is_the_same_instant_on_spark(zone: str, spark: Any) -> None:
    example = Example("", Cast(columns={"x": "timestamp"}, time_zone=zone), {"x": clocks(zone)}, {})

    assert difference(on_duckdb(example)["x"].to_pylist(), as_pyspark(example, spark)["x"].to_pylist()) == ([], [])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Europe/Berlln", "did you mean `Europe/Berlin`?"),
        ("EST", "there is no time zone `EST`"),
        ("+02:00", "there is no time zone"),
    ],
)
def test_a_zone_has_a_name(name: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(TimeZone).validate_python(name)
    assert sentence in str(error.value)

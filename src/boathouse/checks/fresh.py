"""The newest row is not older than a span, counted from the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator

from boathouse.check import Check, CheckExample
from boathouse.errors import StepError
from boathouse.promise import Promise
from boathouse.relation import Relation

SPAN = re.compile(r"(\d+)\s*(minute|hour|day)s?")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
# The standard prefers the word latency to freshness. Its units are words or letters; `m` may be months and is not guessed.
LATENCY = ("latency", "ly", "freshness")
UNITS = {
    **dict.fromkeys(("d", "day", "days"), "day"), **dict.fromkeys(("h", "hr", "hour", "hours"), "hour"),
    **dict.fromkeys(("min", "minute", "minutes"), "minute"),
}  # fmt: skip


def _minutes(span: str) -> int:
    found = SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f"`{span}` is no span: write such as 90 minutes, 24 hours, 3 days")
    return int(found[1]) * MINUTES[found[2]]


class Fresh(Check):
    """The newest row is not older than a span, counted from the run: fresh(_ingested_at, '3 days'); no row is not fresh."""

    by_row: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    asks_time: ClassVar[bool] = True

    check: Literal["fresh"] = "fresh"
    column: str = Field(min_length=1, description="a date or timestamp")
    within: str = Field(description="such as 90 minutes, 24 hours, 3 days")

    @field_validator("within")
    @classmethod
    def _is_span(cls, text: str) -> str:
        _minutes(text)
        return text

    def broken(self, table: Relation) -> str:
        """Give the newest time."""
        kind = table.schema[self.column].type
        if kind not in ("date", "timestamp"):
            raise StepError(f"`{self.column}` is {kind}, and a date or timestamp is wanted", hint="cast it first")
        return f"max(CAST({table.column(self.column)} AS {table.type('timestamp')}))"

    def right(self, found: str, table: Relation) -> str:
        minutes = _minutes(self.within)
        now = table.either(duckdb="now()", databricks="current_timestamp()")
        return f"coalesce({found} >= {now} - INTERVAL '{minutes}' MINUTE, FALSE)"

    def promise(self, table: Relation) -> Promise | None:
        del table
        number, unit = SPAN.fullmatch(self.within.strip()).groups()  # type: ignore[union-attr]
        return Promise("service", {"property": "latency", "value": int(number), "unit": unit}, self.column)

    @classmethod
    def promised(cls, promise: Promise) -> Self | None:
        if promise.kind != "service" or str(promise.says.get("property", "")).lower() not in LATENCY:
            return None
        number, unit = promise.says.get("value"), UNITS.get(str(promise.says.get("unit", "")).lower())
        if not promise.column or unit is None or isinstance(number, bool) or not isinstance(number, int):
            return None
        return cls(column=promise.column, within=f"{number} {unit}{'' if number == 1 else 's'}") if number > 0 else None

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("long ago", "fresh(at, '3 days')", {"at": [datetime(2024, 1, 1, tzinfo=UTC)]}, holds=False)
        yield CheckExample("far ahead", "fresh(at, '3 days')", {"at": [datetime(2999, 1, 1, tzinfo=UTC)]}, holds=True)
        yield CheckExample("nothing is not fresh", "fresh(at, '3 days')", {"at timestamp": []}, holds=False)
        yield CheckExample(
            "a day counts from its midnight", "fresh(day, '90 minutes')", {"day date": ["2999-01-01"]}, holds=True
        )

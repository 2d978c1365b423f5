"""The newest row is not older than a span, counted from the run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from boathouse.check import Check, CheckExample
from boathouse.errors import StepError
from boathouse.relation import Relation

SPAN = re.compile(r"(\d+)\s*(minute|hour|day)s?")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


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

    def holds(self, table: Relation) -> str:
        minutes = _minutes(self.within)
        now = table.either(duckdb="now()", databricks="current_timestamp()")
        return f"coalesce({self.broken(table)} >= {now} - INTERVAL '{minutes}' MINUTE, FALSE)"

    @classmethod
    def examples(cls) -> Iterator[CheckExample]:
        yield CheckExample("long ago", "fresh(at, '3 days')", {"at": [datetime(2024, 1, 1, tzinfo=UTC)]}, holds=False)
        yield CheckExample("far ahead", "fresh(at, '3 days')", {"at": [datetime(2999, 1, 1, tzinfo=UTC)]}, holds=True)
        yield CheckExample("nothing is not fresh", "fresh(at, '3 days')", {"at timestamp": []}, holds=False)
        yield CheckExample(
            "a day counts from its midnight", "fresh(day, '90 minutes')", {"day date": ["2999-01-01"]}, holds=True
        )

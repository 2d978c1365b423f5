"""Make one row of each entity from its events before a moment: counts, sums and the like over the last days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from boathouse.aggregates import (
    SUMMARY,
    AggregateFunction,
    aggregate_pyspark,
    aggregate_sql,
    aggregate_type,
    aggregated,
    group_key,
)
from boathouse.errors import StepError
from boathouse.quoting import python_column, python_text, spark_reference
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.step import ColumnName, Example, Step, call

WINDOW = re.compile(r"([1-9][0-9]{0,4})([dh])")
EVER = ("all", "all_time")


def _window(text: str) -> str:
    if text not in EVER and not WINDOW.fullmatch(text):
        raise ValueError(f"`{text}` is no window; write 30d, 24h or all")
    return text


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


LookBack = Annotated[str, AfterValidator(_window)]
Moment = Annotated[
    str,
    BeforeValidator(
        lambda value: value.isoformat() if isinstance(value, date) else value
    ),  # YAML reads dates by itself
    AfterValidator(_moment),
]


class WindowAggregate(Step):
    """Make one row of each entity from its events before a moment: counts, sums and the like over the last days.

    Only events before the moment count, so that nothing a model learns from was known only later. A window of 30d holds
    what happened at most 30 days before it: `before - 30 days <= time < before`. An entity without any event before the
    moment has no row; one without events in a window has a count of 0 there, and null for anything else.
    """

    step: Literal["window_aggregate"] = "window_aggregate"
    entity: ColumnName = Field(description="the column that says whose event it is")
    time: ColumnName = Field(description="the column that says when it was, a date or a timestamp")
    before: Moment = Field(
        description="the moment before which events count: a date, or a timestamp (UTC unless it says otherwise)"
    )
    windows: tuple[LookBack, ...] = Field(
        default=("all",), description="how far to look back: 30d, 24h, all or all_time", min_length=1
    )
    columns: dict[ColumnName, tuple[AggregateFunction, ...]] = Field(
        default={}, description=f"what to make of which column in each window, named amount_sum_30d: {SUMMARY}"
    )
    count_events: bool = Field(default=False, description="event_count_30d: the number of events, in each window")
    recency: bool = Field(default=False, description="days_since_last_event: in whole days of the calendar (UTC)")
    tenure: bool = Field(default=False, description="days_since_first_event: in whole days of the calendar (UTC)")

    @model_validator(mode="after")
    def _makes_something(self) -> Self:
        if not (any(self.columns.values()) or self.count_events or self.recency or self.tenure):
            raise ValueError("there is nothing to make: give `columns`, `count_events`, `recency` or `tenure`")
        return self

    def title(self) -> str:
        return f"Aggregation: events of each {self.entity} before {self.before} ({', '.join(self.windows)})"

    def sql(self, table: Relation) -> str:
        key, time = table.column(self.entity), table.column(self.time)
        before = self._before(table)
        made = [key]
        for name, function, window in self._made():
            x = table.column(name) if name else "1"
            start = self._start(window, before)
            within = x if start is None else f"CASE WHEN {time} >= {table.literal(start)} THEN {x} END"
            type_ = table.schema[name].type if name else "int"
            made.append(
                f"{aggregate_sql(table, function, within, type_)} AS {table.name_of(_named(name, function, window))}"
            )
        made += [
            f"{table.days_between(f'{f}({time})', table.literal(before))} AS {table.name_of(as_)}"
            for f, as_ in self._days()
        ]
        return f"SELECT {', '.join(made)} FROM {table.name} WHERE {time} < {table.literal(before)} GROUP BY {key}"

    def pyspark(self, table: Relation) -> str:
        time, before = python_column(self.time), self._before(table)
        made = []
        for name, function, window in self._made():
            x = python_text(spark_reference(name) if name else "*")
            start = self._start(window, before)
            if start is not None:
                x = f"F.when({time} >= {_text(start)}, {python_column(name) if name else 1})"
            type_ = table.schema[name].type if name else "int"
            made.append(f"{aggregate_pyspark(function, x, type_)}.alias({python_text(_named(name, function, window))})")
        reference, today = python_text(spark_reference(self.time)), python_text(f"{before:%Y-%m-%d}")
        made += [f'F.datediff(F.lit({today}), F.{f}({reference})).alias("{as_}")' for f, as_ in self._days()]
        events = f"df.where({time} < {_text(before)})"
        return call(f"df = {events}.groupBy({python_text(spark_reference(self.entity))}).agg", made)

    def after(self, table: Relation) -> Schema:
        before = self._before(table)
        columns = [group_key(table.schema[self.entity])]
        for name, function, window in self._made():
            self._start(window, before)
            type_ = aggregate_type(function, table.schema[name]) if name else "bigint"
            columns.append(Column(_named(name, function, window), type_))
        return aggregated([*columns, *(Column(name, "int") for _, name in self._days())])

    def _made(self) -> Iterator[tuple[str, AggregateFunction, str]]:
        """Say what is made: column (or none, for the events themselves), function, window."""
        for window in self.windows:
            if self.count_events:
                yield "", "count", window
            for name, functions in self.columns.items():
                for function in functions:
                    yield name, function, window

    def _days(self) -> list[tuple[Literal["max", "min"], str]]:
        last: list[tuple[Literal["max", "min"], str]] = [("max", "days_since_last_event")] if self.recency else []
        return [*last, ("min", "days_since_first_event")] if self.tenure else last

    def _before(self, table: Relation) -> date:
        """Read the moment as the type of the time column: a date, or an instant in UTC."""
        type_, moment = table.schema[self.time].type, datetime.fromisoformat(self.before)
        if type_ == "timestamp":
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if type_ != "date":
            raise StepError(f"`{self.time}` is {type_}, and events have a date or a timestamp", hint="cast it first")
        if moment != datetime.combine(moment.date(), datetime.min.time()):
            raise StepError(f"`{self.time}` is a date, so `before` has to be one", hint=f"write {moment.date()}")
        return moment.date()

    def _start(self, window: str, before: date) -> date | None:
        """Say when a window starts; a window of all time does not."""
        if window in EVER:
            return None
        number, unit = WINDOW.fullmatch(window).groups()  # type: ignore[union-attr]
        if unit == "h" and not isinstance(before, datetime):
            raise StepError(
                f"`{self.time}` is a date, and a window of {window} wants a timestamp", hint="write it in days: 1d"
            )
        try:
            return before - (timedelta(days=int(number)) if unit == "d" else timedelta(hours=int(number)))
        except OverflowError as error:
            raise StepError(f"{window} before {self.before} is before all time", hint="write all") from error

    @classmethod
    def examples(cls) -> Iterator[Example]:
        yield from _examples_of_time(cls)
        yield from _examples_of_aggregates(cls)


def _named(column: str, function: str, window: str) -> str:
    return f"{column}_{function}_{window}" if column else f"event_count_{window}"


def _text(moment: date) -> str:
    """Write a moment as Spark compares it with a column: a date, or an instant that names its time zone."""
    return python_text(moment.isoformat(sep=" ") if isinstance(moment, datetime) else moment.isoformat())


def _examples_of_time(step: type[WindowAggregate]) -> Iterator[Example]:
    days = [
        date(2024, 6, 1),
        date(2024, 5, 31),
        date(2024, 5, 2),
        date(2024, 5, 1),
        date(2023, 1, 1),
        date(2024, 6, 1),
        None,
    ]
    users = ["a", "a", "a", "a", "b", "c", "a"]
    yield Example(
        "the moment itself is too late, a window's first day is in it; entities with nothing before the moment have no row",
        step(
            entity="user", time="day", before="2024-06-01", windows=("30d", "all"), columns={"amount": ("sum", "count")},
            count_events=True, recency=True, tenure=True,
        ),
        given={"user": users, "day": days, "amount int": [1000, 1, None, 4, 8, 1000, 1000]},
        then={
            "user": ["a", "b"], "event_count_30d": [2, 0], "amount_sum_30d bigint": [1, None], "amount_count_30d": [1, 0],
            "event_count_all": [3, 1], "amount_sum_all": [5, 8], "amount_count_all": [2, 1],
            "days_since_last_event int": [1, 517], "days_since_first_event int": [31, 517],
        },
    )  # fmt: skip
    noon = datetime(2024, 5, 31, 12, tzinfo=UTC)
    yield Example(
        "an instant has hours and a time zone: 14:00 in Berlin is noon",
        step(entity="user", time="at", before="2024-05-31T14:00:00+02:00", windows=("24h",), count_events=True, recency=True),
        given={
            "user": [1, 1, 1, 1],
            "at": [noon, noon - timedelta(microseconds=1), noon - timedelta(hours=24), noon - timedelta(hours=24, microseconds=1)],
        },
        then={"user": [1], "event_count_24h": [2], "days_since_last_event int": [0]},
    )  # fmt: skip
    yield Example(
        "days are days of the calendar: from 23:59 to midnight is one",
        step(entity="user", time="at", before="2024-06-01", recency=True, tenure=True),
        given={"user": [1, 1], "at": [datetime(2024, 5, 31, 23, 59, tzinfo=UTC), datetime(2024, 5, 30, 0, 0, tzinfo=UTC)]},
        then={"user": [1], "days_since_last_event int": [1], "days_since_first_event int": [2]},
    )  # fmt: skip


def _examples_of_aggregates(step: type[WindowAggregate]) -> Iterator[Example]:
    yield Example(
        "every aggregate sees only its window, and medians lie between values",
        step(entity="id", time="day", before="2024-06-01", windows=("2d",), columns={
            "x": ("mean", "min", "max", "std", "median", "count_distinct"), "y": ("sum", "mean"),
        }),
        given={
            "id": [1, 1, 1], "day": [date(2024, 5, 30), date(2024, 5, 31), date(2024, 5, 29)], "x": [1.0, 4.0, 100.0],
            "y decimal(4,1)": [Decimal("0.5"), Decimal("0.7"), Decimal("9.9")],
        },
        then={
            "id": [1], "x_mean_2d": [2.5], "x_min_2d": [1.0], "x_max_2d": [4.0], "x_std_2d": [2.1213203435596424], "x_median_2d": [2.5],
            "x_count_distinct_2d": [2], "y_sum_2d decimal(14,1)": [Decimal("1.2")], "y_mean_2d": [0.6],
        },
    )  # fmt: skip
    yield Example(
        "no events at all, and names that have to be quoted",
        step(entity="a.b", time="t`t", before="2024-06-01", windows=("7d", "all_time"), columns={'q"': ("sum",)}, tenure=True),
        given={"a.b string": [], "t`t timestamp": [], 'q" double': []},
        then={
            "a.b string": [], 'q"_sum_7d double': [], 'q"_sum_all_time double': [], "days_since_first_event int": [],
        },
    )  # fmt: skip

"""Time window: events aggregated over the time before a reference date, and nothing of after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack, get_args

from boathouse.aggregates import AggregateFunction, aggregate_sql, aggregate_type
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.features.feature_view import TIMESTAMP, instant
from boathouse.ml.features.frame_columns import as_given
from boathouse.quoting import sql_literal, sql_name
from boathouse.relation import Relation
from boathouse.schema import Column, Schema

ALL_TIME = "all_time"
WINDOW = re.compile(r"([1-9][0-9]{0,5})(s|min|h|d|w|mo|q|y)")
INTERVALS = {
    "s": "to_seconds({})", "min": "to_minutes({})", "h": "to_hours({})", "d": "to_days({})", "w": "to_days(7 * {})",
    "mo": "to_months({})", "q": "to_months(3 * {})", "y": "to_years({})",
}  # fmt: skip
FUNCTIONS = (*get_args(AggregateFunction), "first", "last")
PLACE = "boathouse_events"


class Included(TypedDict, total=False):
    """What is told of an entity beside its windows."""

    include_event_count: bool
    include_recency: bool
    include_tenure: bool


@dataclass(frozen=True)
class TimeWindowAggregator:
    """Aggregate the events of each entity over windows such as 24h, 7d, 4w or all_time, each ending at a reference date.

    A window has the events after its beginning and until the reference date, that instant included: what happened
    later is not there, nor is an entity that had no event yet. Sums and counts of nothing are 0, all else is null.
    """

    entity_column: str
    time_column: str

    def aggregate(
        self,
        df: Any,
        windows: Sequence[str],
        value_columns: Sequence[str] = (),
        agg_funcs: Sequence[str] = ("sum", "mean", "max", "count"),
        reference_date: Any = None,
        **include: Unpack[Included],
    ) -> Any:
        """Give a row an entity and reference date (several may be given; by default that of the newest event).

        Events are counted unless include_event_count is false; include_recency and include_tenure add the days
        since the last and since the first event.
        """
        for name in {*include} - {*Included.__annotations__}:
            raise UnknownName("option", name, Included.__annotations__)
        engine = DuckDB()
        schema = register_events(engine, df, self.entity_column, self.time_column)
        features = {}
        for window in windows:
            if include.get("include_event_count", True):
                features[f"event_count_{window}"] = f"count(*) FILTER (WHERE {within(window)})"
            for column in value_columns:
                for function in agg_funcs:
                    features[f"{column}_{function}_{window}"] = aggregated(schema[column], function, window)
        if include.get("include_recency"):
            features["days_since_last_event"] = _days("max")
        if include.get("include_tenure"):
            features["days_since_first_event"] = _days("min")
        if not features:
            raise UserError("nothing is asked for", hint='give windows, such as ["7d", "all_time"]')
        return as_given(df, answer(engine, features, self.entity_column, reference_date))


def register_events(engine: DuckDB, df: Any, entity: str, time: str) -> Schema:
    """Make a frame of events known to the engine, with its time as an instant."""
    table = arrow_table(df)
    for name in (entity, time):
        if name not in table.column_names:
            raise UnknownName("column", name, table.column_names, where="the events")
    engine.register(PLACE, "given", table)
    schema = engine.describe(f"SELECT * FROM {PLACE}.given")
    if schema[time].type not in ("timestamp", "date"):
        raise UserError(f"the time `{time}` of the events is {schema[time].type}", hint="give timestamps or dates")
    at, key = sql_name(time, "duckdb"), sql_name(entity, "duckdb")
    engine.view(
        PLACE,
        "events",
        f"SELECT e AS event, {key} AS entity_, CAST({at} AS TIMESTAMPTZ) AS at_ FROM {PLACE}.given AS e "
        f"WHERE {key} IS NOT NULL AND {at} IS NOT NULL",
    )
    return schema


def answer(engine: DuckDB, features: dict[str, str], entity: str, reference_date: Any) -> Any:
    """Ask for features, each an aggregate over the events until a reference date."""
    dates = list(reference_date) if isinstance(reference_date, (list, tuple)) else [reference_date]
    newest = f"(SELECT max(at_) FROM {PLACE}.events)"
    ends = [newest if date is None else sql_literal(instant(date), "duckdb") for date in dates]
    listed = ", ".join(f"{expression} AS {sql_name(name, 'duckdb')}" for name, expression in features.items())
    return engine.stream(
        f"SELECT entity_ AS {sql_name(entity, 'duckdb')}, end_ AS {TIMESTAMP}, {listed} "
        f"FROM {PLACE}.events JOIN (SELECT DISTINCT unnest([{', '.join(ends)}]) AS end_) ON at_ <= end_ "
        "GROUP BY entity_, end_ ORDER BY entity_, end_"
    )


def aggregated(column: Column, function: str, window: str) -> str:
    """Write an aggregate of a column over the events of a window."""
    if function not in FUNCTIONS:
        raise UnknownName("aggregation", function, FUNCTIONS)
    value = f"event.{sql_name(column.name, 'duckdb')}"
    inside = f"CASE WHEN {within(window)} THEN {value} END"
    if function in ("first", "last"):
        # Of events at the same instant the smaller value is the first, so that the order of the rows does not matter.
        order = "arg_min" if function == "first" else "arg_max"
        return f"{order}({value}, struct_pack(a := at_, v := {value})) FILTER (WHERE {within(window)} AND {value} IS NOT NULL)"
    aggregate_type(function, column)  # type: ignore[arg-type]  # says which columns have no such aggregate
    written = aggregate_sql(Relation(PLACE, Schema((column,))), function, inside, column.type)  # type: ignore[arg-type]
    return f"coalesce({written}, 0)" if function == "sum" else written


def within(window: str) -> str:
    """Write whether an event is in a window; that it is not after the reference date is known of all of them."""
    if window == ALL_TIME:
        return "TRUE"
    found = WINDOW.fullmatch(window)
    if not found:
        raise UserError(f"`{window}` is no window", hint="write 24h, 7d, 4w, 6mo, 1y or all_time")
    return f"at_ > end_ - {INTERVALS[found[2]].format(found[1])}"


def _days(of: str) -> str:
    seconds = f"epoch(end_) - epoch({of}(at_))"
    return f"CAST(({seconds}) / 86400 AS DOUBLE)"

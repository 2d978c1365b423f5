"""Temporal features: what a feature is computed of and over which time, as data that is checked and then computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.features.feature_view import TIMESTAMP
from boathouse.ml.features.frame_columns import as_given
from boathouse.ml.features.time_window import ALL_TIME, FUNCTIONS, aggregated, answer, register_events
from boathouse.quoting import sql_literal, sql_name
from boathouse.relation import Relation
from boathouse.schema import Schema, type_name

Computation = Literal["passthrough", "aggregation", "window", "derived", "ratio", "interaction"]
Risk = Literal["low", "medium", "high"]
OF_EVENTS = ("passthrough", "aggregation", "window")  # all else is computed of features that stand before it
PAIR = 2
PLACE = "boathouse_temporal"


@dataclass(frozen=True)
class TemporalFeatureDefinition:
    """One feature: its key, the columns that it is computed of, how, over which time, and how it could leak."""

    name: str
    description: str
    entity_key: str
    source_columns: tuple[str, ...]
    timestamp_column: str = TIMESTAMP
    computation_type: Computation = "passthrough"
    aggregation: str | None = None
    window_days: int | None = None
    derivation_formula: str | None = None  # Databricks SQL over the features that stand before this one
    data_type: str = "double"
    fill_value: Any = None
    leakage_risk: Risk = "low"
    leakage_notes: str = ""
    tags: tuple[str, ...] = ()
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    version: int = 1

    def __post_init__(self) -> None:
        sources = self.source_columns
        object.__setattr__(self, "source_columns", (sources,) if isinstance(sources, str) else tuple(sources))
        object.__setattr__(self, "data_type", type_name(self.data_type))
        for what, word, known in (
            ("computation_type", self.computation_type, get_args(Computation)),
            ("leakage_risk", self.leakage_risk, get_args(Risk)),
            ("aggregation", self.aggregation or FUNCTIONS[0], FUNCTIONS),
        ):
            if word not in known:
                raise UnknownName(what, word, known, where=f"feature `{self.name}`")
        if missing := self._missing():
            raise UserError(f"feature `{self.name}` is a {self.computation_type} and says no {missing}")

    def _missing(self) -> str:
        kind = self.computation_type
        needs = {
            "window_days": kind == "window" and not (self.window_days and self.window_days > 0),
            "aggregation": kind in ("window", "aggregation") and not self.aggregation,
            "derivation_formula": kind == "derived" and not self.derivation_formula,
            "source_columns": kind in OF_EVENTS and len(self.source_columns) != 1,
            "two source_columns": kind in ("ratio", "interaction") and len(self.source_columns) != PAIR,
        }
        return next((name for name, is_missing in needs.items() if is_missing), "")


def compute_features(definitions: Iterable[TemporalFeatureDefinition], df: Any, reference_date: Any = None) -> Any:
    """Compute features of events as of a reference date, or several; a row an entity and date, ready to be registered.

    Events after a date are not seen. A ratio by 0 is null; what is null takes `fill_value`.
    """
    wanted = tuple(definitions)
    entity, time = _one_key(wanted)
    engine = DuckDB()
    events = register_events(engine, df, entity, time)
    of_events = {each.name: _of_events(each, events) for each in wanted if each.computation_type in OF_EVENTS}
    if not of_events:
        raise UserError("no feature is computed of the events", hint="define what the others are derived from before")
    engine.register(PLACE, "step_0", arrow_table(answer(engine, of_events, entity, reference_date)))
    last = "step_0"
    for number, each in enumerate(wanted, start=1):
        schema = engine.describe(f"SELECT * FROM {PLACE}.{last}")
        put = _finished(each, Relation(f"{PLACE}.{last}", schema))
        engine.view(PLACE, f"step_{number}", put)
        last = f"step_{number}"
    names = ", ".join(sql_name(name, "duckdb") for name in (entity, TIMESTAMP, *(each.name for each in wanted)))
    return as_given(df, engine.stream(f"SELECT {names} FROM {PLACE}.{last}"))


def _one_key(definitions: Sequence[TemporalFeatureDefinition]) -> tuple[str, str]:
    found = {(each.entity_key, each.timestamp_column) for each in definitions}
    if len(found) != 1:
        raise UserError("features that are computed together have one entity_key and one timestamp_column")
    return found.pop()


def _of_events(each: TemporalFeatureDefinition, events: Schema) -> str:
    if each.source_columns[0] not in events:
        raise UnknownName("column", each.source_columns[0], events.names, where=f"the events, for `{each.name}`")
    column = events[each.source_columns[0]]
    function = "last" if each.computation_type == "passthrough" else str(each.aggregation)
    window = f"{each.window_days}d" if each.computation_type == "window" else ALL_TIME
    return aggregated(column, function, window)


def _finished(each: TemporalFeatureDefinition, before: Relation) -> str:
    """Put a feature among those before it: computed, filled and cast."""
    value = _value(each, before)
    if each.fill_value is not None:
        value = f"coalesce({value}, {sql_literal(each.fill_value, 'duckdb')})"
    return before.select({each.name: f"CAST({value} AS {before.type(each.data_type)})"})


def _value(each: TemporalFeatureDefinition, before: Relation) -> str:
    if each.computation_type in OF_EVENTS:
        return before.column(each.name)
    if each.computation_type == "derived":
        return f"({before.expression(str(each.derivation_formula))})"
    left, right = (f"CAST({before.column(name)} AS DOUBLE)" for name in each.source_columns)
    return f"{left} / nullif({right}, 0)" if each.computation_type == "ratio" else f"{left} * {right}"

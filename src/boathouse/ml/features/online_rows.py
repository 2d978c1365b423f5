"""Online rows: the latest row of each key as of a time, kept as a Delta table of their own and read by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import UserError
from boathouse.frame import arrow_table
from boathouse.ml.features.feature_reference import Wanted
from boathouse.ml.features.feature_view import FeatureViewConfig, instant
from boathouse.ml.features.key_match import matched_key
from boathouse.ml.features.view_query import view_query
from boathouse.quoting import sql_literal, sql_name
from boathouse.schema import Schema

AS_OF = "boathouse.features.as_of"
PLACE, KEYS = "boathouse_online", "_keys"


def materialize(
    engine: DuckDB, config: FeatureViewConfig, view: str, path: Path, *, start: datetime | None, end: datetime
) -> int:
    """Bring the latest row of each key, of those from `start` to `end`, into the online table; say how many rows it has.

    A row of before stays where it is the newer one, so that a materialization of long ago takes nothing back.
    """
    before = instant(delta.last_notes(path, (AS_OF,)).get(AS_OF)) if delta.exists(path) else None
    as_of = max(filter(None, [before, end]))
    rows = f"SELECT *, 1 AS boathouse_new FROM ({_within(config, view, start, end)})"
    if before is not None:
        rows += f" UNION ALL BY NAME SELECT *, 0 AS boathouse_new FROM ({view_query(engine, path)})"
    newest = ", ".join(
        f"{_name(name)} DESC NULLS LAST" for name in (*config.times, "boathouse_new", *config.feature_names)
    )
    key = _listed(config.key)
    latest = f"SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {newest}) = 1"
    if config.ttl is not None:
        latest = f"SELECT * FROM ({latest}) WHERE {_name(config.timestamp_column)} >= {_literal(as_of - config.ttl)}"
    latest = f"SELECT {_listed(config.columns)} FROM ({latest}) ORDER BY {key}"
    with translated_errors():
        delta.overwrite(path, engine.stream(latest), {AS_OF: as_of.isoformat()})
    return delta.row_count(path)


def _within(config: FeatureViewConfig, view: str, start: datetime | None, end: datetime) -> str:
    limits = [f"{_name(name)} <= {_literal(end)}" for name in config.times]
    if start is not None:
        limits.append(f"{_name(config.timestamp_column)} >= {_literal(start)}")
    return f"SELECT {_listed(config.columns)} FROM ({view}) WHERE {' AND '.join(limits)}"


@dataclass
class OnlineRows:
    """Online tables in memory: each is read once, and again when its Delta table has a newer version.

    One key of a million takes 7 ms of CPU; asked of the Delta table itself it took 40, of which 24 went into opening it.
    """

    engine: DuckDB
    states: dict[Path, tuple[int, int]] = field(default_factory=dict)
    schemas: dict[Path, Schema] = field(default_factory=dict)

    def features(
        self, keys: Mapping[str, Sequence[Any]], config: FeatureViewConfig, path: Path, features: Sequence[Wanted]
    ) -> dict[str, list[Any]]:
        """Give the features of keys, in their order; a key that is not known has nulls."""
        for name in config.key:
            if name not in keys:
                raise UserError(f"{config.name} is by {', '.join(config.key)}, and {name} is not given")
        stored = self._loaded(config, path)
        for each in features:
            if each.feature not in stored:
                raise UserError(f"{each.feature} of {config.name} is not online yet", hint="materialize the view again")
        self.engine.register(PLACE, KEYS, arrow_table({name: list(keys[name]) for name in config.key}))
        given = self.engine.describe(f"SELECT * FROM {PLACE}.{KEYS}")
        matches = [matched_key(given[name], stored[name], config.name) for name in config.key]
        named = ", ".join(f'{left} AS "key_{at}"' for at, (left, _) in enumerate(matches))
        same = " AND ".join(f'k."key_{at}" = {right}' for at, (_, right) in enumerate(matches))
        selected = ", ".join(f"o.{_name(each.feature)} AS {_name(each.name)}" for each in features)
        rows = f'SELECT rowid AS "row", {named} FROM {PLACE}.{KEYS}'
        joined = f"({rows}) AS k LEFT JOIN {PLACE}.{_name(config.name)} AS o ON {same}"
        with translated_errors():
            return dict(pa.table(self.engine.stream(f'SELECT {selected} FROM {joined} ORDER BY k."row"')).to_pydict())

    def _loaded(self, config: FeatureViewConfig, path: Path) -> Schema:
        if not delta.exists(path):
            raise UserError(f"{config.name} is not online yet", hint=f'materialize(["{config.name}"]) brings it there')
        state = _state(path)
        if self.states.get(path) != state:
            table = f"{PLACE}.{_name(config.name)}"
            self.engine.execute(f"CREATE SCHEMA IF NOT EXISTS {PLACE}")
            self.engine.execute(f"CREATE OR REPLACE TABLE {table} AS {view_query(self.engine, path, state[0])}")
            self.schemas[path], self.states[path] = self.engine.describe(f"SELECT * FROM {table}"), state
        return self.schemas[path]


def _state(path: Path) -> tuple[int, int]:
    """Say the newest version and when it was written: a table that is deleted and made anew has the same numbers."""
    version = delta.version(path)
    return version, (path / "_delta_log" / f"{version:020}.json").stat().st_mtime_ns


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_name, names))


def _name(name: str) -> str:
    return sql_name(name, "duckdb")


def _literal(time: datetime) -> str:
    return sql_literal(time, "duckdb")

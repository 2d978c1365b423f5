"""Point in time: for each row the features as they were known at its time, as one ASOF query of DuckDB.

A row of a view is seen at a time where its own time, and that of its creation, is not later (`seen_rows.py`). It counts
for `ttl_days`, the last instant included. Each row that comes in goes out once, in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import UnknownName
from boathouse.ml.features.feature_reference import Wanted
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.key_match import NONE, matched_key
from boathouse.ml.features.seen_rows import ViewRows, feature, instant_of, seen_rows
from boathouse.quoting import sql_name
from boathouse.schema import Column, Schema

PLACE = "boathouse_features"  # the schema of the rows that came in, beside nothing of the user's
# ASOF sorts a view's rows whatever is asked. Where few are, those of other keys are left out before: 2,000 rows with three
# views of 1M took 0.12 CPU s and not 0.52; 200,000, which name nearly all keys, took 0.74 and not 0.54.
FEW = 10


def historical_features(
    engine: DuckDB, entities: pa.Table, timestamp: str, views: Mapping[str, ViewRows], features: Iterable[Wanted]
) -> pa.Table:
    """Give a column a feature, its rows those of the entities."""
    features = tuple(features)
    used = {each.view: views[each.view] for each in features}
    keys = dict.fromkeys(name for view in used.values() for name in view.config.key)
    for name in (*keys, timestamp):
        if name not in entities.column_names:
            raise UnknownName("column", name, entities.column_names, where="the rows that were given")
    engine.register(PLACE, "entity", entities.select(list(dict.fromkeys((*keys, timestamp)))))
    given = _described(engine, entities)
    query = _query(engine, given, instant_of(given, timestamp, "the rows that were given"), used, features)
    with translated_errors():
        answer = pa.table(engine.stream(query))
    engine.execute(f"DROP TABLE {PLACE}.entity")
    return answer


def _described(engine: DuckDB, entities: pa.Table) -> Schema:
    """Say the columns of the rows that came in; one without any value has no type yet, and matches every other."""
    found = engine.describe(f"SELECT * FROM {PLACE}.entity")
    none = [name for name in found.names if pa.types.is_null(entities.schema.field(name).type)]
    return Schema(tuple(Column(column.name, NONE if column.name in none else column.type) for column in found))


def _query(engine: DuckDB, given: Schema, at: str, used: Mapping[str, ViewRows], features: tuple[Wanted, ...]) -> str:
    entity, joins = [f'rowid AS "row", {at} AS "at"'], []
    count = engine.row(f"SELECT count(*) AS n FROM {PLACE}.entity")["n"]
    for number, (name, view) in enumerate(used.items()):
        schema = engine.describe(f"SELECT * FROM ({view.sql})")
        matches = [matched_key(given[key], schema[key], name) for key in view.config.key]
        entity += [f'{left} AS "key_{number}_{part}"' for part, (left, _) in enumerate(matches)]
        own = [each.feature for each in features if each.view == name]
        only = f'SEMI JOIN "entity" ON {_same(number, "rows", matches)}' if count * FEW <= view.row_count else ""
        rows = seen_rows(view, [right for _, right in matches], own, schema, only)
        on = f'{_same(number, f"view_{number}", matches)} AND "entity"."at" >= "view_{number}"."seen_at"'
        joins.append(f'ASOF LEFT JOIN ({rows}) AS "view_{number}" ON {on}')
    numbers = {name: number for number, name in enumerate(used)}
    selected = [_value(used[each.view].config, numbers[each.view], each) for each in features]
    return (
        f'WITH "entity" AS (SELECT {", ".join(entity)} FROM {PLACE}.entity) SELECT {", ".join(selected)}\n'
        f'FROM "entity"\n{chr(10).join(joins)}\nORDER BY "entity"."row"'
    )


def _same(number: int, rows: str, matches: list[tuple[str, str]]) -> str:
    return " AND ".join(f'"entity"."key_{number}_{part}" = "{rows}"."key_{part}"' for part in range(len(matches)))


def _value(config: FeatureViewConfig, number: int, wanted: Wanted) -> str:
    view, name = f'"view_{number}"', sql_name(wanted.name, "duckdb")
    value = f"{view}.{feature(wanted.feature)}"
    if config.ttl is None:
        return f"{value} AS {name}"
    oldest = f'"entity"."at" - to_microseconds({config.ttl // config.ttl.resolution})'
    return f'CASE WHEN {view}."time" >= {oldest} THEN {value} END AS {name}'

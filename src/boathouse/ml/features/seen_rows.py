"""Seen rows: the rows of a feature view, each with the time from which it is the one to be seen.

Of the rows that are seen at a time the latest counts; of those that tie, the one created last, then the one whose
features are the greatest, in the view's order. A row that never counts is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.errors import UserError
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.key_match import NONE
from boathouse.quoting import sql_name
from boathouse.schema import Schema

TIMES = ("timestamp", "date")


@dataclass(frozen=True)
class ViewRows:
    """Where the rows of a view are: a query for DuckDB, and what is known of it."""

    config: FeatureViewConfig
    sql: str
    is_unique: bool = False  # whether no two rows have the same key and times, so that nothing ties
    row_count: int = 0  # where it is known


def seen_rows(view: ViewRows, keys: list[str], features: list[str], schema: Schema, only: str = "") -> str:
    """Write the rows for DuckDB, as key_0 ..., feature_x ..., time and seen_at; `only` is a SEMI JOIN that leaves some out."""
    config, created = view.config, view.config.created_timestamp_column
    ties = created is not None or not view.is_unique
    times = {"time": config.timestamp_column, **({"created": created} if created else {})}
    selected = [
        *(f'{key} AS "key_{part}"' for part, key in enumerate(keys)),
        *(f"{sql_name(name, 'duckdb')} AS {feature(name)}" for name in (config.feature_names if ties else features)),
        *(f'{instant_of(schema, column, config.name)} AS "{name}"' for name, column in times.items()),
    ]
    rows = f'(SELECT {", ".join(selected)} FROM ({view.sql})) AS "rows" {only}'
    if created is not None:
        return _newest_when_created(config, rows)
    plain = f'SELECT *, "time" AS "seen_at" FROM {rows}'
    return _first_of_ties(config, plain) if ties else plain


def _first_of_ties(config: FeatureViewConfig, rows: str) -> str:
    best = ", ".join(f"{feature(name)} DESC NULLS LAST" for name in config.feature_names)
    return f'SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY {_key(config)}, "time" ORDER BY {best}) = 1'


def _newest_when_created(config: FeatureViewConfig, rows: str) -> str:
    """Keep the rows that are newer, when they are created, than all that were there; the others nobody ever sees.

    One that ties with an earlier one in time was created later, or both would be seen at once; so the times alone
    tell, and one sort finds them all.
    """
    seen = f'SELECT *, greatest("time", "created") AS "seen_at" FROM {rows}'
    known = f'SELECT * FROM ({seen}) WHERE "time" IS NOT NULL AND "created" IS NOT NULL'
    last = ", ".join(f"{feature(name)} NULLS FIRST" for name in config.feature_names)
    told = f'PARTITION BY {_key(config)} ORDER BY "seen_at", "time", "created", {last}'
    compared = (
        'SELECT *, lead("seen_at") OVER told AS "next_at", max("time") OVER (told ROWS UNBOUNDED PRECEDING) AS "latest" '
        f"FROM ({known}) WINDOW told AS ({told})"
    )
    return f'SELECT * FROM ({compared}) WHERE "next_at" IS DISTINCT FROM "seen_at" AND "time" = "latest"'


def feature(name: str) -> str:
    """Name a feature's column, such that it is none of the others."""
    return sql_name(f"feature_{name}", "duckdb")


def instant_of(schema: Schema, column: str, where: str) -> str:
    """Read a column as an instant; a date is its midnight, and a timestamp without a zone is UTC, as the session is."""
    kind = schema[column].type
    if kind == NONE:
        return "CAST(NULL AS TIMESTAMPTZ)"
    if kind not in TIMES:
        raise UserError(f"the time `{column}` of {where} is {kind}", hint="give timestamps or dates")
    return f"CAST({sql_name(column, 'duckdb')} AS TIMESTAMPTZ)"


def _key(config: FeatureViewConfig) -> str:
    return ", ".join(f'"key_{part}"' for part in range(len(config.key)))

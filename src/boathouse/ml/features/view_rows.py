"""View rows: the rows that are given for a feature view, checked, cast and made one with those that are there."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from boathouse.column_change import ColumnChange
from boathouse.duckdb_types import duckdb_type
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.quoting import sql_literal, sql_name
from boathouse.schema import FLOATS, Column, Schema, is_integer

PLACE = "boathouse_rows"  # the schema of the rows that are given


def given_rows(engine: DuckDB, config: FeatureViewConfig, rows: pa.Table, stored: Schema | None = None) -> str:
    """Write the query of the rows as they are to be stored: a row a key and time, in the types that the view has.

    Of rows with the same key and times the greatest counts, its features compared in their order: so it does not
    matter in which order they are given.
    """
    names = _columns(config, rows, stored)
    engine.register(PLACE, "given", rows.select(names))
    schema = engine.describe(f"SELECT * FROM {PLACE}.given")
    kinds = {name: _type(schema[name], stored, config) for name in names}
    _refuse_fractions(
        engine, config, [name for name in names if is_integer(kinds[name]) and schema[name].type in FLOATS]
    )
    query = f"SELECT {', '.join(_cast(schema[name], kinds[name]) for name in names)} FROM {PLACE}.given"
    if config.cutoff_date is not None:
        latest = sql_literal(config.cutoff_date, "duckdb")
        query = f"SELECT * FROM ({query}) WHERE {_name(config.timestamp_column)} <= {latest}"
    _refuse_nulls(engine, config, query)
    ties = ", ".join(f"{_name(name)} DESC NULLS LAST" for name in config.feature_names if name in names)
    key = _listed(config.primary_key)
    return f"SELECT * FROM ({query}) QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {ties}) = 1"


def merged_rows(config: FeatureViewConfig, new: str, given: Iterable[str], old: str, stored: Iterable[str]) -> str:
    """Write the query of the new rows and of those that are there under no key of theirs; what a new row does not say, stays."""
    key = _listed(config.primary_key)
    unsaid = [name for name in stored if name not in set(given)]
    kept = f"SELECT {', '.join(['n.*', *(f'o.{_name(name)}' for name in unsaid)])}"
    grown = f"{kept} FROM ({new}) AS n LEFT JOIN (SELECT {_listed((*config.primary_key, *unsaid))} FROM ({old})) AS o USING ({key})"
    return (
        f"{grown if unsaid else new} UNION ALL BY NAME SELECT * FROM ({old}) AS o ANTI JOIN ({new}) AS n USING ({key})"
    )


def in_order(config: FeatureViewConfig, rows: str) -> str:
    """Write the columns in the view's order and the rows by key and time: ASOF sorts them in 0.6 of the time, then."""
    return f"SELECT {_listed(config.columns)} FROM ({rows}) ORDER BY {_listed(config.primary_key)}"


def _columns(config: FeatureViewConfig, rows: pa.Table, stored: Schema | None) -> list[str]:
    """Name the columns that are taken: those of the view; a feature that the view has already may be left out."""
    names = []
    for name in config.columns:
        if name in rows.column_names:
            names.append(name)
        elif name not in config.feature_names or stored is None or name not in stored:
            raise UnknownName("column", name, rows.column_names, where=f"the rows for {config.name}")
    for name in names:
        if pa.types.is_struct(rows.schema.field(name).type) or pa.types.is_map(rows.schema.field(name).type):
            raise UserError(
                f"`{name}` is a {rows.schema.field(name).type}", hint="make a feature of each of its fields"
            )
    if not set(names) & set(config.feature_names):
        raise UserError(f"the rows for {config.name} have none of its features")
    return names


def _type(given: Column, stored: Schema | None, config: FeatureViewConfig) -> str:
    """Say the type of a column: the view's, where it has the column and the values fit there."""
    kind = stored[given.name].type if stored and given.name in stored else given.type
    if given.name in config.times and given.type not in ("timestamp", "date"):
        raise UserError(f"the time `{given.name}` for {config.name} is {given.type}", hint="give timestamps or dates")
    if not _fits(given.type, kind):
        hint = "cast it, or delete_table first"
        raise UserError(f"`{given.name}` is {given.type}, and {config.name} has {kind}", hint=hint)
    return kind


def _cast(given: Column, kind: str) -> str:
    name = _name(given.name)
    return name if kind.startswith(("struct", "map")) else f"CAST({name} AS {duckdb_type(kind)}) AS {name}"


def _fits(given: str, stored: str) -> bool:
    numbers = (is_integer(given) and stored in FLOATS) or (given in FLOATS and is_integer(stored))
    times = given == "date" and stored == "timestamp"
    return given == stored or numbers or times or ColumnChange("", given, stored).is_safe


def _refuse_fractions(engine: DuckDB, config: FeatureViewConfig, names: list[str]) -> None:
    """Refuse what is no whole number; pandas makes whole numbers doubles where one is missing."""
    for name in names:
        value = _name(name)
        if engine.row(f"SELECT count(*) AS n FROM {PLACE}.given WHERE {value} <> trunc({value})")["n"]:
            raise UserError(f"`{name}` is not whole everywhere, and {config.name} has integers", hint="round it first")


def _refuse_nulls(engine: DuckDB, config: FeatureViewConfig, query: str) -> None:
    counted = [f"count(*) - count({_name(name)}) AS {_name(name)}" for name in config.primary_key]
    for name, nulls in engine.row(f"SELECT {', '.join(counted)} FROM ({query})").items():
        if nulls:
            raise UserError(
                f"{nulls:,} row{'s' if nulls > 1 else ''} for {config.name} {'have' if nulls > 1 else 'has'} no {name}",
                hint="a feature is of a key and of a time: leave such rows out",
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_name, names))


def _name(name: str) -> str:
    return sql_name(name, "duckdb")

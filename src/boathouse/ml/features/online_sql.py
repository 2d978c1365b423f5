"""Online SQL: the latest row of each key in Unity Catalog, as Databricks SQL; online_rows.py is the same for a folder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.quoting import sql_literal, sql_name


def create_online(config: FeatureViewConfig, view: str, online: str) -> str:
    """Make the online table with the columns of the view and no rows."""
    return f"CREATE TABLE IF NOT EXISTS {online} USING delta AS SELECT {listed(config.columns)} FROM {view} WHERE false"


def merge_online(config: FeatureViewConfig, view: str, online: str, start: datetime | None, end: datetime) -> str:
    """Merge the latest row of each key, of those from `start` to `end`; an older one replaces nothing."""
    time = name(config.timestamp_column)
    limits = [f"{time} <= {sql_literal(end, 'databricks')}"]
    if start is not None:
        limits.append(f"{time} >= {sql_literal(start, 'databricks')}")
    order = f"PARTITION BY {listed(config.key)} ORDER BY {time} DESC"
    numbered = f"SELECT {listed(config.columns)}, row_number() OVER ({order}) AS boathouse_row FROM {view}"
    latest = f"SELECT {listed(config.columns)} FROM ({numbered} WHERE {' AND '.join(limits)}) WHERE boathouse_row = 1"
    same = " AND ".join(f"o.{name(key)} = n.{name(key)}" for key in config.key)
    return (
        f"MERGE WITH SCHEMA EVOLUTION INTO {online} AS o USING ({latest}) AS n ON {same} "
        f"WHEN MATCHED AND n.{time} >= o.{time} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def expire_online(config: FeatureViewConfig, online: str, as_of: datetime) -> str:
    """Delete what is older than the view's rows count."""
    assert config.ttl is not None  # noqa: S101 - asked only where rows expire
    oldest = sql_literal(as_of - config.ttl, "databricks")
    return f"DELETE FROM {online} WHERE {name(config.timestamp_column)} < {oldest}"


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(name, names))


def name(text: str) -> str:
    return sql_name(text, "databricks")

"""The point-in-time join as one would do it by hand: row by row, and nothing clever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from boathouse.ml.features.feature_view import FeatureViewConfig

Row = dict[str, Any]


def instant(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None


def order(value: Any) -> tuple[bool, Any]:
    """Nulls come before all values."""
    return (value is not None, value if value is not None else 0)


def as_of(config: FeatureViewConfig, rows: list[Row], key: Row, at: Any) -> Row:
    """Find what the features of a key were at a time; nothing where none was known."""
    nothing: Row = dict.fromkeys(config.feature_names)
    now = instant(at)
    wanted = [key[name] for name in config.key]
    if now is None or None in wanted:
        return nothing
    seen = []
    for row in rows:
        known = [time for name in config.times if (time := instant(row[name])) is not None and time <= now]
        if [row[name] for name in config.key] == wanted and len(known) == len(config.times):
            seen.append((known, [order(row[name]) for name in config.feature_names], row))
    if not seen:
        return nothing
    known, _, row = max(seen, key=lambda each: each[:2])
    expired = config.ttl is not None and known[0] < now - config.ttl
    return nothing if expired else {name: row[name] for name in config.feature_names}

"""Feature view: features of an entity as they were known over time, rows with a key and a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from boathouse.errors import UserError
from boathouse.names import DELTA_FORBIDS, IDENTIFIER

TIMESTAMP = "feature_timestamp"
PROPERTY = "boathouse.feature_view"  # of a feature table of Unity Catalog: its configuration


@dataclass(frozen=True)
class FeatureViewConfig:
    """What a feature view is: its key, its features, when they hold, and for how long they count.

    `created_timestamp_column` says when a row came to be known, where that is later than when it holds: what was
    created after a time is not seen at that time. `ttl_days` is how old a row may be. Rows later than `cutoff_date`
    stay out of the view, and `data_hash`, where it is given, is what the rows must hash to (`data_hash.py`).
    """

    name: str
    entity_key: str | Sequence[str]
    features: str | Sequence[str]
    timestamp_column: str = TIMESTAMP
    created_timestamp_column: str | None = None
    ttl_days: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    cutoff_date: datetime | date | str | None = None
    data_hash: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "entity_key", _names(self.entity_key))
        object.__setattr__(self, "features", _names(self.features))
        object.__setattr__(self, "tags", {str(key): str(value) for key, value in self.tags.items()})
        object.__setattr__(self, "cutoff_date", instant(self.cutoff_date))
        self._refuse_odd_names()
        if self.ttl_days is not None and not 0 < self.ttl_days < timedelta.max.days:
            raise self._wrong(f"ttl_days is {self.ttl_days}", "give the days that a row counts, or none for ever")

    def _refuse_odd_names(self) -> None:
        if not IDENTIFIER.fullmatch(self.name):
            raise self._wrong("its name has to be plain", "write letters, digits and _, such as customer_features")
        for what, names in (("entity_key", self.key), ("features", self.feature_names)):
            if not names:
                raise self._wrong(f"{what} is empty", "name at least one column")
        seen: set[str] = set()
        for name in self.columns:
            if not name or DELTA_FORBIDS.search(name):
                raise self._wrong(f"`{name}` is no column's name", "a lake table has no spaces, and none of ,;{}()=")
            if name.lower() in seen:
                raise self._wrong(f"`{name}` is named twice", "a column is of the key, the time or a feature")
            seen.add(name.lower())

    def _wrong(self, what: str, hint: str) -> UserError:
        return UserError(f"feature view `{self.name}`: {what}", hint=hint)

    @property
    def key(self) -> tuple[str, ...]:
        """Name the columns of the entity's key."""
        return _names(self.entity_key)

    @property
    def feature_names(self) -> tuple[str, ...]:
        return _names(self.features)

    @property
    def columns(self) -> tuple[str, ...]:
        """Name all columns: the key, the times, the features."""
        return (*self.key, *self.times, *self.feature_names)

    @property
    def times(self) -> tuple[str, ...]:
        """Name the time, and after it the time of creation where there is one."""
        return (self.timestamp_column, *filter(None, [self.created_timestamp_column]))

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Name the columns of which no two rows have the same values."""
        return (*self.key, *self.times)

    @property
    def ttl(self) -> timedelta | None:
        return None if self.ttl_days is None else timedelta(days=self.ttl_days)

    def grown(self, before: FeatureViewConfig) -> FeatureViewConfig:
        """Check that this is the view of before, with the same key and times, and keep the features that it had."""
        if before.primary_key != self.primary_key:
            was, now = (", ".join(config.primary_key) for config in (before, self))
            raise self._wrong(f"its key is {now}, and was {was}", "delete_table first, or take another name")
        kept = [name for name in before.feature_names if name not in self.feature_names]
        return replace(self, features=(*kept, *self.feature_names))

    def to_json(self) -> str:
        """Write it for the registry."""
        return json.dumps(asdict(self), indent=2, default=str, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> FeatureViewConfig:
        return cls(**json.loads(text))


def instant(value: Any) -> datetime | None:
    """Read a time as an instant: a date is its midnight, and what names no zone is UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise UserError(f"`{value}` is no time", hint="write it as 2026-11-20 or 2026-11-20T18:00") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise UserError(f"a time is no {type(value).__name__}", hint="give a datetime, a date or 2026-11-20T18:00")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    """Read one name, or several."""
    return (names,) if isinstance(names, str) else tuple(names)

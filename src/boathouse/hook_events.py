"""Hook events: what was done to a model, told in ops.hook_events, where every process reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Literal, Self

from boathouse.errors import UserError

Status = Literal["started", "passed", "failed", "told"]
TABLE = "hook_events"


@dataclass(frozen=True)
class Subject:
    """What an event is about: a model's version, and the version of the table that it learnt from."""

    model: str = ""
    model_version: str = ""
    model_type: str = ""
    data_version: str = ""  # such as main.claims_gold.features@12


@dataclass(frozen=True)
class HookEvent:
    """One thing that was done."""

    hook: str
    status: Status
    subject: Subject
    details: Mapping[str, Any] = field(default_factory=dict)
    happened_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    event_id: str = field(default_factory=lambda: token_hex(8))

    @property
    def row(self) -> dict[str, Any]:
        """Give it as a row of ops.hook_events."""
        said = {"event_id": self.event_id, "happened_at": self.happened_at, "hook": self.hook, "status": self.status}
        return {**said, **asdict(self.subject), "details": json.dumps(plain(self.details), ensure_ascii=False)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read it from such a row."""
        subject = Subject(**{name: row[name] or "" for name in Subject.__dataclass_fields__})
        details = json.loads(row["details"] or "{}")
        return cls(row["hook"], row["status"], subject, details, row["happened_at"], row["event_id"])


def plain(value: Any) -> Any:
    """Make JSON of what people hand over: NumPy's numbers, data classes, and text for what JSON has no word for."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return plain(asdict(value))
    if hasattr(value, "tolist"):  # NumPy, without importing it
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def last(events: Iterable[HookEvent], hook: str, **subject: str) -> HookEvent | None:
    """Find the newest event of a hook whose subject has these values."""
    found = [
        event
        for event in events
        if event.hook == hook and all(getattr(event.subject, name) == value for name, value in subject.items())
    ]
    return max(found, key=lambda event: event.happened_at, default=None)


def all_hold(results: Any, words: tuple[str, ...]) -> bool:
    """Tell whether what was found says everywhere that it holds, by one of these words; what says nothing does not hold."""
    if isinstance(results, bool):
        return results
    if not isinstance(results, Mapping):
        raise UserError(f"results are a dict, not {type(results).__name__}", hint=f"such as {{{words[0]!r}: True}}")
    for word in words:
        if word in results:
            said = results[word]
            # None: there are too few rows to tell, which the gate of fairness lets pass as well.
            return all_hold(said, words) if isinstance(said, Mapping) else said is None or bool(said)
    return bool(results) and all(
        isinstance(each, bool | Mapping) and all_hold(each, words) for each in results.values()
    )

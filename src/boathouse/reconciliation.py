"""Reconciliation: what is asked when two tables are held against each other, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from boathouse.comparison import Comparison, Verdict
from boathouse.errors import UserError
from boathouse.schema import Schema, is_number
from boathouse.shared_columns import SchemaDifference

NOISE = 1e-9  # relative; two engines that sum a million doubles in another order stay well below it

Tier = Literal["metadata", "fingerprint", "rows"]


@dataclass(frozen=True)
class Reconciliation:
    """What was found: the verdict, the tier that gave it, and how the tables differ."""

    left: str
    right: str
    tier: Tier
    comparison: Comparison
    key: tuple[str, ...] = ()
    schema_differences: tuple[SchemaDifference, ...] = ()
    buckets: int | None = None  # of 256, how many differ
    duplicate_keys: tuple[int, int] | None = None  # keys that are there more than once, left and right
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        return self.comparison.verdict

    @property
    def why(self) -> str:
        return self.comparison.why

    @property
    def equal(self) -> bool:
        return self.comparison.equal

    @property
    def row(self) -> dict[str, Any]:
        """Give the row of ops.reconciliation."""
        found = self.comparison
        return {
            "reconciled_at": datetime.now(UTC), "left_side": self.left, "right_side": self.right, "verdict": self.verdict,
            "tier": self.tier, "rows_left": found.left_rows, "rows_right": found.right_rows, "missing": found.missing,
            "extra": found.extra, "changed": found.changed, "why": self.why,
        }  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Give one flat document, as the report and a table of such runs want it."""
        rest = {name: value for name, value in asdict(self).items() if name != "comparison"}
        return {**rest, **asdict(self.comparison), "seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Question:
    """How the tables are to be compared: by which key, and how far numbers may lie apart."""

    key: tuple[str, ...] = ()
    tolerance: Mapping[str, float] = field(default_factory=dict)
    noise: float = NOISE

    def check(self, schema: Schema) -> None:
        """Refuse a key or a tolerance of columns that are not there on both sides."""
        for name in self.key:
            _ = schema[name]
        for name in self.tolerance:
            if not is_number(schema[name].type):
                raise UserError(f"`{name}` is {schema[name].type}", hint="a tolerance is for numbers")


def tolerances(said: Iterable[str]) -> tuple[dict[str, float], float]:
    """Read `spend=1e-6`, for a column, and `1e-6`, for all doubles."""
    by_column, noise = {}, NOISE
    for text in said:
        name, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1:
            raise UserError(f"`{text}` is no tolerance", hint="write column=1e-6, or 1e-6 for all doubles")
        if equals:
            by_column[name] = value
        else:
            noise = value
    return by_column, noise

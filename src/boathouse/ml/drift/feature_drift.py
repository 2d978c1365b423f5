"""Feature drift: what the bins of one feature tell: how far it has moved, whether by more than chance, and what is new."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any, Literal

from boathouse.ml.drift.bin_counts import Counts
from boathouse.ml.drift.distance import jensen_shannon
from boathouse.ml.drift.feature_bins import MISSING, UNSEEN
from boathouse.population_stability import chance, psi

Status = Literal["stable", "minor", "major"]


@dataclass(frozen=True)
class FeatureDrift:
    """The counts of one feature, then and now."""

    feature: str
    reference: Counts
    current: Counts
    seen_once: int  # of the reference's values: as many are to be expected that nobody has seen (Good and Turing)
    confidence: float

    @cached_property
    def rows(self) -> tuple[int, int]:
        return sum(self.reference.values()), sum(self.current.values())

    @cached_property
    def bins(self) -> tuple[int, ...]:
        """Name the bins that either side has rows in."""
        return tuple(sorted(set(self.reference) | set(self.current)))

    @cached_property
    def shares(self) -> tuple[list[float], list[float]]:
        m, n = self.rows
        return [self.reference.get(at, 0) / m for at in self.bins], [self.current.get(at, 0) / n for at in self.bins]

    @property
    def can_tell(self) -> bool:
        return all(self.rows)

    @cached_property
    def psi(self) -> float:
        """Give the index; where a side has no rows, nothing is known to have moved."""
        return psi(*self.shares) if self.can_tell else 0.0

    @cached_property
    def critical_value(self) -> float:
        """Give the index that chance alone stays below."""
        return chance(len(self.bins), self.confidence) * sum(1 / n for n in self.rows) if self.can_tell else 0.0

    @property
    def is_beyond_chance(self) -> bool:
        return self.psi > self.critical_value

    @property
    def jensen_shannon(self) -> float:
        return jensen_shannon(*self.shares) if self.can_tell else 0.0

    def share_of(self, at: int) -> tuple[float, float]:
        m, n = self.rows
        return self.reference.get(at, 0) / m if m else 0.0, self.current.get(at, 0) / n if n else 0.0

    @property
    def has_unseen(self) -> bool:
        """Tell whether more rows than one would expect have a value that the reference never has."""
        m, n = self.rows
        expected = n * self.seen_once / m if m else 0.0
        return self.can_tell and self.current.get(UNSEEN, 0) > expected + 3 * sqrt(expected)

    def status(self, minor: float, major: float) -> Status:
        """Say how far it has moved; what chance explains has not."""
        if not self.is_beyond_chance:
            return "stable"
        return "major" if self.psi >= major else "minor" if self.psi >= minor else "stable"

    def findings(self) -> list[dict[str, Any]]:
        """Say what the number does not: values that were never seen."""
        if not self.has_unseen:
            return []
        n = self.current[UNSEEN]
        share = self.share_of(UNSEEN)[1]
        said = f"{self.feature}: {n} rows ({share:.2%}) have a value that the reference never has"
        return [{"feature": self.feature, "finding": "unseen", "rows": n, "share": share, "says": said}]

    @property
    def document(self) -> dict[str, Any]:
        """Say it in plain values."""
        (missing_then, missing_now), (_, unseen) = self.share_of(MISSING), self.share_of(UNSEEN)
        return {
            "psi": self.psi, "critical_value": self.critical_value, "is_beyond_chance": self.is_beyond_chance,
            "jensen_shannon": self.jensen_shannon, "bins": len(self.bins),
            "missing_reference": missing_then, "missing_current": missing_now, "unseen_current": unseen,
        }  # fmt: skip

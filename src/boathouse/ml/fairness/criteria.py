"""Fairness criteria: what counts as unfair, how sure one has to be, and which rates each criterion compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from boathouse.errors import UnknownName, UserError

Correction = Literal["holm", "benjamini_hochberg", "none"]

# Criterion -> the rates that groups are compared by. https://fairlearn.org/main/user_guide/assessment/common_fairness_metrics.html
RATES: Mapping[str, tuple[str, ...]] = {
    "demographic_parity": ("flag_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
    "predictive_parity": ("precision",),
}
UNLABELLED = "demographic_parity"  # the one criterion that asks no labels


@dataclass(frozen=True)
class FairnessCriteria:
    """What the verdicts rest on; `gated` are the criteria that `gate` holds the scores to."""

    minimum_ratio: float = 0.8  # the four-fifths rule of the EEOC, 29 CFR 1607.4 D
    minimum_group_size: int = 30  # rows (for a rate of the positives: positives); fewer are too few to tell
    confidence: float = 0.95
    correction: Correction = "holm"
    bands: int | Mapping[str, Sequence[Any]] = field(default=4)  # of a number: so many, or the edges for each attribute
    gated: tuple[str, ...] = (UNLABELLED,)

    def __post_init__(self) -> None:
        _between("minimum_ratio", self.minimum_ratio, 0, 1)
        _between("confidence", self.confidence, 0, 1)
        if self.minimum_group_size < 1:
            raise UserError("minimum_group_size is at least 1", hint="30 is a usual choice")
        if self.correction not in ("holm", "benjamini_hochberg", "none"):
            raise UnknownName("correction", self.correction, ("holm", "benjamini_hochberg", "none"))
        for name in self.gated:
            if name not in RATES:
                raise UnknownName("criterion", name, RATES)

    @property
    def significance(self) -> float:
        return 1 - self.confidence

    def edges(self, attribute: str) -> tuple[Any, ...]:
        """Give the edges that were chosen for an attribute, in order; none where quantiles decide."""
        return () if isinstance(self.bands, int) else tuple(sorted(self.bands.get(attribute, ())))

    @property
    def band_count(self) -> int:
        """Give how many bands a number has where no edges are chosen."""
        return self.bands if isinstance(self.bands, int) else 4


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise UserError(f"{name} is {value}", hint=f"it lies between {low} and {high}")

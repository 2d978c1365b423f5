"""Group: the rows of one kind of people: how many are flagged, how their scores lie, and how right the flags are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boathouse.ml.fairness.interval import wilson


@dataclass(frozen=True)
class Rate:
    """So many of so many; with none of them there is no rate, and not a rate of 0."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None


@dataclass(frozen=True)
class ScoreBand:
    """The labelled rows of a group whose scores lie in one tenth of all scores."""

    count: int
    mean_score: float | None
    positives: int


@dataclass(frozen=True)
class Group:
    """What was counted of a group; the counts of labels are None where there are no labels."""

    name: str
    count: int
    flagged: int
    scores: tuple[float | None, ...]  # mean, median, 95th and 99th percentile
    labelled: int | None = None
    positives: int | None = None
    flagged_labelled: int | None = None
    flagged_positives: int | None = None
    bands: tuple[tuple[int, ScoreBand], ...] = ()  # with the number of the tenth

    def rate(self, name: str) -> Rate | None:
        """Give a rate by its name; None where it asks for labels and there are none."""
        if name == "flag_rate":
            return Rate(self.flagged, self.count)
        if self.labelled is None or self.positives is None:
            return None
        assert self.flagged_labelled is not None and self.flagged_positives is not None  # noqa: S101, PT018 - counted together
        return {
            "base_rate": Rate(self.positives, self.labelled),
            "true_positive_rate": Rate(self.flagged_positives, self.positives),
            "false_positive_rate": Rate(self.flagged_labelled - self.flagged_positives, self.labelled - self.positives),
            "precision": Rate(self.flagged_positives, self.flagged_labelled),
        }[name]

    def calibration_gap(self, everyone: Group) -> float | None:
        """Give how far the positives of a score lie from everyone's at that score, on average over the group's rows."""
        rates = {at: band.positives / band.count for at, band in everyone.bands}
        if not self.labelled:
            return None
        return sum(abs(band.positives - band.count * rates[at]) for at, band in self.bands) / self.labelled

    def document(self, everyone: Group, confidence: float, minimum: int) -> dict[str, Any]:
        """Say it in plain values."""
        mean, median, p95, p99 = self.scores
        said: dict[str, Any] = {
            "count": self.count, "flagged": self.flagged, "flag_rate": self.rate("flag_rate").value,  # type: ignore[union-attr]
            "flag_rate_interval": wilson(self.flagged, self.count, confidence),
            "enough_rows": self.count >= minimum,
            "avg_fraud_score": mean, "median_fraud_score": median, "percentile_95": p95, "percentile_99": p99,
        }  # fmt: skip
        for name in ("base_rate", "true_positive_rate", "false_positive_rate", "precision"):
            if rate := self.rate(name):
                said[name] = rate.value
                said[f"{name}_interval"] = wilson(rate.hits, rate.of, confidence) if rate.of else None
        if self.labelled is not None:
            said |= {"labelled": self.labelled, "positives": self.positives}
            said["calibration_gap"] = self.calibration_gap(everyone)
            said["calibration"] = [
                {"score_band": at, "count": band.count, "mean_score": band.mean_score,
                 "positive_rate": band.positives / band.count}
                for at, band in self.bands
            ]  # fmt: skip
        return said

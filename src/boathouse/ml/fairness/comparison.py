"""Comparison: one rate of two groups: their ratio, how sure it is, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import asin, erfc, sqrt
from typing import Any, Literal

from boathouse.ml.fairness import interval
from boathouse.ml.fairness.correction import adjusted
from boathouse.ml.fairness.criteria import FairnessCriteria
from boathouse.ml.fairness.group import Group, Rate

Status = Literal["fair", "unfair", "too few to tell"]


@dataclass(frozen=True)
class Comparison:
    """Two groups of an attribute by one rate; which of them is a and which b changes nothing."""

    attribute: str
    rate: str
    group_a: str
    group_b: str
    a: Rate
    b: Rate
    adjusted_p_value: float = 1.0  # by all comparisons of the same rate, of all attributes
    confidence: float = 0.95
    status: Status = "too few to tell"

    @property
    def rates(self) -> tuple[float, float]:
        return self.a.hits / self.a.of, self.b.hits / self.b.of

    @property
    def ratio(self) -> float:
        """Give the lower rate by the higher; 0 where one group is never flagged, 1 where neither is."""
        low, high = sorted(self.rates)
        return low / high if high else 1.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """Give the interval of the ratio of the same two groups; None where neither is ever flagged."""
        low, high = sorted((self.a, self.b), key=lambda rate: rate.hits / rate.of)
        return interval.ratio((low.hits, low.of), (high.hits, high.of), self.confidence)

    @property
    def chi_square(self) -> float:
        """Give Pearson's statistic of the four counts, without Yates's correction, which finds too little."""
        hits, of = self.a.hits + self.b.hits, self.a.of + self.b.of
        if hits in (0, of):
            return 0.0
        apart = self.a.hits * (self.b.of - self.b.hits) - self.b.hits * (self.a.of - self.a.hits)
        return of * apart * apart / (self.a.of * self.b.of * hits * (of - hits))

    @property
    def p_value(self) -> float:
        return erfc(sqrt(self.chi_square / 2))  # the upper tail of chi-square with one degree of freedom

    @property
    def effect_size_h(self) -> float:
        """Give Cohen's h, with the sign of rate_a less rate_b."""
        a, b = self.rates
        return 2 * (asin(sqrt(a)) - asin(sqrt(b)))

    def judged(self, adjusted_p_value: float, criteria: FairnessCriteria) -> Comparison:
        """Say what follows: unfair is a ratio below the least that is allowed, and not by chance.

        A group that is never flagged cannot come lower, so it is asked for its own p-value alone.
        """
        sure = adjusted_p_value < criteria.significance
        never = self.ratio == 0 and self.p_value < criteria.significance
        if self.ratio >= criteria.minimum_ratio:
            status: Status = "fair"
        else:
            status = "unfair" if sure or never else "too few to tell"
        return replace(self, adjusted_p_value=adjusted_p_value, confidence=criteria.confidence, status=status)

    @property
    def document(self) -> dict[str, Any]:
        """Say it in plain values; `is_fair` is None where there are too few rows to tell."""
        rate_a, rate_b = self.rates
        return {
            "group_a": self.group_a, "group_b": self.group_b, "rate": self.rate, "rate_a": rate_a, "rate_b": rate_b,
            "disparate_impact_ratio": self.ratio, "ratio_interval": self.interval,
            "chi_square": self.chi_square, "p_value": self.p_value, "adjusted_p_value": self.adjusted_p_value,
            "effect_size_h": self.effect_size_h, "status": self.status,
            "is_fair": None if self.status == "too few to tell" else self.status == "fair",
        }  # fmt: skip

    @property
    def says(self) -> str:
        """Say it in one sentence."""
        (low, less), (high, more) = sorted(zip(self.rates, (self.group_a, self.group_b), strict=True))
        between = "" if self.interval is None else f" ({self.interval[0]:.2f} to {self.interval[1]:.2f})"
        name = self.rate.replace("_", " ")
        return (
            f"{self.attribute}: the {name} of {less} is {low:.2%} and of {more} {high:.2%}, a ratio of "
            f"{self.ratio:.2f}{between}, p = {self.adjusted_p_value:.2g}"
        )


def compared(attribute: str, rate: str, groups: Sequence[Group], minimum: int) -> list[Comparison]:
    """Put together all pairs of groups that have enough rows for this rate, yet without a verdict."""
    rates = [(group.name, group.rate(rate)) for group in groups]
    enough = [(name, found) for name, found in rates if found and found.of >= minimum]
    return [Comparison(attribute, rate, a, b, of_a, of_b) for (a, of_a), (b, of_b) in combinations(enough, 2)]


def judged(comparisons: Iterable[Comparison], criteria: FairnessCriteria) -> list[Comparison]:
    """Give verdicts on comparisons that are made together, corrected for how many they are."""
    made = list(comparisons)
    p_values = adjusted([comparison.p_value for comparison in made], criteria.correction)
    return [comparison.judged(p, criteria) for comparison, p in zip(made, p_values, strict=True)]

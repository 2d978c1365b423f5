"""Analysis: what the groups of each attribute are like, by every criterion that the data can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from boathouse.errors import UserError
from boathouse.ml.fairness.attribute import JOINT, Attribute
from boathouse.ml.fairness.comparison import Comparison, Status, compared, judged
from boathouse.ml.fairness.criteria import RATES, UNLABELLED, FairnessCriteria
from boathouse.ml.fairness.group import Group
from boathouse.ml.fairness.people import Counted, Threshold

MOST_GROUPS = 200  # 19,900 pairs


@dataclass(frozen=True)
class AttributeAnalysis:
    """The groups of one attribute, all comparisons between them, and the verdict by each criterion."""

    attribute: str
    groups: tuple[Group, ...]
    everyone: Group
    comparisons: tuple[Comparison, ...]
    criteria: FairnessCriteria
    threshold: Threshold

    def of(self, criterion: str) -> tuple[Comparison, ...]:
        """Give the comparisons that a criterion rests on."""
        return tuple(one for one in self.comparisons if one.rate in RATES[criterion])

    def status(self, criterion: str) -> Status:
        """Say whether any pair is unfair; where nothing is flagged or no two groups have enough rows, nothing is known."""
        found = {one.status for one in self.of(criterion)}
        if "unfair" in found:
            return "unfair"
        return "fair" if found == {"fair"} and self.everyone.flagged else "too few to tell"

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Name the criteria that can be asked: all of them where there are labels."""
        return tuple(RATES) if self.everyone.labelled is not None else (UNLABELLED,)

    @property
    def document(self) -> dict[str, Any]:
        """Say it in plain values, under the names that fairness reports have."""
        criteria = self.criteria
        minimum = criteria.minimum_group_size
        return {
            "attribute": self.attribute,
            "threshold": {
                "percentile": self.threshold.percentile, "value": self.threshold.value,
                "flagged": self.threshold.flagged, "scored": self.threshold.scored,
            },
            "groups": {group.name: group.document(self.everyone, criteria.confidence, minimum) for group in self.groups},
            "pairwise_comparisons": [one.document for one in self.of(UNLABELLED)],
            "overall_metrics": self._overall(),
            "criteria": {name: self._criterion(name) for name in self.asked},
        }  # fmt: skip

    def _overall(self) -> dict[str, Any]:
        ratios = [one.ratio for one in self.of(UNLABELLED)]
        status = self.status(UNLABELLED)
        made: dict[str, Any] = {
            # Where nothing is flagged at all, nobody has shown that it is fair.
            "is_fair": status != "unfair" and self.everyone.flagged > 0, "status": status,
            "min_disparate_impact_ratio": min(ratios, default=None), "max_disparate_impact_ratio": max(ratios, default=None),
            "fairness_score": min(ratios, default=None),
            "too_few_to_tell": [g.name for g in self.groups if g.count < self.criteria.minimum_group_size],
            "notes": list(self.threshold.notes),
        }  # fmt: skip
        for name in self.asked:
            made[f"{name}_difference"], made[f"{name}_ratio"] = self.spread(name)
        if self.everyone.labelled is not None:
            gaps = [gap for group in self._enough if (gap := group.calibration_gap(self.everyone)) is not None]
            made["calibration_gap"] = max(gaps, default=None)
        return made

    @property
    def _enough(self) -> list[Group]:
        return [group for group in self.groups if group.count >= self.criteria.minimum_group_size]

    def spread(self, criterion: str) -> tuple[float | None, float | None]:
        """Give the largest difference and the smallest ratio of the rates between groups; None where fewer than two have one."""
        found = self.of(criterion)
        differences = [abs(one.rates[0] - one.rates[1]) for one in found]
        return max(differences, default=None), min((one.ratio for one in found), default=None)

    def _criterion(self, name: str) -> dict[str, Any]:
        difference, ratio = self.spread(name)
        status = self.status(name)
        return {
            "status": status, "is_fair": status != "unfair", "difference": difference, "ratio": ratio,
            "comparisons": [one.document for one in self.of(name)],
        }  # fmt: skip


def analyses(counted: Counted, criteria: FairnessCriteria) -> dict[Attribute, AttributeAnalysis]:
    """Compare the groups of every attribute; one correction holds for all comparisons of a rate, of all attributes."""
    rates = {rate: None for rates in RATES.values() for rate in rates}
    found: list[Comparison] = []
    for rate in rates:
        pairs: list[Comparison] = []
        for attribute, groups in counted.groups.items():
            _refuse_many(attribute, groups, criteria.minimum_group_size)
            pairs += compared(JOINT.join(attribute), rate, groups, criteria.minimum_group_size)
        found += judged(pairs, criteria)
    return {
        attribute: AttributeAnalysis(
            JOINT.join(attribute), groups, counted.everyone,
            tuple(one for one in found if one.attribute == JOINT.join(attribute)), criteria, counted.threshold,
        )
        for attribute, groups in counted.groups.items()
    }  # fmt: skip


def _refuse_many(attribute: Attribute, groups: Sequence[Group], minimum: int) -> None:
    enough = sum(group.count >= minimum for group in groups)
    if enough > MOST_GROUPS:
        raise UserError(
            f"`{JOINT.join(attribute)}` has {enough} groups of at least {minimum} rows",
            hint="put its values together into fewer, or raise minimum_group_size",
        )

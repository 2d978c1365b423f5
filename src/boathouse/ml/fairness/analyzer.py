"""Fairness analyzer: how fraud scores treat groups of people, with how sure that is, and a gate before a release."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from boathouse.errors import CheckFailed, UnknownName, UserError
from boathouse.extra import needed
from boathouse.ml.fairness.analysis import AttributeAnalysis, analyses
from boathouse.ml.fairness.attribute import JOINT, Attribute
from boathouse.ml.fairness.criteria import RATES, FairnessCriteria
from boathouse.ml.fairness.fairness_report import fairness_report
from boathouse.ml.fairness.people import Counted, counted

WHAT_TO_DO = (
    "look at what differs between these groups (get_detailed_comparison), train without columns that stand for the "
    "attribute, or flag at another threshold"
)


class FairnessAnalyzer:
    """Compare how often groups of people are flagged, and how rightly where there are labels.

    >>> analyzer = FairnessAnalyzer(claims, scores, ["patient_gender", "patient_age"])
    >>> analyzer.get_bias_summary()      # a row for each attribute
    >>> analyzer.gate()                  # raises CheckFailed where a group is treated unfairly

    An attribute may be several columns together: ["patient_gender", ("patient_gender", "geographic_region")].
    """

    def __init__(
        self, data: Any, fraud_scores: Any, protected_attributes: Sequence[str | Sequence[str]],
        threshold_percentile: float = 95.0, *, labels: Any = None, criteria: FairnessCriteria | None = None,
    ) -> None:  # fmt: skip
        self.criteria = criteria or FairnessCriteria()
        if isinstance(protected_attributes, str) or not protected_attributes:
            raise UserError("protected_attributes is a list of columns", hint="such as ['patient_gender']")
        self.protected_attributes: tuple[Attribute, ...] = tuple(
            dict.fromkeys((one,) if isinstance(one, str) else tuple(one) for one in protected_attributes)
        )
        for criterion in self.criteria.gated:
            if labels is None and RATES[criterion] != ("flag_rate",):
                raise UserError(f"{criterion} cannot be asked without labels", hint="give labels=, one a row")
        self._counted: Counted = counted(
            data, fraud_scores, self.protected_attributes, self.criteria, percentile=threshold_percentile, labels=labels
        )

    @cached_property
    def _analyses(self) -> dict[Attribute, AttributeAnalysis]:
        return analyses(self._counted, self.criteria)

    @property
    def threshold(self) -> float | None:
        """Give the score above which a row is flagged; None where no row has a score."""
        return self._counted.threshold.value

    def analyze_attribute(self, attribute: str | Sequence[str]) -> dict[str, Any]:
        """Give an attribute's groups, the comparisons of each pair, and what follows, in plain values."""
        return self._analysis(attribute).document

    def analyze_all_attributes(self) -> dict[str, dict[str, Any]]:
        """Give the same of every attribute, by its name; columns that are looked at together are `a & b`."""
        return {analysis.attribute: analysis.document for analysis in self._analyses.values()}

    def get_bias_summary(self) -> Any:
        """Give a pandas frame with a row for each attribute; a ratio that no two groups have is a null."""
        rows = []
        for analysis in self._analyses.values():
            overall = analysis.document["overall_metrics"]
            rows.append({
                "attribute": analysis.attribute, "num_groups": len(analysis.groups),
                "min_di_ratio": overall["min_disparate_impact_ratio"], "max_di_ratio": overall["max_disparate_impact_ratio"],
                "is_fair": overall["is_fair"], "fairness_score": overall["fairness_score"], "status": overall["status"],
            })  # fmt: skip
        # Of one type each, also where all of a column is null: Spark makes no frame of a column without a type.
        numbers = dict.fromkeys(("min_di_ratio", "max_di_ratio", "fairness_score"), "float64")
        return needed("pandas", "ml").DataFrame(rows).astype(numbers)

    def get_detailed_comparison(self, attribute: str | Sequence[str]) -> Any:
        """Give a pandas frame with a row for each pair of groups and each rate that is known."""
        rows = [one.document for one in self._analysis(attribute).comparisons]
        for row in rows:
            row["ratio_low"], row["ratio_high"] = row.pop("ratio_interval") or (None, None)
        return needed("pandas", "ml").DataFrame(rows)

    def generate_fairness_report(self, attribute: str | Sequence[str] | None = None) -> str:
        """Write a page in Markdown about one attribute, or all of them."""
        return fairness_report([self._analysis(attribute)] if attribute is not None else self._analyses.values())

    def gate(self) -> None:
        """Raise CheckFailed where a gated criterion is broken, or where nothing is flagged and so nothing can be told."""
        if not self._counted.everyone.flagged:
            raise CheckFailed(
                f"fairness cannot be told: {'; '.join(self._counted.threshold.notes)}",
                hint="score the rows anew, or choose another threshold_percentile",
            )
        unfair = [
            one
            for analysis in self._analyses.values()
            for criterion in self.criteria.gated
            for one in analysis.of(criterion)
            if one.status == "unfair"
        ]
        if unfair:
            said = "\n  ".join(dict.fromkeys(one.says for one in unfair))
            raise CheckFailed(f"the scores treat groups unfairly:\n  {said}", hint=WHAT_TO_DO)

    def _analysis(self, attribute: str | Sequence[str]) -> AttributeAnalysis:
        by_name = {analysis.attribute: analysis for analysis in self._analyses.values()}
        name = attribute if isinstance(attribute, str) else JOINT.join(attribute)
        if name not in by_name:
            raise UnknownName("protected attribute", name, by_name)
        return by_name[name]

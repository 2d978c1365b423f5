"""Fairness report: an analysis as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boathouse.ml.fairness.analysis import AttributeAnalysis
from boathouse.ml.fairness.group import Group
from boathouse.ml.fairness.interval import wilson

RATES = ("true_positive_rate", "false_positive_rate", "precision")


def fairness_report(analyses: Iterable[AttributeAnalysis]) -> str:
    """Write the page: the threshold, and of each attribute its groups, what is unfair, and what cannot be told."""
    lines = ["# Fairness report", ""]
    for at, analysis in enumerate(analyses):
        if at == 0:
            lines += [*_threshold(analysis), ""]
        lines += [*_attribute(analysis), ""]
    return "\n".join(lines)


def _threshold(analysis: AttributeAnalysis) -> Iterator[str]:
    threshold, criteria = analysis.threshold, analysis.criteria
    above = "" if threshold.value is None else f", above a score of {threshold.value:g}"
    yield (
        f"{threshold.flagged:,} of {threshold.scored:,} rows are flagged: those beyond the {threshold.percentile:g}th "
        f"percentile{above}. A pair of groups is unfair where the lower flag rate is less than "
        f"{criteria.minimum_ratio:g} of the higher and chance does not explain it ({criteria.confidence:.0%} confidence, "
        f"correction: {criteria.correction.replace('_', ' ')})."
    )
    for note in threshold.notes:
        yield f"\n**{note}.**"


def _attribute(analysis: AttributeAnalysis) -> Iterator[str]:
    yield f"## {_cell(analysis.attribute)}\n"
    for name in analysis.asked:
        difference, ratio = analysis.spread(name)
        measured = "" if ratio is None else f" (ratio {ratio:.3f}, difference {difference:.3f})"
        yield f"- {name.replace('_', ' ')}: **{analysis.status(name)}**{measured}"
    labels = list(RATES) if analysis.everyone.labelled is not None else []
    yield "\n" + _row("group", "rows", "flagged", "flag rate", "interval", *(name.replace("_", " ") for name in labels))
    yield _row("---", *["---:"] * (4 + len(labels)))
    yield from (_row(*_group(group, analysis, labels)) for group in analysis.groups)
    unfair = [one for one in analysis.comparisons if one.status == "unfair"]
    if unfair:
        yield "\nUnfair:\n"
        yield from (f"- {_cell(one.says)}" for one in unfair)


def _group(group: Group, analysis: AttributeAnalysis, labels: Iterable[str]) -> Iterator[str]:
    few = " (too few to tell)" if group.count < analysis.criteria.minimum_group_size else ""
    low, high = wilson(group.flagged, group.count, analysis.criteria.confidence)
    yield from (f"{_cell(group.name)}{few}", f"{group.count:,}", f"{group.flagged:,}")
    yield from (f"{group.flagged / group.count:.2%}", f"{low:.2%} to {high:.2%}")
    for name in labels:
        rate = group.rate(name)
        yield "-" if rate is None or rate.value is None else f"{rate.value:.2%}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Write a name from the data so that it breaks no table and starts no tag."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "\\`"), ("\r", " "), ("\n", " ")):
        text = text.replace(sign, written)
    return text

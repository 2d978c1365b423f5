"""Numbers are brought to one scale: by mean and deviation, or by median and quartiles where many lie far out."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.measures import names_things
from boathouse.probe import ColumnProfile
from boathouse.recommendation import Phase, Recommendation, Subject, noted
from boathouse.schema import is_number

PHASE: Phase = "features.scaling"

FAR_OUT = 5.0  # percent of the values beyond the fences, above which a deviation is theirs alone
WIDE = 100  # from least to most: few-valued numbers within less, such as hours or persons, are near enough to 0 and 1


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Scale what was measured; codes, 0 and 1, and small whole numbers stay, and so do totals, which nobody has measured."""
    for name, column in subject.origins.items():
        if name not in subject.schema or name in subject.fixed or not is_number(subject.schema[name].type):
            continue
        if not _is_wide(column):
            continue
        share = _far_out(column)
        method = "robust" if share > FAR_OUT else "standard"
        yield Recommendation(
            table=subject.table,
            step={"step": "scale", "column": name, "method": method},
            **noted(subject.data, "numeric_shape", [name], _why(name, column, share)),
            risk="the numbers lose their unit; whoever reads the table needs the frozen numbers of fitted.yml to go back",
            layer="gold", category="scaling", action=method,
        )  # fmt: skip


def _is_wide(column: ColumnProfile) -> bool:
    metrics = column.type_metrics
    if names_things(column.name) or (
        "max_value" in metrics and -1 <= metrics["min_value"] <= metrics["max_value"] <= 1
    ):
        return False
    if column.inferred_type == "numeric_discrete":
        return bool(metrics["max_value"] - metrics["min_value"] > WIDE)
    return column.inferred_type in ("numeric_continuous", "text")


def _far_out(column: ColumnProfile) -> float:
    """Give the percent beyond the fences; none where the quartiles are one value, by which nothing can be divided."""
    metrics = column.type_metrics
    return float(metrics.get("outlier_percentage", 0.0)) if metrics.get("q1", 0.0) < metrics.get("q3", 1.0) else 0.0


def _why(name: str, column: ColumnProfile, share: float) -> str:
    metrics = column.type_metrics
    if share > FAR_OUT:
        return f"{share} % of {name} lie beyond the fences; a deviation would be theirs, quartiles are not"
    if "max_value" not in metrics:
        return f"{name} would outweigh what lies in 0 to 1 in a distance or a linear model"
    reach = f"{name} reaches from {_short(metrics['min_value'])} to {_short(metrics['max_value'])}"
    return f"{reach}; linear models and distances want one scale"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= WIDE else f"{value:.6g}"

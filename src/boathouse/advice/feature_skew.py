"""Amounts with a long tail are drawn in by their logarithm, which keeps their order."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.measures import names_things
from boathouse.probe import ColumnProfile
from boathouse.recommendation import Phase, Recommendation, Subject, noted
from boathouse.schema import is_number

PHASE: Phase = "features.skew"

STRONG = 1.0  # of skew, the seed's line for a logarithm


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Take only columns without negative values: ln(1 + x) has none for them, and would make them NULL."""
    for name, column in subject.origins.items():
        if (
            name in subject.schema
            and name not in subject.fixed
            and is_number(subject.schema[name].type)
            and _has_tail(column)
        ):
            skew = column.type_metrics["skewness"]
            yield Recommendation(
                table=subject.table,
                step={"step": "log_transform", "column": name},
                **noted(subject.data, "numeric_shape", [name], f"{name} has a skewness of {skew:.2f}"),
                risk="differences among large values shrink; a sum of logarithms is no sum",
                layer="gold", category="transformation", action="log",
            )  # fmt: skip


def _has_tail(column: ColumnProfile) -> bool:
    metrics = column.type_metrics
    return (
        column.inferred_type == "numeric_continuous"
        and not names_things(column.name)
        and metrics.get("skewness", 0.0) > STRONG
        and metrics["min_value"] >= 0
    )

"""Fairness check: how a model's scores treat groups of people, as rows, as the gate's verdict, and as an event of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from boathouse.errors import CheckFailed, UserError
from boathouse.model_file import ModelSpec
from boathouse.scheduled_job import Site

ROW = pa.schema({
    "checked_at": pa.timestamp("us", "UTC"), "model_type": pa.string(), "model_version": pa.int64(), "data_version": pa.string(),
    "attribute": pa.string(), "num_groups": pa.int64(), "min_di_ratio": pa.float64(), "max_di_ratio": pa.float64(),
    "is_fair": pa.bool_(), "fairness_score": pa.float64(), "status": pa.string(),
})  # fmt: skip


@dataclass(frozen=True)
class Scored:
    """Rows with their scores, and which model gave them to which table's version."""

    rows: pa.Table
    version: int
    model_type: str
    data_version: str


@dataclass(frozen=True)
class FairnessCheck:
    """What was found: a row an attribute, and why the gate refuses, if it does."""

    rows: pa.Table
    refused: str


def check_fairness(
    site: Site, spec: ModelSpec, scored: Scored, attributes: Sequence[str] = (), percentile: float = 0.0
) -> FairnessCheck:
    """Compare the groups of each attribute, tell of it as an event, and note the verdict for whoever promotes the version."""
    from boathouse.ml.fairness.analyzer import FairnessAnalyzer

    attributes = attributes or spec.protected
    if not attributes:
        raise UserError(
            f"{spec.name} names no `protected` columns", hint="add them to its file, or --protected-attributes"
        )
    hooks = site.hooks.about(
        model=spec.registry_name,
        model_version=str(scored.version),
        model_type=scored.model_type,
        data_version=scored.data_version,
    )
    hooks.pre_fairness_analysis(attributes)
    with hooks.telling_failure("fairness_analysis"):
        labels = spec.label if spec.label in scored.rows.column_names else None
        analyzer = FairnessAnalyzer(
            scored.rows, spec.score, attributes, percentile or spec.threshold_percentile, labels=labels
        )
        results, refused = analyzer.analyze_all_attributes(), refusal(analyzer)
    hooks.post_fairness_analysis({"passed": not refused, "attributes": results})
    site.registry.note(
        site.registry.version(spec.registry_name, scored.version),
        "fairness",
        passed=not refused,
        told=refused or told(attributes),
    )
    return FairnessCheck(summary(analyzer.get_bias_summary().to_dict("list"), scored), refused)


def refusal(analyzer: object) -> str:
    """Ask the gate, and say why it refuses; nothing where it does not."""
    try:
        analyzer.gate()  # type: ignore[attr-defined]
    except CheckFailed as error:
        return error.message
    return ""


def told(attributes: Sequence[str]) -> str:
    return f"no group is treated unfairly by {', '.join(attributes)}"


def summary(found: dict[str, list[object]], scored: Scored) -> pa.Table:
    """Give the analyzer's summary as rows of a table, with what it is of."""
    count = len(found["attribute"])
    said = {
        "checked_at": datetime.now(UTC), "model_type": scored.model_type, "model_version": scored.version,
        "data_version": scored.data_version,
    }  # fmt: skip
    columns = {**{name: [value] * count for name, value in said.items()}, **found}
    return pa.table([pa.array(columns[field.name], field.type, from_pandas=True) for field in ROW], schema=ROW)

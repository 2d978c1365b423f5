"""The plain numbers that belong to a column's type, under the names of the seed's findings files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boathouse.probe import ColumnType, percent
from boathouse.profiling.column_types import Facts
from boathouse.profiling.targets import class_metrics

RARE = 0.01
KEPT = 20
UNKNOWN_WORDS = {"unknown", "other", "n/a", "na", "none", "?", "missing"}
INNER = ("count", "min_count", "max_count", "after_min", "before_max")  # of numbers.py, for probes alone


def type_metrics(kind: ColumnType, facts: Facts, days: Mapping[str, Any]) -> dict[str, Any]:
    """Give the metrics of one type; numbers keep theirs whatever they are used as."""
    numbers = {key: value for key, value in facts.numbers.items() if key not in INNER}
    match kind:
        case "target" if facts.top:
            return class_metrics(facts.top, facts.rows - facts.present)
        case "identifier":
            return identifier_metrics(facts) | {
                key: numbers[key] for key in ("min_value", "max_value") if key in numbers
            }
        case "datetime":
            return dict(days)
        case "numeric_continuous" | "numeric_discrete":
            return numbers
        case "binary":
            return binary_metrics(facts) | numbers
        case "categorical_nominal" | "categorical_ordinal" | "categorical_cyclical":
            return category_metrics(facts)
        case "text":
            return text_metrics(facts)
    return {}


def identifier_metrics(facts: Facts) -> dict[str, Any]:
    lengths = {key: facts.counts[key] for key in ("length_min", "length_max") if key in facts.counts}
    return {"is_unique": facts.distinct == facts.present, "duplicate_count": facts.present - facts.distinct, **lengths}


def category_metrics(facts: Facts) -> dict[str, Any]:
    rare = [value for value, count in facts.top if count < RARE * facts.present]
    return {
        "cardinality": facts.distinct,
        "cardinality_ratio": round(facts.unique, 4),
        "value_counts": dict(facts.top[:KEPT]),
        "top_categories": [value for value, _ in facts.top[:5]],
        "rare_categories": rare[:KEPT],
        "rare_category_count": len(rare),
        "rare_category_percentage": percent(len(rare), facts.distinct),
        "contains_unknown": any(value.strip().lower() in UNKNOWN_WORDS for value, _ in facts.top),
        "encoding_recommendation": encoding(facts.distinct),
    }


def encoding(distinct: int) -> str:
    """Name the encoding that the seed takes for so many categories."""
    return "onehot" if distinct <= 5 else "target" if distinct <= 20 else "hashing"  # noqa: PLR2004 - the seed's lines


def binary_metrics(facts: Facts) -> dict[str, Any]:
    counts = [count for _, count in facts.top] or [facts.present]
    return {
        "values_found": [value for value, _ in facts.top],
        "value_counts": dict(facts.top),
        "balance_ratio": round(min(counts) / max(counts), 4),
        "is_boolean": facts.holds == "boolean",
    }


def text_metrics(facts: Facts) -> dict[str, Any]:
    counts = facts.counts
    if not counts:
        return {}
    return {
        "length_min": counts["length_min"],
        "length_max": counts["length_max"],
        "length_mean": round(counts["length_sum"] / facts.present, 2),
        "empty_count": counts["blank"],
        "empty_percentage": percent(counts["blank"], facts.present),
    }

"""Categories become numbers: a column each where they are few, their frequency where they are many; yes and no become 1 and 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boathouse.probe import ColumnProfile
from boathouse.recommendation import Phase, Recommendation, Subject, noted

PHASE: Phase = "features.encoding"

FEW = (
    12  # the months; a tree splits a dozen columns well, and a linear model of 50 columns for one needs the rows for it
)
LONGEST = 200  # characters of a category: it becomes part of a column's name, and a line of the table's file
KINDS = ("categorical_nominal", "categorical_ordinal", "categorical_cyclical", "binary")


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """List the categories that were found, so that tomorrow's rows make the same columns."""
    flags = [column.name for column in subject.schema if column.type == "boolean" and column.name not in subject.fixed]
    if flags:
        yield Recommendation(
            table=subject.table, step={"step": "cast", "columns": dict.fromkeys(flags, "int")},
            **noted(subject.data, "booleans_in_text", flags, f"{len(flags)} columns are yes or no"),
            risk="none that is known; a missing value stays missing",
            layer="gold", category="encoding", action="ordinal",
        )  # fmt: skip
    for name, column in subject.origins.items():
        if (
            name in subject.schema
            and name not in subject.fixed
            and subject.schema[name].type == "string"
            and column.inferred_type in KINDS
        ):
            yield _encode(subject, name, column)


def _encode(subject: Subject, name: str, column: ColumnProfile) -> Recommendation:
    values = _categories(subject, column)
    few = 0 < len(values) <= FEW and int(column.universal_metrics["distinct_count"]) <= len(
        column.type_metrics["value_counts"]
    )
    few = few and max(map(len, values)) <= LONGEST
    method: dict[str, Any] = {"method": "one_hot", "categories": values} if few else {"method": "frequency"}
    harm = (
        "a category that comes up tomorrow is none of them, all zeros"
        if few
        else "two categories that are equally frequent look the same"
    )
    return Recommendation(
        table=subject.table, step={"step": "encode", "column": name, **method},
        because=f"{column.name}: {column.evidence[-1]}", risk=harm,
        layer="gold", category="encoding", action=str(method["method"]),
    )  # fmt: skip


def _categories(subject: Subject, column: ColumnProfile) -> list[str]:
    """Give the values as the steps before leave them: trimmed, in lower case, without placeholders, with what fills gaps."""
    values = [str(value) for value in column.type_metrics.get("value_counts", ())]
    for item in subject.before:
        step = item.step
        names = [*step.get("columns", ()), step.get("column")]
        if item.table.layer == "silver" and column.name in names and _is_of(subject, item, column):
            values = _after(dict(step), values)
    return sorted(dict.fromkeys(values))


def _is_of(subject: Subject, item: Recommendation, column: ColumnProfile) -> bool:
    return any(data.name == item.table.table and column in data.columns for data in subject.findings.datasets)


def _after(step: dict[str, Any], values: list[str]) -> list[str]:
    match step["step"]:
        case "null_if":
            return [value for value in values if value.strip().lower() not in map(str, step["values"])]
        case "trim_text":
            return [value.strip() for value in values]
        case "normalize_text":
            words = [" ".join(value.split()) for value in values]
            return [word.lower() for word in words] if step["case"] == "lower" else words
        case "fill_nulls" if step["using"] == "constant":
            return [*values, str(step["value"])]
    return values

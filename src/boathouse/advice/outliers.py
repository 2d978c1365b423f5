"""A few values far from all others are moved to a fence, where the numbers are those of entities and lie evenly else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boathouse.measures import names_things
from boathouse.recommendation import Phase, Recommendation, Subject, because
from boathouse.schema import is_number

PHASE: Phase = "silver.outliers"

# Percent of the values: more than these are no outliers but the way the values lie.
MOST = 2.0
# Of a strongly skewed column the fences cut the tail off, which log_transform draws in without losing its order.
EVEN = 1.0
# Interquartile ranges: Tukey's line between what is out and what is far out. An age of 64 among ages up to 62 is just an age.
FAR = 3.0


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Cap at 3 interquartile ranges where values lie beyond them; events keep their values, for what was paid was paid."""
    if subject.is_events:
        return
    numbers = {column.name: column for column in subject.columns("numeric_continuous") if not names_things(column.name)}
    for finding in subject.of("outliers"):
        column = numbers.get(str(finding.column))
        if column is None or not is_number(subject.schema[column.name].type) or subject.of("placeholders", column.name):
            continue  # where a number stood for nothing, the fences were measured with it
        if (
            finding.numbers["iqr_percentage"] <= MOST
            and abs(column.type_metrics["skewness"]) <= EVEN
            and _is_far(finding.numbers)
        ):
            yield Recommendation(
                table=subject.table,
                step={"step": "cap_outliers", "column": column.name, "k": FAR},
                **because(finding),
                risk="rare values that are true, and often the most telling, become ordinary",
                layer="bronze", category="outlier", action="cap",
            )  # fmt: skip


def _is_far(numbers: Mapping[str, float]) -> bool:
    # The fences lie 1.5 ranges out on both sides, so between them lie 4.
    further = 1.5 * (numbers["upper"] - numbers["lower"]) / 4
    return numbers["min_value"] < numbers["lower"] - further or numbers["max_value"] > numbers["upper"] + further

"""Missing values of entities are filled: numbers by the median, categories by the most frequent one or by `missing`."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.measures import names_things
from boathouse.missing import Missing, missing
from boathouse.probe import ColumnProfile
from boathouse.recommendation import Phase, Recommendation, Subject
from boathouse.schema import is_number

PHASE: Phase = "silver.missing"

# Beyond this share most of the column would be made up; beneath the other, the most frequent category changes little.
MOST, LITTLE = 0.4, 0.05
KINDS = (
    "numeric_continuous",
    "numeric_discrete",
    "binary",
    "categorical_nominal",
    "categorical_ordinal",
    "categorical_cyclical",
)


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Fill what is filled sensibly; dates, free text, personal data, keys and the target are never made up."""
    if subject.is_events:
        return
    for column in subject.columns(*KINDS):
        gap = missing(subject.data, column)
        if 0 < gap.share <= MOST and not subject.of("pii", column.name):
            yield from _fill(subject, column, gap)


def _fill(subject: Subject, column: ColumnProfile, gap: Missing) -> Iterator[Recommendation]:
    type_ = subject.schema[column.name].type
    if is_number(type_) and names_things(column.name):
        return  # no code lies between two others
    if is_number(type_) and column.inferred_type.startswith("numeric"):
        yield _filled(subject, gap, "median", "makes the values lie closer together than they do")
    elif gap.share <= LITTLE:
        yield _filled(subject, gap, "mode", "makes the most frequent value more frequent than it is")
    elif type_ == "string":
        yield _filled(subject, gap, "constant", "makes a category that nobody wrote", value="missing")


def _filled(subject: Subject, gap: Missing, using: str, harm: str, **value: str) -> Recommendation:
    return Recommendation(
        table=subject.table, step={"step": "fill_nulls", "column": gap.column, "using": using, **value},
        because=gap.says, findings=gap.findings, risk=f"{harm}; values seldom are missing by chance",
        layer="bronze", category="null", action="impute",
    )  # fmt: skip

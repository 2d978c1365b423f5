"""Measures: which numbers of a column are amounts that may be summed, and which are codes that only look like numbers."""

from __future__ import annotations

from boathouse.probe import ColumnProfile
from boathouse.profiling.name_words import singular, words
from boathouse.schema import is_integer

# Whole numbers only: amounts begin near nothing, and codes (SNOMED's are 6 to 18 digits) far from it.
LEAST_CODE = 1_000
# A column such as DEPARTMENTID has the values of a quantity, so its name is asked; it is one word, so its end is.
NAMING_ENDS, NO_NAMING_ENDS = ("id", "code", "key", "ref", "zip"), ("paid", "bid")
NAMING_WORDS = {"no", "nr", "number"}
# A sum of these says nothing; a place's mean does not either.
LEVELS = {"age", "average", "avg", "mean", "pct", "percent", "percentage", "price", "rate", "rating", "ratio", "score", "temperature"}  # fmt: skip
PLACES = {"lat", "latitude", "lon", "lng", "longitude"}


def totals(column: ColumnProfile) -> tuple[str, ...]:
    """Say what to make of a column of many rows: its sum and mean, its mean alone, or nothing where it is no measure."""
    said = {singular(word) for word in words(column.name)}
    if not column.inferred_type.startswith("numeric") or _distinct(column) <= 1 or said & PLACES:
        return ()
    if is_integer(column.holds) and (names_things(column.name) or _is_code(column)):
        return ()
    return ("mean",) if said & LEVELS else ("sum", "mean")


def names_things(name: str) -> bool:
    """Tell whether a name says that the values are names of something: customer_id, REASONCODE, DIAGNOSISREF1."""
    last = next((word for word in reversed(words(name)) if not word.isdigit()), "")
    return last in NAMING_WORDS or (last.endswith(NAMING_ENDS) and not last.endswith(NO_NAMING_ENDS))


def _is_code(column: ColumnProfile) -> bool:
    return _distinct(column) == _present(column) or column.type_metrics.get("min_value", 0) > LEAST_CODE


def is_category(column: ColumnProfile) -> bool:
    """Tell whether it is worth counting how many different texts there are."""
    few = 1 < _distinct(column) < _present(column)
    return (
        few and column.inferred_type in ("categorical_nominal", "categorical_ordinal") and not names_things(column.name)
    )


def _distinct(column: ColumnProfile) -> int:
    return int(column.universal_metrics["distinct_count"])


def _present(column: ColumnProfile) -> int:
    return int(column.universal_metrics["total_count"]) - int(column.universal_metrics["null_count"])

"""Infer what a column is (identifier, category, number ...) from its values; a name's whole words only support them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boathouse.probe import ColumnType
from boathouse.profiling.name_words import words
from boathouse.schema import is_number

HIGH, MEDIUM, LOW = 0.9, 0.7, 0.4
NEARLY_ALL = 0.99
NEARLY_UNIQUE = 0.95  # identifiers of which some rows were sent twice
FEW_ROWS = 10  # below it every column is unique by accident
DISCRETE, NOMINAL_SURE, NOMINAL = 20, 10, 100
ID_LENGTHS = 2  # characters by which identifiers of one kind differ in length
ID_LONGEST = 40
ID_WORDS = {"id", "ids", "key", "uuid", "guid", "identifier"}
REFERENCE_WORDS = ID_WORDS | {"code", "upc", "ean"}
UNIQUE_WORDS = REFERENCE_WORDS | {"number", "no", "nr", "num", "ref", "reference"}

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
CYCLES = tuple(frozenset(name[:length] for name in names) for names in (DAYS, MONTHS) for length in (3, 9))
CYCLE_LEAST = 3
SCALES = tuple(
    frozenset(scale.split())
    for scale in (
        "low medium high", "low med high", "very_low low medium high very_high", "xs s m l xl xxl", "small medium large", "poor fair good excellent",
        "never rarely sometimes often always", "none mild moderate severe", "beginner intermediate advanced expert",
        "bronze silver gold platinum", "first second third fourth", "minor major total",
    )
)  # fmt: skip
SCALE_LEAST = 3
RANGE = re.compile(
    r"(less than|more than|under|over|up to|[<>]=?) ?\d[\d.,]*.*|\d[\d.,]* ?(to|-|\u2013) ?\d[\d.,]*.*|\d[\d.,]*k? ?\+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Facts:
    """What is known of a column when its type is inferred."""

    name: str
    holds: str
    rows: int
    present: int
    distinct: int
    top: Sequence[tuple[str, int]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    code: bool = False

    @property
    def unique(self) -> float:
        return self.distinct / self.present if self.present else 0.0


Inferred = tuple[ColumnType, float, str]


def infer(facts: Facts) -> Inferred:
    """Take the first type that the evidence speaks for."""
    if not facts.present:
        return "unknown", LOW, "no values at all"
    if facts.holds in ("date", "timestamp"):
        return "datetime", HIGH, f"the values are {facts.holds}s"
    identifier = identifier_evidence(facts)
    if identifier:
        return "identifier", HIGH if facts.unique >= NEARLY_ALL else MEDIUM, identifier
    if facts.distinct == 2 or facts.holds == "boolean":  # noqa: PLR2004 - what binary means
        return "binary", HIGH, f"{facts.distinct} distinct values"
    if is_number(facts.holds):
        discrete = facts.distinct <= DISCRETE
        return (
            ("numeric_discrete", MEDIUM, f"numbers, {facts.distinct} distinct")
            if discrete
            else ("numeric_continuous", HIGH, f"numbers, {facts.distinct} distinct")
        )
    return infer_text(facts)


def infer_text(facts: Facts) -> Inferred:
    values = [value.strip().lower() for value, _ in facts.top]
    if facts.distinct <= NOMINAL and is_cyclical(values):
        return "categorical_cyclical", HIGH, "the values are names of days or months"
    if facts.distinct <= NOMINAL and is_ordinal(values):
        return "categorical_ordinal", MEDIUM, "the values have an order"
    if facts.distinct <= NOMINAL_SURE:
        return "categorical_nominal", HIGH, f"{facts.distinct} distinct texts"
    if facts.distinct <= NOMINAL and facts.distinct <= facts.present / 2:
        return "categorical_nominal", MEDIUM, f"{facts.distinct} distinct texts"
    return "text", MEDIUM, f"{facts.distinct} distinct texts of {facts.present}"


def identifier_evidence(facts: Facts) -> str:
    """Say what makes the column an identifier, or nothing: values that tell rows apart, and a second sign beside that."""
    if facts.counts.get("uuid", 0) > NEARLY_ALL * facts.present:
        return "the values are UUIDs"
    if facts.code and facts.distinct > NOMINAL:
        return "digits that are a code"
    integers = facts.holds == "bigint" or facts.holds in ("int", "smallint")
    if facts.rows >= FEW_ROWS and facts.unique >= NEARLY_UNIQUE and facts.present >= facts.rows / 2:
        sign = number_sign(facts) if integers else text_sign(facts) if facts.holds == "string" else ""
        return f"{facts.distinct} distinct of {facts.present} values, and {sign}" if sign else ""
    last = (words(facts.name) or ("",))[-1]
    if last in REFERENCE_WORDS and facts.distinct > DISCRETE and (integers or is_coded(facts)):
        return f"its name ends in `{last}`, and {facts.distinct} distinct values look like references"
    return ""


def number_sign(facts: Facts) -> str:
    low, high = facts.numbers.get("min_value", -1), facts.numbers.get("max_value", -1)
    if low < 0:
        return ""
    if high - low + 1 <= 1.1 * facts.distinct:
        return "they count up without gaps"
    if UNIQUE_WORDS & set(words(facts.name)):
        return "the name says so"
    if facts.unique < NEARLY_ALL:
        return ""
    return "all have the same number of digits" if len(f"{low:.0f}") == len(f"{high:.0f}") >= 5 else ""  # noqa: PLR2004


def text_sign(facts: Facts) -> str:
    if facts.counts.get("email", 0) > facts.present / 2:
        return ""
    if is_coded(facts):
        return "all have one form"
    return "the name says so" if UNIQUE_WORDS & set(words(facts.name)) and not facts.counts.get("words") else ""


def is_coded(facts: Facts) -> bool:
    """Tell codes from words: no blanks, with digits, and of about one length or of few shapes."""
    counts = facts.counts
    if (
        facts.holds != "string"
        or not counts
        or counts["words"] > (1 - NEARLY_ALL) * facts.present
        or counts["length_max"] > ID_LONGEST
    ):
        return False
    if counts["thousands_point"] or counts["money"] or counts["decimal_comma"] or counts["thousands"]:
        return False
    digits = sum(any(char.isdigit() for char in value) for value, _ in facts.top) >= len(facts.top) / 2
    same_length = counts["length_p99"] - counts["length_p01"] <= ID_LENGTHS
    few_shapes = sum(sorted(facts.shapes.values())[-5:]) >= NEARLY_ALL * facts.present
    return digits and (same_length or few_shapes)


def is_cyclical(values: Sequence[str]) -> bool:
    """Tell names of days or months; `mon` inside an address is none."""
    named = {value for value in values if value}
    return any(len(named & cycle) >= CYCLE_LEAST and len(named - cycle) <= 1 for cycle in CYCLES)


def is_ordinal(values: Sequence[str]) -> bool:
    """Tell a known scale, or ranges of numbers with at most two other words beside them."""
    named = {value.replace(" ", "_") for value in values if value}
    if any(named <= scale and len(named) >= SCALE_LEAST for scale in SCALES):
        return True
    ranges = sum(bool(RANGE.fullmatch(value)) for value in values)
    return ranges >= SCALE_LEAST and ranges >= len(values) - 2

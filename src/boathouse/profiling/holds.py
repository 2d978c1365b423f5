"""Decide what a text column holds: the type that its values have, blanks and placeholders left aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from boathouse.profiling.dates import DateEvidence
from boathouse.profiling.name_words import words
from boathouse.profiling.text_forms import BOOLEAN_PAIRS, PLACEHOLDERS
from boathouse.profiling.texts import TextEvidence

MOSTLY = 0.9  # of the values have to parse; the others are faults to be told, and become NULL
CATEGORY = 20  # distinct values and fewer: a value that does not parse is a category (4+), not a fault
SURE_DIGITS = 15  # that a double keeps
LONG_DIGITS = 18  # that a bigint keeps, whatever they are
MONEY_DIGITS = 2  # behind the point; `27.0` is what a program makes of a whole number
SHORT_CODE = 4  # digits; `007` may be a code, but so may be `00`

# Whole words of a name that, together with digits of one length, say code and not amount.
CODE_WORDS = {"zip", "zipcode", "postal", "postcode", "plz", "phone", "telephone", "mobile", "fax", "ssn", "npi", "ean", "upc", "gtin", "isbn", "iban", "card", "pan"}  # fmt: skip


@dataclass(frozen=True)
class Holding:
    """What a text column holds, and why."""

    type: str
    reason: str
    unparsed: int = 0
    parsed: int = 0
    dates: DateEvidence | None = None
    booleans: tuple[tuple[str, ...], tuple[str, ...]] = field(default=((), ()))
    code: bool = False  # digits that as a number would lose something


def decide(name: str, text: TextEvidence, dates: DateEvidence | None) -> Holding:
    """Take the narrowest type that the values have."""
    counts = text.counts
    placeholders = counts["sure_placeholder"] + counts["likely_placeholder"]
    values = counts["present"] - counts["blank"] - placeholders
    if values <= 0:
        return Holding("string", "no values")
    if dates:
        parsed = sum(dates.formats.values())
        return Holding(dates.type, f"dates as {', '.join(dates.formats)}", max(values - parsed, 0), parsed, dates)
    booleans = boolean_words(text)
    if any(booleans) and not all(value.strip() in ("0", "1") for value in booleans[0] + booleans[1]):
        return Holding(
            "boolean", f"the values are {' / '.join(booleans[0][:1] + booleans[1][:1])}", 0, values, None, booleans
        )
    return number_or_text(name, text, values)


def number_or_text(name: str, text: TextEvidence, values: int) -> Holding:
    counts = text.counts
    if counts["number"] < MOSTLY * values:
        return Holding("string", "the values are text")
    code = code_reason(name, text, values)
    if code:
        return Holding("string", code, code=True)
    unparsed = values - counts["number"]
    if unparsed and counts["distinct"] <= CATEGORY:
        return Holding("string", f"{unparsed} values of few are no numbers")
    if counts["integer"] == counts["number"]:
        if counts["length_max"] - (1 if unparsed == 0 else 0) > LONG_DIGITS:
            return Holding("string", "more digits than a bigint holds", code=True)
        return Holding("bigint", "the values are whole numbers", unparsed, counts["number"])
    return Holding(fraction_type(counts), "the values are numbers", unparsed, counts["number"])


def fraction_type(counts: dict[str, int]) -> str:
    """Tell money from measurements: 12.50 keeps its zero only where the number of digits means something."""
    scale = counts["scale_max"]
    fixed = (
        counts["scale_min"] == scale >= MONEY_DIGITS and counts["trailing_zero"] > 0 and counts["present"] > CATEGORY
    )
    whole = counts["length_max"] - scale - 1
    if fixed and whole + scale <= LONG_DIGITS:
        return f"decimal(18,{scale})"
    return "double"


def code_reason(name: str, text: TextEvidence, values: int) -> str:
    """Say why digits are a code and no number, if they are: as a number they would lose something."""
    counts = text.counts
    same = counts["length_min"] == counts["length_max"]
    if counts["leading_zero"] and (same or counts["length_max"] >= SHORT_CODE):
        return f"{counts['leading_zero']} values begin with a zero that a number would lose"
    if counts["integer"] < counts["number"] or counts["distinct"] <= CATEGORY:
        return ""
    if counts["bare_phone"] >= MOSTLY * values:
        return "ten digits in the form of telephone numbers"
    if (
        counts["card_digits"] >= MOSTLY * values
        and counts["length_max"] >= SURE_DIGITS
        and luhn_share(text.top) >= MOSTLY
    ):
        return "digits with the check digit of payment cards"
    if counts["length_max"] >= SHORT_CODE and CODE_WORDS & set(words(name)):
        return "the name says a code, and the values are digits of about one length"
    return ""


def boolean_words(text: TextEvidence) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the spellings of true and of false, where the column has one such pair and nothing else."""
    told = [value for value, _ in text.top if value.strip() and value.strip().lower() not in PLACEHOLDERS]
    if text.distinct > CATEGORY or len({value.strip().lower() for value in told}) != 2:  # noqa: PLR2004 - yes and no
        return (), ()
    for true, false in BOOLEAN_PAIRS:
        if {value.strip().lower() for value in told} == {true, false}:
            spelled = {word: tuple(sorted(v for v in told if v.strip().lower() == word)) for word in (true, false)}
            return spelled[true], spelled[false]
    return (), ()


def luhn_share(top: Sequence[tuple[str, int]]) -> float:
    """Say which share of the most frequent values ends in the right check digit."""
    values = [value for value, _ in top]
    return sum(is_luhn(value) for value in values) / len(values) if values else 0.0


def is_luhn(value: str) -> bool:
    """Check the last digit of a payment card's number: https://en.wikipedia.org/wiki/Luhn_algorithm."""
    digits = [int(char) for char in value if char.isdigit()][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return bool(digits) and (sum(digits[0::2]) + sum(doubled)) % 10 == 0

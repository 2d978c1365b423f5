"""Date patterns: from the shape of a value (99/99/9999) to the Databricks pattern that reads it, and to DuckDB's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from boathouse.profiling.text_forms import TRIM_SET
from boathouse.quoting import sql_text

DATES = (
    ("ymd", r"(?P<y>9999)(?P<s>[-/.])(?P<a>99?)(?P=s)(?P<b>99?)"),
    ("any", r"(?P<a>99?)(?P<s>[-/. ])(?P<b>99?)(?P=s)(?P<y>9999|99)"),
    ("day month", r"(?P<b>99?)(?P<s>[- ])(?P<m>a{3,9})(?P=s)(?P<y>9999|99)"),
    ("month day", r"(?P<m>a{3,9}) (?P<b>99?)(?P<s>,?) (?P<y>9999)"),
    ("compact", r"(?P<y>9999)(?P<a>99)(?P<b>99)"),
)
TIME = r"(?P<gap>[ a])(?P<h>99?):99(?P<sec>:99(?P<f>\.9{1,9})?)?(?P<half> ?aa)?(?P<z>a|[+-]99:?99)?"
SHAPES = tuple((order, re.compile(f"{date}(?:{TIME})?")) for order, date in DATES)

# Databricks letters -> DuckDB's; the longest first.
LETTERS = (
    ("yyyy", "%Y"), ("yy", "%y"), ("MMMM", "%B"), ("MMM", "%b"), ("MM", "%m"), ("M", "%m"), ("dd", "%d"), ("d", "%d"),
    ("HH", "%H"), ("H", "%H"), ("hh", "%I"), ("h", "%I"), ("mm", "%M"), ("ss", "%S"), ("SSSSSS", "%f"), ("a", "%p"), ("'T'", "T"),
)  # fmt: skip
DIGITS = {"yyyy": "[0-9]{4}", "yy": "[0-9]{2}", "MMMM": "[A-Za-z]{3,9}", "MMM": "[A-Za-z]{3}", "a": "[AaPp][Mm]",
          "SSSSSS": "[0-9]{1,9}",
          **dict.fromkeys(("MM", "dd", "HH", "hh", "mm", "ss"), "[0-9]{2}"), "XXX": "([Zz]|[+-][0-9]{2}:?[0-9]{2})", "'T'": "[Tt]"}  # fmt: skip
TOKEN = re.compile(r"yyyy|yy|MMMM|MMM|MM?|dd?|HH?|hh?|mm|ss|SSSSSS|XXX|'T'|a|#[12]|[^A-Za-z#]+")

Order = Literal["month first", "day first"]


@dataclass(frozen=True, order=True)
class DateForm:
    """A form of dates before it is known which of two numbers is the day: #1/#2/yyyy."""

    text: str

    @property
    def is_open(self) -> bool:
        return "#1" in self.text

    def pattern(self, order: Order, widths: tuple[int, int]) -> str:
        """Write the pattern; MM only where all values have two digits, for MM refuses one."""
        month, day = "#1", "#2"
        if order == "day first":
            month, day = day, month
        width = dict(zip(("#1", "#2"), widths, strict=True))
        return self.text.replace(month, "M" * width[month]).replace(day, "d" * width[day])


def date_form(shape: str) -> tuple[DateForm, tuple[int, int]] | None:
    """Say the form of a shape and how many digits its two open parts have, or that it is no date."""
    for order, regex in SHAPES:
        match = regex.fullmatch(shape)
        if match:
            text, widths = _date_text(order, match.groupdict())
            return DateForm(text + _time_text(match.groupdict())), widths
    return None


def _date_text(order: str, part: dict[str, str]) -> tuple[str, tuple[int, int]]:
    year = "yyyy" if len(part["y"]) == 4 else "yy"  # noqa: PLR2004
    if order == "any":
        return f"#1{part['s']}#2{part['s']}{year}", (len(part["a"]), len(part["b"]))
    if order == "ymd":
        return f"{year}{part['s']}{'M' * len(part['a'])}{part['s']}{'d' * len(part['b'])}", (0, 0)
    if order == "compact":
        return "yyyyMMdd", (0, 0)
    month = "MMM" if len(part["m"]) == 3 else "MMMM"  # noqa: PLR2004
    if order == "day month":
        return f"d{part['s']}{month}{part['s']}{year}", (0, 0)
    return f"{month} d{part['s']} {year}", (0, 0)


def _time_text(part: dict[str, str]) -> str:
    if not part["gap"]:
        return ""
    hour = ("h" if part["half"] else "H") * len(part["h"])
    seconds = (":ss" if part["sec"] else "") + (".SSSSSS" if part["f"] else "")
    half = part["half"].replace("aa", "a") if part["half"] else ""
    return (
        f"{' ' if part['gap'] == ' ' else chr(39) + 'T' + chr(39)}{hour}:mm{seconds}{half}{'XXX' if part['z'] else ''}"
    )


def regex_of(pattern: str) -> str:
    """Write the regular expression of the texts that a pattern (or a form) reads."""
    tokens = TOKEN.findall(pattern)
    return "".join(
        DIGITS.get(token) or ("[0-9]{1,2}" if token[0].isalpha() or token[0] == "#" else re.escape(token))
        for token in tokens
    )


def has_time(pattern: str) -> bool:
    return "mm" in pattern


def parse_sql(pattern: str, text: str) -> str:
    """Write DuckDB's reading of a text by a Databricks pattern; NULL where it does not fit."""
    trimmed = f"trim({text}, {TRIM_SET})"
    guard = f"regexp_full_match({trimmed}, {sql_text(regex_of(pattern), 'duckdb')})"
    if "XXX" in pattern or "SSSSSS" in pattern:
        return f"CASE WHEN {guard} THEN TRY_CAST({trimmed} AS TIMESTAMPTZ) END"
    letters = dict(LETTERS)
    spelled = "".join(letters.get(token, token) for token in TOKEN.findall(pattern))
    return f"CASE WHEN {guard} THEN try_strptime({trimmed}, {sql_text(spelled, 'duckdb')}) END"

"""Formats: Java's date patterns, as strftime words and as regular expressions."""

from __future__ import annotations

import re

from boathouse.errors import UserError
from boathouse.quoting import sql_text

MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
LONG_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

# pattern: (how DuckDB writes it, what Spark's parser takes for it; empty where Spark 3+ refuses to parse it)
PARTS = {
    "yyyy": ("%Y", "[0-9]{4}"), "y": ("%Y", "[0-9]{4}"), "yy": ("%y", "[0-9]{2}"),
    "MMMM": ("%B", f"(?i:{LONG_MONTHS})"), "MMM": ("%b", f"(?i:{MONTHS})"), "MM": ("%m", "[0-9]{2}"), "M": ("%-m", "[0-9]{1,2}"),
    "dd": ("%d", "[0-9]{2}"), "d": ("%-d", "[0-9]{1,2}"),
    "HH": ("%H", "[0-9]{2}"), "H": ("%-H", "[0-9]{1,2}"), "hh": ("%I", "[0-9]{2}"), "h": ("%-I", "[0-9]{1,2}"),
    "mm": ("%M", "[0-9]{2}"), "m": ("%-M", "[0-9]{1,2}"), "ss": ("%S", "[0-9]{2}"), "s": ("%-S", "[0-9]{1,2}"),
    "SSS": ("%g", "[0-9]{3}"), "SSSSSS": ("%f", "[0-9]{6}"), "a": ("%p", "(?i:AM|PM)"),
    "EEEE": ("%A", ""), "EEE": ("%a", ""), "EE": ("%a", ""), "E": ("%a", ""), "DDD": ("%j", ""),
}  # fmt: skip
TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(.)", re.DOTALL)


def strftime(java: str, function: str) -> str:
    """Write a pattern for strftime, as quoted SQL text."""
    return sql_text("".join(word for word, _ in _parts(java, function)), "duckdb")


def shape(java: str, function: str) -> str:
    """Write what a text must look like to be parsed by this pattern: Spark wants two digits for dd, DuckDB takes one."""
    parts = _parts(java, function)
    if any(not known for _, known in parts):
        raise UserError(
            f"the pattern `{java}` of `{function}` cannot be parsed by both engines", hint="leave the weekday out"
        )
    return sql_text(f"^({''.join(known for _, known in parts)})$", "duckdb")


def _parts(java: str, function: str) -> list[tuple[str, str]]:
    found = []
    for token in TOKEN.finditer(java):
        text = token[0]
        if token[1] is not None:
            plain = token[1].replace("''", "'") or "'"
        elif token[2]:
            if text not in PARTS:
                raise UserError(
                    f"the pattern `{text}` of `{function}` has no DuckDB form", hint=f"use {', '.join(PARTS)}"
                )
            found.append(PARTS[text])
            continue
        elif text in "[]{}#":
            raise UserError(
                f"`{text}` in the pattern of `{function}` has no DuckDB form",
                hint="write optional parts as separate formats",
            )
        else:
            plain = text
        found.append((plain.replace("%", "%%"), re.escape(plain)))
    return found

"""Change kind: of two values that differ, the word for how, as a CASE for DuckDB."""

from __future__ import annotations

from boathouse.blanks import BLANK
from boathouse.quoting import sql_text
from boathouse.schema import DECIMAL, FLOATS

ZONES = 14  # hours that a time zone lies from UTC at most
HOUR = 3_600_000_000  # microseconds
DIGITS = 10  # of a double, to which it may have been rounded

ANOTHER = "another value"


def change_kind_sql(kind: str, left: str, right: str) -> str:
    """Write the expression that names the change from left to right of a type; first what fits most narrowly."""
    return f"CASE {_null(kind, left, right)} {_narrow(kind, left, right)} ELSE '{ANOTHER}' END"


def _null(kind: str, left: str, right: str) -> str:
    null = f"{left} IS NULL OR {right} IS NULL"
    empty = f"{_bare(f'coalesce({left}, {right})')} = ''" if kind == "string" else "FALSE"
    return f"WHEN ({null}) AND {empty} THEN 'NULL against empty text' WHEN {null} THEN 'NULL against a value'"


def _narrow(kind: str, left: str, right: str) -> str:
    if match := DECIMAL.fullmatch(kind):
        return _rounded(left, right, range(int(match[2]))) + _last_digit(left, right, int(match[2]))
    if kind in FLOATS:
        infinite = f"WHEN NOT (isfinite({left}) AND isfinite({right})) THEN 'NaN or infinity' "
        return infinite + _rounded(left, right, range(DIGITS)) + f"WHEN {left} = -{right} THEN 'the sign'"
    match kind:
        case "string":
            bare = [_bare(side) for side in (left, right)]
            cases = {"blanks": bare, "upper and lower case": [f"lower({side})" for side in (left, right)],
                     "blanks and case": [f"lower({side})" for side in bare]}  # fmt: skip
            return " ".join(f"WHEN {one} = {other} THEN '{word}'" for word, (one, other) in cases.items())
        case "timestamp" | "timestamp_ntz":
            apart = f"(epoch_us({right}) - epoch_us({left}))"
            shifted = f"{apart} % {HOUR} = 0 AND abs({apart}) <= {ZONES * HOUR}"
            return f"WHEN {shifted} THEN printf('shifted by %+d h', {apart} // {HOUR})"
        case "date":
            return f"WHEN abs({right} - {left}) = 1 THEN 'a day apart'"
    return "WHEN FALSE THEN ''"


def _rounded(left: str, right: str, digits: range) -> str:
    """One side is the other, rounded to fewer digits."""
    pairs = [f"round({one}, {at}) = {other}" for at in digits for one, other in ((left, right), (right, left))]
    return f"WHEN {' OR '.join(pairs)} THEN 'rounded' " if pairs else ""


def _last_digit(left: str, right: str, scale: int) -> str:
    """10.005 becomes 10.01 by one rule of rounding and 10.00 by another."""
    if not scale:
        return "WHEN FALSE THEN ''"
    return f"WHEN abs(CAST({left} AS DOUBLE) - CAST({right} AS DOUBLE)) < {1.5 * 10**-scale!r} THEN 'rounding of the last digit'"


def _bare(text: str) -> str:
    return f"regexp_replace({text}, {sql_text(BLANK, 'duckdb')}, '', 'g')"

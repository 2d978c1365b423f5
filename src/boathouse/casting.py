"""Casts as Spark's try_cast makes them, written for DuckDB: what does not fit is NULL, and nothing is guessed.

Every case here was measured on both engines (Spark 4.2, DuckDB 2.0), and is an example of steps/cast.py. These stay
different, and only a proof finds them: hexadecimal fractions (0x1p3 is 8.0 on Spark), digits of other scripts (٣ is 3 to
Spark's decimal, and to none of its other types), 0e38 and beyond, texts of more than 20 digits with an exponent, dates
before the year 1 and after 9999 as text (10000-01-01 is +10000-01-01 on Spark), and the 17th digit of a double as a
decimal, which Java 17 and 21 write differently as well.
"""

from __future__ import annotations

from boathouse.duckdb_types import duckdb_type
from boathouse.errors import StepError
from boathouse.quoting import sql_text
from boathouse.schema import DECIMAL, FLOATS, is_decimal, is_integer

# Casts to integers, dates and booleans strip DEL as well; those to fractions are Java's own, which do not.
BLANK, BLANK_OF_FRACTIONS = r"[\x00-\x20\x7f]*", r"[\x00-\x20]*"
INTEGER_TEXT = rf"^{BLANK}([+-]?[0-9]+){BLANK}\z"
DIGITS = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
DECIMAL_TEXT = rf"^{BLANK_OF_FRACTIONS}({DIGITS}){BLANK_OF_FRACTIONS}\z"
# '1d' and '1f' are Java literals, so Spark reads them; a signed NaN it reads in this spelling only.
FLOAT_TEXT = rf"^{BLANK_OF_FRACTIONS}(?:({DIGITS})[dDfF]?|([+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]|[+-]NaN)){BLANK_OF_FRACTIONS}\z"
DATE_TEXT = rf"^{BLANK}([+-]?[0-9]{{4,7}})(?:-([0-9]{{1,2}})(?:-([0-9]{{1,2}})(?:[ T][\s\S]*)?)?)?{BLANK}\z"
# Spark would also read '10:00' (as today's!), region names, and offsets that DuckDB cannot: guarded on both.
_HOUR, _SIXTY, _ZONE = "(?:[01]?[0-9]|2[0-3])", "[0-5]?[0-9]", "Z|[+-](?:0[0-9]|1[0-7])(?::?[0-5][0-9])?"
TIMESTAMP_TEXT = rf"^{BLANK}([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}(?:[ T]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.][0-9]*)?(?:{_ZONE})?)?)?){BLANK}\z"
OFFSET_TEXT = rf"[:.][0-9]*(?:{_ZONE}){BLANK}\z"  # of a text that says an instant: whether it says its zone, too
BOOLEAN_TEXT = rf"^{BLANK}([A-Za-z]+|[01]){BLANK}\z"
TRUE_WORDS, FALSE_WORDS = "('t', 'true', 'y', 'yes', '1')", "('f', 'false', 'n', 'no', '0')"


def refuse_cast(source: str, target: str) -> None:
    """Refuse a cast that the two engines write differently, or that Delta's types cannot make."""
    if source in FLOATS and target == "string":
        raise StepError("a double has no text that both engines agree on", hint="cast it to decimal(p,s) first")
    dates = ("date", "timestamp")
    mixed = (source in dates) != (target in dates) and "string" not in (source, target)
    opaque = source != target and ("binary" in (source, target) or "<" in source + target)
    if mixed or opaque:
        raise StepError(f"{source} cannot be cast to {target}", hint="derive it by an expression that says how")


def duckdb_cast(x: str, source: str, target: str) -> str:
    """Write in DuckDB what Spark's try_cast means; the cases are those where DuckDB's own cast differs."""
    if source == target:
        return x
    if source == "string":
        return _from_text(x, target)
    if is_integer(target) and (source in FLOATS or is_decimal(source)):
        return _to_integer(x, source, target)
    if is_decimal(target):
        return _to_decimal(x, source, target)
    if source == "double" and target == "float":
        # Beyond float's range Spark gives infinity and DuckDB nothing.
        return f"coalesce(TRY_CAST({x} AS FLOAT), CAST(sign({x}) * CAST('inf' AS FLOAT) AS FLOAT))"
    if is_decimal(source) and target == "string":
        return _decimal_text(x, source)
    if source == "timestamp" and target == "string":
        return f"rtrim(rtrim(strftime({x}, '%Y-%m-%d %H:%M:%S.%f'), '0'), '.')"  # DuckDB's own ends in +00
    return f"TRY_CAST({x} AS {duckdb_type(target)})"


def strict_cast(x: str, source: str, target: str) -> str:
    """Cast for DuckDB so that a value that does not fit is an error, as Spark's cast is under ANSI."""
    if source == target:
        return x
    cast = duckdb_cast(x, source, target)
    complaint = sql_text(f"does not fit {target}: ", "duckdb")
    return (
        f"CASE WHEN {x} IS NOT NULL AND {cast} IS NULL THEN error({complaint} || CAST({x} AS VARCHAR)) ELSE {cast} END"
    )


def _to_integer(x: str, source: str, target: str) -> str:
    """Cut the fraction off: 2.7 -> 2 on Spark, 3 by DuckDB's cast."""
    cut = f"TRY_CAST(trunc({x}) AS {duckdb_type(target)})"
    if target == "bigint" and source in FLOATS:
        # 2^63 is one too many, and Spark gives 2^63-1: its bound is a double, which has no 2^63-1.
        return f"CASE WHEN {x} = 9223372036854775808.0 THEN 9223372036854775807 ELSE {cut} END"
    return cut


def _to_decimal(x: str, source: str, target: str) -> str:
    """Round the decimal text of a double, as Spark does: 1.005 -> 1.01, where its binary value is less."""
    if source in FLOATS:
        x = f"CAST(CAST({x} AS DOUBLE) AS VARCHAR)"
    if source == "boolean":
        x = f"CAST({x} AS INTEGER)"  # DuckDB makes true 0.01 as decimal(2,2)
    return _narrow(x, target)


def _decimal_text(x: str, source: str) -> str:
    """Write 0.5 as Spark does; DuckDB writes a decimal(1,1) without its 0."""
    precision, scale = source[8:-1].split(",")
    return f"CAST(CAST({x} AS DECIMAL({min(int(precision) + 1, 38)},{scale})) AS VARCHAR)"


def _narrow(x: str, target: str) -> str:
    """Cast to a decimal by way of the widest one: DuckDB has no room for 1e-3 in decimal(2,2), or for 123e-4."""
    match = DECIMAL.fullmatch(target)
    return f"TRY_CAST(TRY_CAST({x} AS DECIMAL(38,{match[2] if match else 0})) AS {duckdb_type(target)})"


def _from_text(x: str, target: str) -> str:
    """Cast text as Spark does: '12.7' is no int, ' 12 ' is, 'yes' is true, '2024-1' is a date."""
    kind = duckdb_type(target)
    if is_integer(target):
        return f"TRY_CAST({_part(x, INTEGER_TEXT, 1)} AS {kind})"
    if target in FLOATS:
        return f"TRY_CAST(coalesce({_part(x, FLOAT_TEXT, 1)}, {_part(x, FLOAT_TEXT, 2)}) AS {kind})"
    if is_decimal(target):
        return _narrow(_part(x, DECIMAL_TEXT, 1), target)
    if target == "date":
        year, month, day = (_part(x, DATE_TEXT, group) for group in (1, 2, 3))
        return f"TRY_CAST(ltrim({year}, '+') || '-' || coalesce({month}, '1') || '-' || coalesce({day}, '1') AS DATE)"
    if target == "timestamp":
        return f"TRY_CAST({_part(x, TIMESTAMP_TEXT, 1)} AS TIMESTAMPTZ)"
    if target == "boolean":
        word = f"lower({_part(x, BOOLEAN_TEXT, 1)})"
        return f"CASE WHEN {word} IN {TRUE_WORDS} THEN TRUE WHEN {word} IN {FALSE_WORDS} THEN FALSE END"
    raise StepError(f"text cannot be cast to {target}", hint="derive it by an expression that says how")


def _part(x: str, pattern: str, group: int) -> str:
    """Take a group of a pattern; DuckDB gives '' where it does not match, which is no match here."""
    return f"nullif(regexp_extract({x}, {sql_text(pattern, 'duckdb')}, {group}), '')"

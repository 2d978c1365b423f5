"""The types of Databricks SQL: which type an operation gives, by Spark's ANSI rules."""

from __future__ import annotations

import re
from collections.abc import Iterable

from boathouse.schema import DECIMAL, FLOATS, INTEGERS, is_integer, is_number

UNKNOWN = "unknown"  # what only the engine can say; nothing is rewritten by it
VOID = "void"  # the type of a bare NULL
WIDEST = 38
DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}


def decimal_of(name: str) -> tuple[int, int]:
    """Say the precision and scale that hold a decimal or an integer type."""
    match = DECIMAL.fullmatch(name)
    return (int(match[1]), int(match[2])) if match else (DIGITS[name], 0)


def decimal(precision: int, scale: int) -> str:
    """Name a decimal; digits beyond 38 are taken from the scale, six of which stay (Spark's allowPrecisionLoss)."""
    if precision > WIDEST:
        scale = max(WIDEST - (precision - scale), min(scale, 6))
        precision = WIDEST
    return f"decimal({precision},{scale})"


def arithmetic(operator: str, left: str, right: str) -> str:
    """Say the type of left + right and its kin; text meets a number as bigint or double."""
    left, right = _number(left, right), _number(right, left)
    if UNKNOWN in (left, right):
        return "double" if operator == "/" else UNKNOWN
    if not (is_number(left) and is_number(right)):
        return UNKNOWN
    if left in FLOATS or right in FLOATS:
        return "float" if left == right == "float" and operator != "/" else "double"
    if is_integer(left) and is_integer(right):
        return "double" if operator == "/" else wider(left, right)
    return _decimal_arithmetic(operator, decimal_of(left), decimal_of(right))


def _decimal_arithmetic(operator: str, left: tuple[int, int], right: tuple[int, int]) -> str:
    (p1, s1), (p2, s2) = left, right
    if operator == "*":
        return decimal(p1 + p2 + 1, s1 + s2)
    if operator == "/":
        scale = max(6, s1 + p2 + 1)
        return decimal(p1 - s1 + s2 + scale, scale)
    scale = max(s1, s2)
    if operator == "%":
        return decimal(min(p1 - s1, p2 - s2) + scale, scale)
    return decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)


def _number(name: str, other: str) -> str:
    if name == VOID:
        return other if is_number(other) else "double"
    if name == "string":
        return "bigint" if is_integer(other) else "double"
    return name


def wider(left: str, right: str) -> str:
    """Say the type that two branches, list items or sides of a comparison meet in."""
    if right in (left, VOID):
        return left
    if left == VOID:
        return right
    if UNKNOWN in (left, right):
        return UNKNOWN
    if "string" in (left, right):
        other = right if left == "string" else left
        return "bigint" if is_integer(other) else "double" if is_number(other) else other
    if {left, right} == {"date", "timestamp"}:
        return "timestamp"
    if is_integer(left) and is_integer(right):
        return max(left, right, key=INTEGERS.index)
    if is_number(left) and is_number(right):
        return "double" if left in FLOATS or right in FLOATS else _wider_decimal(decimal_of(left), decimal_of(right))
    if left.startswith("array<") and right.startswith("array<"):
        return f"array<{wider(left[6:-1], right[6:-1])}>"
    return UNKNOWN


def _wider_decimal(left: tuple[int, int], right: tuple[int, int]) -> str:
    scale = max(left[1], right[1])
    return decimal(max(left[0] - left[1], right[0] - right[1]) + scale, scale)


def widest(names: Iterable[str]) -> str:
    found = VOID
    for name in names:
        found = wider(found, name)
    return found


def literal_type(text: str) -> str:
    """Type a number as it is written: 7 is int, 2.50 is decimal(3,2), 1e3 is double."""
    if re.fullmatch(r"\d+", text):
        value = int(text)
        return "int" if value < 2**31 else "bigint" if value < 2**63 else f"decimal({len(text)},0)"
    if "e" in text.lower():
        return "double"
    whole, _, fraction = text.partition(".")
    digits = len(whole.lstrip("0")) + len(fraction)
    return f"decimal({max(digits, len(fraction), 1)},{len(fraction)})"

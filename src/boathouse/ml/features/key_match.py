"""Key match: how the key of the rows that are given equals a view's, where their types are not the same."""

from __future__ import annotations

from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError
from boathouse.quoting import sql_name
from boathouse.schema import FLOATS, Column, is_decimal, is_integer

NONE = "void"  # the type of a column without any value, as Spark calls it


def matched_key(given: Column, stored: Column, view: str) -> tuple[str, str]:
    """Write both sides of the equality for DuckDB.

    pandas makes whole numbers doubles where one is missing; as bigint they match, and what is no whole number is null.
    """
    left, right = (sql_name(column.name, "duckdb") for column in (given, stored))
    if given.type == NONE:
        return f"CAST(NULL AS {duckdb_type(stored.type)})", right
    if given.type == stored.type or (is_integer(given.type) and is_integer(stored.type)):
        return left, right
    if is_integer(stored.type) and _is_fraction(given.type):
        return _whole(left), right
    if is_integer(given.type) and _is_fraction(stored.type):
        return left, _whole(right)
    if is_decimal(given.type) and is_decimal(stored.type):
        return left, right
    raise UserError(
        f"the key `{given.name}` is {given.type} in the rows that were given, and {stored.type} in {view}",
        hint="cast one of them: 7 and '7', or '7' and '07', are not known to be the same",
    )


def _is_fraction(kind: str) -> bool:
    return kind in FLOATS or is_decimal(kind)


def _whole(column: str) -> str:
    return f"CASE WHEN {column} = trunc({column}) THEN TRY_CAST({column} AS BIGINT) END"

"""Conditions: choices between values, and NULL."""

from __future__ import annotations

from boathouse.dialect.functions.call import Call, Function, Functions, also
from boathouse.dialect.types import widest
from boathouse.duckdb_types import duckdb_type


def _decode_type(call: Call) -> str:
    results = [call.types[at] for at in range(2, len(call.types), 2)]
    return widest([*results, call.types[-1] if len(call.types) % 2 == 0 else "string"])  # Spark's own default is text


def _decode(call: Call) -> str:
    """Compare with NULL too: decode(NULL, NULL, 'n') is 'n'."""
    x, *rest = call.args
    pairs = [f"WHEN {x} IS NOT DISTINCT FROM {rest[at]} THEN {rest[at + 1]}" for at in range(0, len(rest) - 1, 2)]
    return f"CAST(CASE {' '.join(pairs)}{f' ELSE {rest[-1]}' if len(rest) % 2 else ''} END AS {duckdb_type(_decode_type(call))})"


def _nvl2_type(call: Call) -> str:
    return widest(call.types[1:])


FUNCTIONS: Functions = also(
    {
        "coalesce": Function("same*", "$same", lambda call: f"coalesce({', '.join(call.args)})"),
        "nvl2": Function("any any any", _nvl2_type, "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END"),
        "nullif": Function("any any", "$0", "nullif({0}, {1})"),
        "if": Function("boolean same same", lambda call: widest(call.types[1:]), "CASE WHEN {0} THEN {1} ELSE {2} END"),
        "decode": Function("any*", _decode_type, _decode),
        "greatest": Function("same*", "$same", lambda call: f"greatest({', '.join(call.args)})"),
        "least": Function("same*", "$same", lambda call: f"least({', '.join(call.args)})"),
        "isnull": Function("any", "boolean", "({0} IS NULL)"),
        "isnotnull": Function("any", "boolean", "({0} IS NOT NULL)"),
        "equal_null": Function("same same", "boolean", "({0} IS NOT DISTINCT FROM {1})"),
        "zeroifnull": Function("number", lambda call: widest([call.types[0], "int"]), "coalesce({0}, 0)"),
        "nullifzero": Function("number", "$0", "nullif({0}, 0)"),
    },
    nvl="coalesce", ifnull="coalesce",
)  # fmt: skip

REFUSED = {
    "iff": "write if(...), which Spark has as well",
    "assert_true": "write a check in the table's contract",
    "raise_error": "write a check in the table's contract",
}

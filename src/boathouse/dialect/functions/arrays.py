"""Arrays: built, read, sorted."""

from __future__ import annotations

import re

from boathouse.dialect.functions.call import Call, Function, Functions, also
from boathouse.dialect.types import UNKNOWN, widest
from boathouse.duckdb_types import duckdb_type
from boathouse.errors import UserError

MONTHLY = re.compile(r"INTERVAL '(\d+)' (MONTH|YEAR)S?")


def item_type(kind: str) -> str:
    return kind[6:-1] if kind.startswith("array<") else UNKNOWN


def _element_at(call: Call) -> str:
    """Count from 1, or from the end; outside is an error in ANSI mode."""
    if call.types[0].startswith("map<"):
        return f"{call.args[0]}[{call.args[1]}]"
    x, at = call.args
    outside = f"CASE WHEN abs({at}) > len({x}) OR {at} = 0 THEN error('INVALID_ARRAY_INDEX: the array is shorter') ELSE {at} END"
    return f"({x})[CAST({outside} AS INTEGER)]"


def _contains(call: Call) -> str:
    """NULL where the item is not there and a NULL might be it."""
    x, item = call.args
    return f"CASE WHEN list_contains({x}, {item}) THEN TRUE WHEN len({x}) > len(list_filter({x}, lambda i: i IS NOT NULL)) THEN NULL ELSE list_contains({x}, {item}) END"


def _sort(call: Call) -> str:
    down = len(call.args) > 1 and call.literal(1) is False
    order = "'DESC', 'NULLS LAST'" if down else "'ASC', 'NULLS FIRST'"
    return f"list_sort({call.args[0]}, {order})"


def _join(call: Call) -> str:
    if len(call.args) > 2:  # noqa: PLR2004 - array, separator, what stands for NULL
        return f"array_to_string(list_transform({call.args[0]}, lambda i: coalesce(CAST(i AS VARCHAR), {call.args[2]})), {call.args[1]})"
    return f"array_to_string({call.args[0]}, {call.args[1]})"


def _sequence(call: Call) -> str:
    if call.types[0] == "timestamp":
        raise UserError("`sequence` of timestamps has no DuckDB form here", hint="use a sequence of dates")
    start, stop, *step = call.args
    if call.types[0] != "date":
        by = step[0] if step else f"CASE WHEN {stop} < {start} THEN -1 ELSE 1 END"  # Spark counts down by itself
        return f"CAST(generate_series({start}, {stop}, {by}) AS {duckdb_type(call.types[0])}[])"
    months = MONTHLY.fullmatch(step[0]) if step else None
    if months:
        # From the start each time, as Spark does: 31 January, 29 February, 31 March.
        every = int(months[1]) * (12 if months[2] == "YEAR" else 1)
        count = f"(year({stop}) - year({start})) * 12 + month({stop}) - month({start})"
        made = f"list_transform(generate_series(0, {count}, {every}), lambda i: CAST({start} + to_months(CAST(i AS INTEGER)) AS DATE))"
        return f"list_filter({made}, lambda i: i <= {stop})"
    return f"list_transform(generate_series({start}, {stop}, {step[0] if step else 'INTERVAL 1 DAY'}), lambda i: CAST(i AS DATE))"


FUNCTIONS: Functions = also(
    {
        "array": Function("same*", lambda call: f"array<{widest(call.types)}>", lambda call: f"[{', '.join(call.args)}]"),
        "size": Function("any", "int", "CAST(len({0}) AS INTEGER)"),
        "element_at": Function("any any", lambda call: item_type(call.types[0]), _element_at),
        "get": Function("any int", lambda call: item_type(call.types[0]), "({0})[CASE WHEN {1} >= 0 THEN {1} + 1 END]"),
        "array_contains": Function("any any", "boolean", _contains),
        "array_max": Function("any", lambda call: item_type(call.types[0]), "list_max({0})"),
        "array_min": Function("any", lambda call: item_type(call.types[0]), "list_min({0})"),
        "array_join": Function("any string string?", "string", _join),
        "sort_array": Function("any any?", "$0", _sort),
        "sequence": Function("any any any?", lambda call: f"array<{call.types[0]}>", _sequence),
        "explode": Function("any", lambda call: item_type(call.types[0]), "unnest({0})"),
    },
    array_size="size", cardinality="size",
)  # fmt: skip

REFUSED = {
    "array_distinct": "use sort_array(collect_set(x)), whose order is settled",
    "explode_outer": "use explode of coalesce(x, array(NULL))",
    "posexplode": "use explode of sequence",
    "exists": "write size(filter(x, ...)) > 0",
    "inline": "use explode",
    "array_sort": "use sort_array",
}

"""Shared columns: what two schemas differ in, and the types in which the values of both can be compared all the same."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.duckdb_types import duckdb_type
from boathouse.integer_view import has_view
from boathouse.quoting import sql_name
from boathouse.schema import DECIMAL, FLOATS, Column, Schema, is_integer, is_number
from boathouse.side import Side

TIMES = ("date", "timestamp", "timestamp_ntz")
DECIMAL_DIGITS = 38


@dataclass(frozen=True)
class SchemaDifference:
    """A column, or the order of all, that is not the same on both sides."""

    column: str
    kind: str  # missing, extra, type, order
    left: str = ""
    right: str = ""

    @property
    def sentence(self) -> str:
        match self.kind:
            case "missing":
                return f"only left has the column `{self.column}`"
            case "extra":
                return f"only right has the column `{self.column}`"
            case "type":
                return f"`{self.column}` is {self.left} left and {self.right} right"
        return f"the columns stand in another order: {self.left} left, {self.right} right"


def schema_differences(left: Schema, right: Schema) -> tuple[SchemaDifference, ...]:
    """List all that two schemas differ in; whether NULL is allowed is a note, since only Delta knows it."""
    missing = [SchemaDifference(name, "missing", left[name].type) for name in left.names if name not in right]
    extra = [SchemaDifference(name, "extra", "", right[name].type) for name in right.names if name not in left]
    both = [name for name in left.names if name in right]
    types = [
        SchemaDifference(name, "type", left[name].type, right[name].type)
        for name in both
        if left[name].type != right[name].type
    ]
    there = [name for name in right.names if name in left]
    order = [] if both == there else [SchemaDifference("", "order", ", ".join(both), ", ".join(there))]
    return (*missing, *extra, *types, *order)


def nullability(left: Side, right: Side) -> tuple[str, ...]:
    """Say where one Delta table allows NULL and the other does not."""
    if left.version is None or right.version is None:
        return ()
    one, other = left.schema, right.schema
    apart = [name for name in one.names if name in other and one[name].nullable != other[name].nullable]
    return tuple(f"`{name}` may be NULL only {'left' if one[name].nullable else 'right'}" for name in apart)


def shared_columns(left: Schema, right: Schema) -> Schema:
    """Give the columns that both have, each in a type that holds the values of both."""
    both = [name for name in left.names if name in right]
    return Schema(tuple(Column(name, _common(left[name].type, right[name].type)) for name in both))


def cast_sql(side: Side, shared: Schema) -> str:
    """Select the shared columns of a side, in their common types."""
    chosen = []
    for column in shared:
        name = sql_name(column.name, "duckdb")
        kind = "TIMESTAMP" if column.type == "timestamp_ntz" else duckdb_type(column.type)
        chosen.append(f"CAST({name} AS {kind}) AS {name}" if has_view(column.type) else name)
    return f"SELECT {', '.join(chosen)} FROM ({side.scan}) AS side"


def _common(left: str, right: str) -> str:
    kinds = (left, right)
    if left == right:
        return left
    if all(map(is_integer, kinds)):
        return "bigint"
    if all(map(is_number, kinds)):
        return "double" if any(kind in FLOATS for kind in kinds) else _decimal(kinds)
    return "timestamp" if all(kind in TIMES for kind in kinds) else "string"


def _decimal(kinds: tuple[str, ...]) -> str:
    """Choose the decimal that holds all digits of both; where 38 are too few, a double holds the first of them."""
    digits = [(int(match[1]), int(match[2])) if (match := DECIMAL.fullmatch(kind)) else (19, 0) for kind in kinds]
    scale = max(scale for _, scale in digits)
    whole = max(precision - scale for precision, scale in digits)
    return f"decimal(38,{scale})" if whole + scale <= DECIMAL_DIGITS else "double"

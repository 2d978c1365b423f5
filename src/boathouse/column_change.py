"""Column change: a column that came, went or has another type, between two schemas of one table."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.schema import DECIMAL, FLOATS, INTEGERS, Schema


@dataclass(frozen=True)
class ColumnChange:
    """A column that came ("" before), went ("" after) or has another type."""

    column: str
    before: str
    after: str

    @property
    def is_safe(self) -> bool:
        """Tell whether what reads the column goes on as it did: it is new, or holds all that it held, and more."""
        return not self.before or (bool(self.after) and _holds_all(self.before, self.after))

    def __str__(self) -> str:
        if not self.before:
            return f"+ {self.column} {self.after}"
        return f"~ {self.column} {self.before} -> {self.after}" if self.after else f"- {self.column} {self.before}"


def column_changes(before: Schema, after: Schema) -> tuple[ColumnChange, ...]:
    """Say which columns came, went or have another type."""
    names = [*before.names, *(name for name in after.names if name not in before)]
    both = [(name, *(schema[name].type if name in schema else "" for schema in (before, after))) for name in names]
    return tuple(ColumnChange(*change) for change in both if change[1] != change[2])


def _holds_all(before: str, after: str) -> bool:
    """Tell whether every value of one type is a value of the other, of the same kind: a wider integer or decimal."""
    for kinds in (INTEGERS, FLOATS):
        if before in kinds and after in kinds:
            return kinds.index(before) <= kinds.index(after)
    old, new = DECIMAL.fullmatch(before), DECIMAL.fullmatch(after)
    if not old or not new:
        return False
    (digits, scale), (more, finer) = ((int(found[1]), int(found[2])) for found in (old, new))
    return finer >= scale and more - finer >= digits - scale

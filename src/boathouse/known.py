"""Known: what findings tell for sure of a table's rows, as checks learn from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownColumn:
    """One column of the finished table, with exact numbers alone; what is not known is None or empty."""

    name: str
    type: str
    nulls: int
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()  # all of them
    lengths: tuple[int, int] | None = None
    shape: str = ""  # a pattern that every value has
    refers: tuple[str, str] | None = None  # the table and column that hold all of its values
    doubt: str = ""  # why its values are no example to learn from


@dataclass(frozen=True)
class Known:
    """All that is known of a table."""

    rows: int
    columns: tuple[KnownColumn, ...]
    keys: tuple[tuple[str, ...], ...] = ()  # what names each row, the best first

    @property
    def sure(self) -> tuple[KnownColumn, ...]:
        """Give the columns whose values are an example; a rule learned from dirt would allow the dirt."""
        return tuple(column for column in self.columns if not column.doubt)

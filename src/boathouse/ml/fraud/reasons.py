"""Reasons: why a row is scored as it is, the most surprising value first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from boathouse.ml.fraud.encoding import Encoding
from boathouse.ml.fraud.surprise import Surprise


@dataclass(frozen=True)
class Reason:
    """One value of a row: what it is, what was expected given the rest of the row, and its weighted nats above usual."""

    column: str
    value: Any
    expected: float | str | None
    surprisal: float
    note: str = ""  # missing, or a value that training had not: neither counts

    def __str__(self) -> str:
        shown = f"{self.expected:.6g}" if isinstance(self.expected, float) else self.expected
        counted = self.note or f"{self.surprisal:+.2f} nats"
        return f"{self.column} is {self.value!r}, expected {shown} ({counted})"


def reasons_of(encoding: Encoding, surprise: Surprise, row: dict[str, Any], encoded: np.ndarray) -> list[Reason]:
    """Explain the one encoded row by its columns; `row` holds its values as they were given."""
    excess, expected = surprise.excess(encoded)[0], surprise.expected(encoded)
    found = [
        Reason(name, row[name], _expected(encoding, name, expected[index][0]), float(excess[index]),
               _note(row[name], encoded[0, index]))
        for index, name in enumerate(encoding.columns)
    ]  # fmt: skip
    return sorted(found, key=lambda reason: -reason.surprisal)


def _expected(encoding: Encoding, name: str, predicted: Any) -> float | str | None:
    if name not in encoding.levels:
        return float(predicted)
    levels = encoding.levels[name]
    return levels[int(np.argmax(predicted))] if levels else None


def _note(value: Any, code: float) -> str:
    if not np.isnan(code):
        return ""
    missing = value is None or value == "" or (isinstance(value, float) and not np.isfinite(value))
    return "missing" if missing else "not seen at training"

"""Examples: the closed list of portable functions, each with expressions and what both engines answer.

`examples/*.txt` hold a line for each: Databricks SQL ==> value : type. Values were read from Spark 4.2 (ANSI, UTC);
tests/test_dialect.py asks both engines again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Conformance:
    """One expression or query, and its answer: rows apart by ` | `, columns by `, `, or `error`."""

    theme: str
    sql: str
    answer: str


def examples() -> tuple[Conformance, ...]:
    """Read all examples, in the order of the files."""
    lines = [
        (file.stem, line)
        for file in sorted(FOLDER.glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    split = [(theme, *line.split(" ==> ", 1)) for theme, line in lines if line and not line.startswith("#")]
    return tuple(Conformance(theme, sql, answer) for theme, sql, answer in split)

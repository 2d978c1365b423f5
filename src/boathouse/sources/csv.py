"""Comma-separated text, or any other delimiter; every column is a string."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from boathouse.delimited import Delimited


class Csv(Delimited):
    """Comma-separated text, or any other delimiter; every column is a string."""

    format: Literal["csv"] = "csv"

    @classmethod
    def suits(cls, path: Path) -> bool:
        return path.name.lower().endswith((".csv", ".csv.gz", ".txt", ".txt.gz", ".data"))

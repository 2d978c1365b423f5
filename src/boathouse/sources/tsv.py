"""Tab-separated text; every column is a string."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from boathouse.delimited import Delimited


class Tsv(Delimited):
    """Tab-separated text; every column is a string."""

    format: Literal["tsv"] = "tsv"
    delimiter: str = "\t"

    @classmethod
    def suits(cls, path: Path) -> bool:
        return path.name.lower().endswith((".tsv", ".tsv.gz", ".tab"))

"""Names: of tables, layers, columns and variables, and what makes a name safe."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Literal

from boathouse.errors import UserError

OPS: Literal["ops"] = "ops"  # where the tables stand that say what was done
Layer = Literal["bronze", "silver", "gold", "ops"]
LAYERS: tuple[Layer, ...] = ("bronze", "silver", "gold")  # of a pipeline

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Delta refuses these in a column's name unless column mapping is on, which delta-rs cannot write:
# https://docs.delta.io/latest/delta-batch.html (DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES)
DELTA_FORBIDS = re.compile(r"[ ,;{}()\n\t=\r\x00]+")


@dataclass(frozen=True, order=True)
class TableName:
    """A table of the lake: its layer and its name in it, written `silver.customers`."""

    layer: Layer
    table: str

    def __str__(self) -> str:
        return f"{self.layer}.{self.table}"

    @property
    def flat(self) -> str:
        """The name in a single schema, as the notebooks write it: silver_customers."""
        return f"{self.layer}_{self.table}"

    @property
    def quarantine(self) -> TableName:
        """The table of the rows that this one's contract drops."""
        return TableName(self.layer, f"{self.table}_quarantine")

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Read `silver.customers`; anything else is an error that says the form."""
        layer, _, table = text.partition(".")
        if layer not in (*LAYERS, OPS) or not IDENTIFIER.fullmatch(table):
            raise UserError(f"`{text}` is no table name", hint="write layer.table, such as silver.customers")
        return cls(layer, table)


@dataclass(frozen=True)
class ModelReference:
    """A registered model as MLflow names it: claims_fraud@champion, or claims_fraud/3."""

    name: str
    alias: str = ""
    version: int | None = None

    def __str__(self) -> str:
        return f"{self.name}/{self.version}" if self.version else f"{self.name}@{self.alias}"

    @property
    def function(self) -> str:
        """The name of the function that SQL asks it by; an identifier, as its parts are."""
        return f"score_{self.name}_{self.version or self.alias}"


def slug(text: str) -> str:
    """Make a plain lower-case identifier of any text: `Patient Name` -> patient_name, `2nd` -> _2nd."""
    words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return words if words and not words[0].isdigit() else f"_{words}"


def variable(text: str) -> str:
    """Make a Python variable's name of any text: `class` -> class_, `a.b` -> a_b."""
    name = slug(text)
    return f"{name}_" if keyword.iskeyword(name) else name


def column_names(header: list[str]) -> list[str]:
    """Name the columns of a lake table after a raw header: the same names, in the same order, wherever Delta can hold them.

    An empty name becomes column_N (its position, from 1); a name that is there already, in any case (Spark and
    DuckDB compare names without it), gets _2, _3 ...; characters that Delta forbids become one underscore.
    """
    names: list[str] = []
    taken: set[str] = set()
    for position, raw in enumerate(header, start=1):
        name = DELTA_FORBIDS.sub("_", raw.strip()) or f"column_{position}"
        candidate, count = name, 1
        while candidate.lower() in taken:
            count += 1
            candidate = f"{name}_{count}"
        taken.add(candidate.lower())
        names.append(candidate)
    return names

"""Lake: the one door by which jobs read and write tables, the same for the project's own lake and for Spark's catalogs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from boathouse.errors import UnknownName, UserError
from boathouse.names import IDENTIFIER, LAYERS, OPS, Layer

Chunk = Callable[[pa.Table], pa.Table]  # rows in, rows out, of the same columns each time
GOLD: Layer = "gold"


@dataclass(frozen=True, order=True)
class Place:
    """A table by its full name in Unity Catalog."""

    catalog: str
    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.table}"


@dataclass(frozen=True)
class Namespace:
    """The catalog and the schema that a job is given: the schema of a layer, such as claims_gold, or one for all.

    A schema whose name ends in no layer, such as `claims`, is taken for that of gold.
    """

    catalog: str
    schema: str

    @property
    def prefix(self) -> str:
        """What the names of the schemas of all layers begin with."""
        ending = next((f"_{layer}" for layer in (*LAYERS, OPS) if self.schema.endswith(f"_{layer}")), "")
        return self.schema.removesuffix(ending)

    def of(self, layer: str) -> str:
        """Name a layer's schema."""
        return self.schema if layer == GOLD and self.prefix == self.schema else f"{self.prefix}_{layer}"

    def place(self, said: str) -> Place:
        """Find the place of what a person wrote: features, gold.features, or main.claims_gold.features."""
        parts = said.split(".")
        if not all(IDENTIFIER.fullmatch(part) for part in parts) or len(parts) > 3:  # noqa: PLR2004 - Unity Catalog's levels
            raise UserError(
                f"`{said}` is no table name", hint="write features, gold.features or main.claims_gold.features"
            )
        if len(parts) == 1:
            return Place(self.catalog, self.schema, said)
        *above, schema, table = parts
        layer = not above and schema in (*LAYERS, OPS)
        return Place(above[0] if above else self.catalog, self.of(schema) if layer else schema, table)

    def short(self, place: Place) -> str:
        """Say a table's name as the pipeline has it, gold.features; in full where it is of no layer here."""
        layer = next(
            (each for each in (*LAYERS, OPS) if (place.catalog, place.schema) == (self.catalog, self.of(each))), ""
        )
        return f"{layer}.{place.table}" if layer else str(place)


class Lake(Protocol):
    """What jobs ask of the tables, wherever these stand."""

    @property
    def namespace(self) -> Namespace:
        """What the names of tables are looked for in."""
        ...

    def exists(self, place: Place) -> bool:
        """Tell whether there is such a table."""
        ...

    def version(self, place: Place) -> int:
        """Say the table's newest Delta version; where there is no table, say so."""
        ...

    def columns(self, place: Place) -> tuple[str, ...]:
        """Name the table's columns."""
        ...

    def read(self, place: Place, columns: Iterable[str] = (), version: int | None = None) -> pa.Table:
        """Give the rows, of some columns or all, as they are or were at a version."""
        ...

    def write(self, place: Place, rows: pa.Table, mode: str = "overwrite") -> int:
        """Replace the table's rows and columns, or append to it, in one commit; give its version."""
        ...

    def transform(self, source: Place, target: Place, columns: Iterable[str], chunk: Chunk) -> int:
        """Write what becomes of some columns of a table, a chunk of rows at a time and all in one commit; give its version."""
        ...

    def tell(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a table of ops; whatever happens afterwards, they stay."""
        ...

    def told(self, name: str) -> list[dict[str, Any]]:
        """Give all rows of a table of ops, those of other processes too."""
        ...


def columns_of(place: Place, wanted: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    """Name the columns to be read, all where none are wanted; one that is not there is refused."""
    known = tuple(there)
    names = tuple(wanted)
    for name in names:
        if name not in known:
            raise UnknownName("column", name, known, where=str(place))
    return names or known

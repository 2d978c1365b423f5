"""Grants: who may do what in which layer, as the statements that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from boathouse.destination import Destination
from boathouse.names import LAYERS, OPS, Layer
from boathouse.quoting import sql_name

READ = ("USE SCHEMA", "SELECT")
WRITE = (*READ, "MODIFY", "CREATE TABLE")
FILES = ("READ VOLUME", "WRITE VOLUME")
VOLUMES = {
    "landing": "The files as they are delivered; those that were read stay, so that they can be read again.",
    "checkpoints": "What ingestion knows of the files that it has read.",
}


@dataclass(frozen=True)
class Principals:
    """The groups, or service principals, of a pipeline."""

    readers: str
    ingestion: str
    transformation: str
    aggregation: str
    bi: str

    @property
    def writers(self) -> dict[Layer, str]:
        """Name the one that writes each layer."""
        return {"bronze": self.ingestion, "silver": self.transformation, "gold": self.aggregation}

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.writers.values()))


def grants(who: Principals, to: Destination) -> Iterator[str]:
    """Write the grants: a layer is written by its own jobs and read by the others; BI tools read gold and nothing else."""
    for principal in dict.fromkeys((who.readers, *who.jobs, who.bi)):
        yield f"GRANT USE CATALOG ON CATALOG {_name(to.catalog)} TO {_name(principal)}"
    for layer in LAYERS:
        writer = who.writers[layer]
        readers = [who.readers, *who.jobs, *([who.bi] if layer == "gold" else [])]
        yield from (_on_schema(READ, to, layer, one) for one in dict.fromkeys(readers) if one != writer)
        yield _on_schema(WRITE, to, layer, writer)
    yield from (_on_schema(READ, to, OPS, one) for one in dict.fromkeys([who.readers]) if one not in who.jobs)
    yield from (_on_schema(WRITE, to, OPS, job) for job in who.jobs)
    for volume in VOLUMES:
        name = ".".join(map(_name, (to.catalog, to.of("bronze"), volume)))
        yield f"GRANT {', '.join(FILES)} ON VOLUME {name} TO {_name(who.ingestion)}"


def _on_schema(privileges: tuple[str, ...], to: Destination, layer: Layer, principal: str) -> str:
    return f"GRANT {', '.join(privileges)} ON SCHEMA {_name(to.catalog)}.{_name(to.of(layer))} TO {_name(principal)}"


def _name(name: str) -> str:
    return sql_name(name, "databricks")

"""Bundle resources: the schemas with their grants, and the volumes, that the tables of a bundle stand in."""

from __future__ import annotations

from typing import Any

from boathouse.names import LAYERS, OPS

# Who writes a layer is a variable of the bundle, named after what is done there.
WRITERS = {"bronze": "ingestion", "silver": "transformation", "gold": "aggregation", OPS: "ingestion"}
ABOUT = {
    "bronze": "Raw data as it arrived.",
    "silver": "Clean tables, one row for each thing.",
    "gold": "Tables for people and models.",
    OPS: "What was run, and what was released.",
}
READ = ["USE_SCHEMA", "SELECT"]
WRITE = ["USE_SCHEMA", "SELECT", "MODIFY", "CREATE_TABLE"]


def schemas() -> dict[str, Any]:
    """Describe a schema for each layer and for ops: all may read, one principal writes."""
    return {
        layer: {
            "catalog_name": "${var.catalog}",
            "name": f"${{var.schema}}_{layer}",
            "comment": ABOUT[layer],
            "grants": [
                {"principal": "${var.readers}", "privileges": READ},
                {"principal": f"${{var.{WRITERS[layer]}}}", "privileges": WRITE},
            ],
        }
        for layer in (*LAYERS, OPS)
    }


def volumes(*, wheels: bool) -> dict[str, Any]:
    """Describe the volumes: raw files land in one, streams remember in another what they took; wheels where there are any."""
    landing = {"comment": "Raw files arrive here.", **_volume("landing", "bronze", "ingestion")}
    checkpoints = {"comment": "What streams have read.", **_volume("checkpoints", "bronze", "ingestion")}
    kept = {"comment": "Wheels for clusters.", **_volume("wheels", OPS, "ingestion")} if wheels else {}
    return {"landing": landing, "checkpoints": checkpoints, **({"wheels": kept} if kept else {})}


def _volume(name: str, layer: str, writer: str) -> dict[str, Any]:
    return {
        "catalog_name": "${var.catalog}",
        # By its resource, for a development target puts your name before the schema's.
        "schema_name": f"${{resources.schemas.{layer}.name}}",
        "name": name,
        "volume_type": "MANAGED",
        "grants": [{"principal": f"${{var.{writer}}}", "privileges": ["READ_VOLUME", "WRITE_VOLUME"]}],
    }

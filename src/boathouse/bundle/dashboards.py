"""Bundle dashboards: the files of the dashboards, and the resources that say which catalog and schema each reads."""

from __future__ import annotations

from typing import Any

from boathouse.dashboards.lakeview import SUFFIX, dashboards
from boathouse.export import Export
from boathouse.names import OPS

FOLDER = "src/dashboards"
LAYERS = {"marts": "gold", "operations": OPS}  # each reads one schema only


def dashboard_files(export: Export) -> dict[str, str]:
    """Write the dashboards; that of the marts only where there are any, for the platform refuses one that asks nothing."""
    files = dashboards(export.plan, export.catalog, export.schema, export.findings, qualified=False)
    return {f"{FOLDER}/{name}{SUFFIX}": files[f"{name}{SUFFIX}"] for name in _names(export)}


def dashboard_resources(export: Export) -> dict[str, Any]:
    """Describe each dashboard; whoever looks at it sees what he may see, and not what its publisher may."""
    return {
        name: {
            "display_name": f"{export.project}: {name}",
            "file_path": f"../{FOLDER}/{name}{SUFFIX}",
            "warehouse_id": "${var.warehouse}",
            "dataset_catalog": "${var.catalog}",
            # By its resource, for a development target puts your name before the schema's.
            "dataset_schema": f"${{resources.schemas.{LAYERS[name]}.name}}",
            "embed_credentials": False,
        }
        for name in _names(export)
    }


def _names(export: Export) -> list[str]:
    has_gold = any(action.name.layer == "gold" for action in export.plan.actions)
    return [name for name in LAYERS if has_gold or name != "marts"]

"""Pipeline settings: what a declarative pipeline is told beside its files, on Databricks and on open-source Spark."""

from __future__ import annotations

from typing import Any

from boathouse.declarative.declared import InPipeline
from boathouse.notebook import workspace_folder
from boathouse.notebook_set import source_paths
from boathouse.plan import Plan

SOURCES = "transformations/**"


def databricks_settings(project: str, to: InPipeline, folder: str = "") -> dict[str, Any]:
    """Describe the pipeline in the words of its API, for `databricks pipelines create --json` and for a bundle's resource."""
    folder = folder or workspace_folder(project)
    return {
        "name": f"{project}_pipeline",
        "catalog": to.catalog,
        "schema": to.of("gold"),
        "serverless": True,
        "channel": "CURRENT",
        "continuous": False,
        "root_path": folder,
        "libraries": [{"glob": {"include": f"{folder}/{SOURCES}"}}],
        "configuration": {"landing": to.volume("landing")},
    }


def spark_settings(project: str, to: InPipeline) -> dict[str, Any]:
    """Describe the pipeline in the words of spark-pipeline.yml; the meaning of the tables hangs on the last three settings."""
    return {
        "name": f"{project}_pipeline",
        "storage": f"file:///tmp/{to.schema}_pipeline",
        "catalog": to.catalog,
        "schema": to.of("gold"),
        "libraries": [{"glob": {"include": SOURCES}}],
        "configuration": {
            "landing": f"/tmp/{to.schema}_pipeline/landing",  # noqa: S108 - an example, to be changed
            "spark.sql.sources.default": "delta",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.session.timeZone": "UTC",
        },
    }


def landed_paths(plan: Plan, to: InPipeline) -> dict[str, str]:
    """Say where each bronze table's raw file lies in the folder of landed files."""
    landed = f"{to.volume('landing')}/"
    return {name: path.removeprefix(landed) for name, path in source_paths(plan, to).items()}

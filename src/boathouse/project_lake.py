"""Project lake: which tables the jobs of a project read and write: those of Spark on Databricks, or where a session is given; else the lake here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boathouse import config, environment_file
from boathouse.config import Project
from boathouse.delta_lake import DeltaLake
from boathouse.engines.spark import distant_session, is_databricks
from boathouse.lake import GOLD, Lake, Namespace
from boathouse.spark_lake import SparkLake


def project_lake(project: Project, *, catalog: str = "", schema: str = "", spark: Any = None) -> Lake:
    """Open the lake of a project in its environment; a catalog of another environment is refused."""
    own, prefix = project.target
    named = environment_file.own_catalog(project, catalog) if catalog else own
    gold = f"{prefix}_{GOLD}"
    if spark is None and is_databricks():
        spark = distant_session({})
    if spark is not None:
        return SparkLake(spark, Namespace(named, schema or gold))
    return DeltaLake(project, Namespace(named, gold if schema in ("", prefix) else schema))  # one name for one table


def project_here() -> Project:
    """Find the project around the working folder, in the environment that BOATHOUSE_ENV names."""
    return environment_file.enter(config.find(Path.cwd()))


def lake_here(spark: Any = None) -> Lake:
    """Open the lake of the project around the working folder; a notebook on Databricks that is in none has its session's own."""
    if spark is None and is_databricks():
        spark = distant_session({})
    if spark is not None and not _is_in_a_project():
        return SparkLake(spark, Namespace(spark.catalog.currentCatalog(), spark.catalog.currentDatabase()))
    return project_lake(project_here(), spark=spark)


def _is_in_a_project() -> bool:
    return any((folder / config.FILE).is_file() for folder in (Path.cwd(), *Path.cwd().parents))

"""Names that the platform has changed: what they were, what they are now, and since when."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Renamed:
    """A name that stands in older texts, how to find it there, and what to write now."""

    old: str
    found_by: re.Pattern[str]
    now: str


RENAMED = (
    Renamed("import dlt", re.compile(r"^\s*(?:import dlt\b|from dlt\b)", re.MULTILINE), "`from pyspark import pipelines as dp`"),
    Renamed("Delta Live Tables", re.compile(r"\bDelta Live Tables?\b"), "Lakeflow Spark Declarative Pipelines (since 2025)"),
    Renamed("import_dir", re.compile(r"\bworkspace\s+import_dir\b"), "`databricks workspace import-dir`"),
    Renamed("export_dir", re.compile(r"\bworkspace\s+export_dir\b"), "`databricks workspace export-dir`"),
    Renamed("Vector Search", re.compile(r"\bVector Search\b"), "AI Search (since 2026)"),
    Renamed("Asset Bundles", re.compile(r"\bAsset Bundles?\b"), "Declarative Automation Bundles (since 2026)"),
    Renamed("databricks-cli", re.compile(r"\bpip\d* install\b[^\n]*\bdatabricks-cli\b"), "the Databricks CLI, which is no Python package any more"),
    Renamed("Databricks Workflows", re.compile(r"\bDatabricks Workflows\b"), "Lakeflow Jobs (since 2025)"),
    Renamed("Databricks Repos", re.compile(r"\bDatabricks Repos\b"), "Git folders (since 2024)"),
)  # fmt: skip

# What `boathouse export` is asked for under an older or a shorter name, and the target that it means.
TARGETS = {
    "dlt": ("declarative", "Delta Live Tables are now Lakeflow Spark Declarative Pipelines"),
    "delta-live-tables": ("declarative", "Delta Live Tables are now Lakeflow Spark Declarative Pipelines"),
    "lakeflow": ("declarative", "the target is named after Lakeflow Spark Declarative Pipelines"),
    "sdp": ("declarative", "the target is named after Lakeflow Spark Declarative Pipelines"),
    "asset-bundle": ("bundle", "Asset Bundles are now Declarative Automation Bundles"),
    "dab": ("bundle", "Asset Bundles are now Declarative Automation Bundles"),
    "workflow": ("databricks", "the job is written with the notebooks that it runs"),
}


def target(word: str) -> tuple[str, str]:
    """Give the target that a word means, and the hint where it is an older name."""
    return TARGETS.get(word.lower().replace("_", "-"), (word, ""))

"""The classes for notebooks and scripts: findings to a registry, a registry to notebooks, over the same functions as the verbs."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from boathouse import advise, config, findings_file, table_load, world
from boathouse.destination import Destination
from boathouse.engines.spark import is_databricks
from boathouse.environment import CatalogHelper
from boathouse.environment_file import ConfigLoader
from boathouse.job import layer_workflow
from boathouse.monitoring.monte_carlo import MonteCarloSync, monte_carlo_rule
from boathouse.notebook_set import layer_notebook, notebook, source_paths
from boathouse.pipeline_spec import pipeline_spec
from boathouse.plan import Plan, plan
from boathouse.probe import MultiFindings
from boathouse.recommendation import Recommendation
from boathouse.spark_session import SparkSessionFactory
from boathouse.table_file import write_tables
from boathouse.workbench import Workbench

__all__ = [
    "CatalogHelper", "ConfigLoader", "DatabricksExporter", "MonteCarloSync", "MultiDatasetFindings", "PipelineDocGenerator",
    "RecommendationRegistry", "SparkSessionFactory", "Workbench", "is_databricks", "is_spark_available", "monte_carlo_rule",
]  # fmt: skip


class MultiDatasetFindings:
    """What explore found in several raw tables together."""

    def __init__(self, findings: MultiFindings) -> None:
        self.findings = findings

    @classmethod
    def load(cls, path: Path | str) -> MultiDatasetFindings:
        """Read multi_dataset_findings.yaml, or the folder that it stands in."""
        file = Path(path)
        return cls(findings_file.load(file if file.is_dir() else file.parent))

    def to_recommendation_registry(self) -> RecommendationRegistry:
        """Recommend all cleaning and gold steps for what was found, each accepted."""
        return RecommendationRegistry(self.findings, advise.accept(advise.advise(self.findings), ["all"]))


class RecommendationRegistry:
    """Recommendations with the findings that they rest on."""

    def __init__(self, findings: MultiFindings, advice: advise.Advice) -> None:
        self.findings = findings
        self.advice = advice

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        return self.advice.recommendations

    def layer(self, layer: str) -> tuple[Recommendation, ...]:
        """Give the recommendations of bronze (cleaning), silver (joins and aggregates) or gold (features)."""
        return tuple(each for each in self.recommendations if each.layer == layer)

    def without(self, ids: Iterable[str]) -> RecommendationRegistry:
        """Reject some recommendations by their ids."""
        return RecommendationRegistry(self.findings, advise.accept(self.advice, [], reject=ids))

    def plan(self, name: str) -> Plan:
        """Plan the pipeline that the accepted recommendations make; nothing is read and nothing stays on the disk."""
        with tempfile.TemporaryDirectory(prefix="boathouse-") as folder:
            project = config.create(Path(folder) / name, name)
            write_tables(advise.tables_of(self.advice, self.findings), project.root)
            return plan(table_load.load(project), world.look(project))


class DatabricksExporter:
    """The pipeline of a registry as notebooks that stand alone, for a Unity Catalog schema."""

    def __init__(
        self,
        registry: RecommendationRegistry,
        findings: object = None,
        catalog: str = "main",
        schema: str = "default",
    ) -> None:
        del findings  # the registry carries its own; the parameter is there for callers who pass both
        self.registry = registry
        self.catalog = catalog
        self.schema = schema

    def export_notebook_structure(self) -> dict[str, str | dict[str, str]]:
        """Give {"bronze": {source: code}, "silver": code, "gold": code}."""
        made = self.registry.plan(self.schema)
        to = Destination(self.catalog, self.schema)
        paths = source_paths(made, to)
        bronze = {
            action.name.table: notebook(action, replace(to, source_path=paths[action.name.flat]))
            for action in made.actions
            if action.name.layer == "bronze"
        }
        return {
            "bronze": bronze,
            "silver": layer_notebook(made, "silver", to),
            "gold": layer_notebook(made, "gold", to),
        }

    def export_workflow(self) -> dict[str, object]:
        """Describe the job that runs these notebooks in order: bronze_*, silver_merge, gold_features."""
        return layer_workflow(self.registry.plan(self.schema))


class PipelineDocGenerator:
    """The pipeline of a registry as one Markdown page, for a colleague or an assistant."""

    def __init__(
        self,
        registry: RecommendationRegistry,
        findings: object = None,
        catalog: str = "main",
        schema: str = "default",
    ) -> None:
        del findings  # the registry carries its own; the parameter is there for callers who pass both
        self.registry = registry
        self.catalog = catalog
        self.schema = schema

    def generate(self) -> str:
        """Write the page."""
        made = self.registry.plan(self.schema)
        to = Destination(self.catalog, self.schema)
        return pipeline_spec(made, to, sources=source_paths(made, to), findings=self.registry.findings)


def is_spark_available() -> bool:
    """Tell whether PySpark is installed; it is not imported."""
    return importlib.util.find_spec("pyspark") is not None

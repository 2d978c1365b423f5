"""The classes for notebooks and scripts: findings to a registry, a registry to notebooks, over the same functions as the verbs."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boathouse import advise, config, findings_file, table_load, world
from boathouse.destination import Destination
from boathouse.engines.spark import is_databricks
from boathouse.environment import CatalogHelper
from boathouse.environment_file import ConfigLoader
from boathouse.extra import wanting
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

if TYPE_CHECKING:
    from boathouse.coordination_hooks import coordination_hooks
    from boathouse.data_ingestion import DataIngestion
    from boathouse.ml.drift.psi_monitor import PSIMonitor
    from boathouse.ml.fairness.analyzer import FairnessAnalyzer
    from boathouse.ml.features.feature_view import FeatureViewConfig
    from boathouse.ml.features.store import get_feature_store
    from boathouse.ml.features.temporal import TemporalFeatureDefinition
    from boathouse.ml.features.time_window import TimeWindowAggregator
    from boathouse.models.claims_tree_autoencoder import ClaimsTreeAutoencoder

__all__ = [
    "CatalogHelper", "ClaimsTreeAutoencoder", "ConfigLoader", "DataIngestion", "DatabricksExporter",
    "FairnessAnalyzer", "FeatureViewConfig", "MonteCarloSync", "MultiDatasetFindings", "PSIMonitor",
    "PipelineDocGenerator", "RecommendationRegistry", "SparkSessionFactory", "TemporalFeatureDefinition",
    "TimeWindowAggregator", "Workbench", "coordination_hooks", "get_feature_store", "is_databricks",
    "is_spark_available", "monte_carlo_rule",
]  # fmt: skip

# What needs boathouse[ml], or pyarrow, whose import takes 0.4 s: found when it is asked for.
WHEN_ASKED = {
    "ClaimsTreeAutoencoder": "boathouse.models.claims_tree_autoencoder",
    "DataIngestion": "boathouse.data_ingestion",
    "FairnessAnalyzer": "boathouse.ml.fairness.analyzer",
    "FeatureViewConfig": "boathouse.ml.features.feature_view",
    "PSIMonitor": "boathouse.ml.drift.psi_monitor",
    "TemporalFeatureDefinition": "boathouse.ml.features.temporal",
    "TimeWindowAggregator": "boathouse.ml.features.time_window",
    "coordination_hooks": "boathouse.coordination_hooks",
    "get_feature_store": "boathouse.ml.features.store",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for; where its extra is missing, say what to type."""
    if name not in WHEN_ASKED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with wanting("ml"):
        return getattr(importlib.import_module(WHEN_ASKED[name]), name)


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

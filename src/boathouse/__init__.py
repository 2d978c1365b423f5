"""Boathouse: raw files in, trusted tables out, and the same pipeline leaves for Databricks, proven equal on Spark.

The verbs of the command line are the functions here; each is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# name -> the module that it is imported from when it is first asked for: `import boathouse` stays under 100 ms
_WHERE = {
    "BoathouseError": "errors",
    "CatalogHelper": "environment",
    "ConfigLoader": "environment_file",
    "DatabricksExporter": "api",
    "MultiDatasetFindings": "api",
    "PipelineDocGenerator": "api",
    "RecommendationRegistry": "api",
    "SparkSessionFactory": "spark_session",
    "Workbench": "api",
    "is_databricks": "api",
    "is_spark_available": "api",
}

__all__ = ["__version__", *sorted(_WHERE)]  # noqa: PLE0604 - all of them are strings


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module `boathouse` has no attribute `{name}`")
    return getattr(import_module(f"boathouse.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__

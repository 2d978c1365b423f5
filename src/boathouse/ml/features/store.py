"""Store: the feature store that is at hand, Unity Catalog on Databricks and a folder elsewhere, with the same methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boathouse import config
from boathouse.engines.spark import is_databricks
from boathouse.ml.features.local_store import LocalFeatureStore
from boathouse.ml.features.project_views import project_views

if TYPE_CHECKING:
    from boathouse.ml.features.databricks_store import DatabricksFeatureStore


def get_feature_store(
    catalog: str = "main", schema: str = "features", *, repo_path: Path | str = "feature_repo"
) -> LocalFeatureStore | DatabricksFeatureStore:
    """Give Unity Catalog's feature tables in `catalog.schema` on Databricks, and those of the folder `repo_path` elsewhere.

    Where the folder is a Boathouse project, its gold tables with a `feature_view:` are among them.
    """
    if is_databricks():
        from boathouse.ml.features.databricks_store import connect

        return connect(catalog, schema)
    root = Path(repo_path)
    if not (root / config.FILE).is_file():
        return LocalFeatureStore(root.resolve())
    project = config.load(root.resolve())
    return LocalFeatureStore(project.lake_schema("features"), project_views(project))

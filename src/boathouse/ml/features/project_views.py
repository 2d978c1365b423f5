"""Project views: the gold tables of a project that are feature views, as their files say so."""

from __future__ import annotations

from boathouse import table_load
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import UserError
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.local_store import StoredView
from boathouse.names import TableName
from boathouse.pipeline import Table
from boathouse.release import Release, current_release
from boathouse.schema import Schema


def feature_view(table: Table, schema: Schema) -> FeatureViewConfig | None:
    """Read a gold table as a feature view: its key without the times, and a feature of each other column.

    Columns that begin with _ are of the pipeline, such as _run_id, and no features.
    """
    times = table.feature_view
    if times is None:
        return None
    of_time = [name for name in (times.timestamp_column, times.created_timestamp_column) if name]
    for name in (*table.contract.key, *of_time):
        if name not in schema:
            raise UserError(f"{table.name} has no column {name}", place=table.place("feature_view"))
    for name in of_time:
        if schema[name].type not in ("timestamp", "date"):
            raise UserError(
                f"the time {name} of {table.name} is {schema[name].type}", place=table.place("feature_view")
            )
    key = tuple(name for name in table.contract.key if name not in of_time)
    features = tuple(name for name in schema.names if name not in (*key, *of_time) and not name.startswith("_"))
    return FeatureViewConfig(
        table.name.table, key, features, times.timestamp_column, times.created_timestamp_column, times.ttl_days
    )


def project_views(project: Project) -> dict[str, StoredView]:
    """Give the feature views of a project that are built: of the current release, or the newest where there is none."""
    release, found = current_release(project), {}
    for name, table in table_load.load(project).tables.items():
        path = project.lake(name)
        if table.feature_view is None or not delta.exists(path):
            continue
        version = _version(release, name)
        config = feature_view(table, delta.schema(path, version))
        assert config is not None  # noqa: S101 - it has a feature_view
        found[config.name] = StoredView(config, path, version, is_ours=False)
    return found


def _version(release: Release | None, name: TableName) -> int | None:
    return release.versions.get(name) if release else None

"""Local store: feature views as Delta tables of a folder, joined and served by DuckDB."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

import pyarrow as pa

from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import UnknownName, UserError
from boathouse.file_lock import held
from boathouse.frame import arrow_table
from boathouse.ml.features import online_rows, view_rows
from boathouse.ml.features.data_hash import check_hash, data_hash
from boathouse.ml.features.feature_name import FeatureNameWarning, naming_hint
from boathouse.ml.features.feature_reference import wanted
from boathouse.ml.features.feature_view import FeatureViewConfig, instant
from boathouse.ml.features.frame_columns import put_beside
from boathouse.ml.features.online_rows import OnlineRows
from boathouse.ml.features.point_in_time import historical_features
from boathouse.ml.features.seen_rows import ViewRows
from boathouse.ml.features.view_query import view_query
from boathouse.yaml_file import write_whole

EVENT_TIMESTAMP = "event_timestamp"


@dataclass(frozen=True)
class StoredView:
    """A feature view and where its rows stand."""

    config: FeatureViewConfig
    path: Path
    version: int | None = None  # a gold table is read as the current release has it
    is_ours: bool = True  # whether it was registered here; a gold table is written by its pipeline alone


@dataclass(frozen=True)
class LocalFeatureStore:
    """Feature views in a folder: a Delta table and a JSON file each, and a table of the newest rows for serving."""

    root: Path
    gold: Mapping[str, StoredView] = field(default_factory=dict)  # feature views of a project

    @cached_property
    def _engine(self) -> DuckDB:
        return DuckDB()

    @cached_property
    def _online_rows(self) -> OnlineRows:
        return OnlineRows(self._engine)

    @property
    def views(self) -> dict[str, StoredView]:
        """Give the feature views by name."""
        files = sorted((self.root / "views").glob("*.json"))
        configs = [FeatureViewConfig.from_json(file.read_text(encoding="utf-8")) for file in files]
        return {**{config.name: StoredView(config, self._path(config.name)) for config in configs}, **self.gold}

    def list_tables(self) -> list[str]:
        """Name the feature views."""
        return sorted(self.views)

    def register_feature_view(self, config: FeatureViewConfig, df: Any) -> str:
        """Keep a feature view with these rows, or merge them into it; give the path of its Delta table."""
        if config.name in self.gold:
            raise _gold(config.name)
        for name in config.feature_names:
            if hint := naming_hint(name, config.key):
                warnings.warn(
                    f"the feature `{name}` is not noun_metric_window: {hint}", FeatureNameWarning, stacklevel=2
                )
        rows = arrow_table(df)
        with self._writing():
            known = self.views.get(config.name)
            grown = config.grown(known.config) if known else config
            self._write(replace(grown, data_hash=config.data_hash), rows, is_new=known is None)
            write_whole(self._file(config.name), grown.to_json())
        return str(self._path(config.name))

    def write_table(self, name: str, df: Any, mode: Literal["merge", "overwrite"] = "merge") -> None:
        """Merge rows into a feature view by key and time, or replace all that it has."""
        view, rows = self._view(name), arrow_table(df)
        if not view.is_ours:
            raise _gold(name)
        if mode not in ("merge", "overwrite"):
            raise UnknownName("mode", mode, ("merge", "overwrite"))
        with self._writing():
            self._write(replace(view.config, data_hash=None), rows, is_new=mode == "overwrite")

    def read_table(self, name: str, version: int | None = None) -> pa.Table:
        """Give the rows of a feature view, as they are or were at a version of its Delta table."""
        view = self._view(name)
        with translated_errors():
            return pa.table(self._engine.stream(view_query(self._engine, view.path, _chosen(version, view))))

    def data_hash(self, name: str, version: int | None = None) -> str:
        """Hash the rows of a feature view, as `data_hash` of its configuration asks for them."""
        view = self._view(name)
        return data_hash(self._engine, view.config, view_query(self._engine, view.path, _chosen(version, view)))

    def get_table_metadata(self, name: str) -> dict[str, Any]:
        """Say what a feature view is: its configuration, columns, rows, versions and where it stands."""
        view = self._view(name)
        return {
            "config": view.config,
            "path": str(view.path),
            "version": delta.version(view.path) if view.version is None else view.version,
            "rows": delta.row_count(view.path, view.version),
            "columns": delta.schema(view.path, view.version).types,
            "is_online": delta.exists(self._online(name)),
        }

    def delete_table(self, name: str) -> None:
        """Delete a feature view, and what is online of it."""
        if not self._view(name).is_ours:
            raise _gold(name)
        with self._writing():
            self._file(name).unlink()
            for folder in (self._path(name), self._online(name)):
                rmtree(folder, ignore_errors=True)

    def get_historical_features(
        self,
        entity_df: Any,
        features: Sequence[str],
        *,
        timestamp_column: str = EVENT_TIMESTAMP,
        full_feature_names: bool = False,
    ) -> Any:
        """Put the features as they were known at each row's time beside the row, in a frame of the kind that is given."""
        entities, views = arrow_table(entity_df), self.views
        configs = {name: view.config for name, view in views.items()}
        asked = wanted(features, configs, entities.column_names, full_feature_names=full_feature_names)
        rows = {name: self._rows(views[name]) for name in dict.fromkeys(each.view for each in asked)}
        return put_beside(
            entity_df, entities, historical_features(self._engine, entities, timestamp_column, rows, asked)
        )

    def materialize(self, views: Iterable[str] | None = None, start: Any = None, end: Any = None) -> dict[str, int]:
        """Bring the newest row of each key, as of `end` (now), online; say how many keys each view has there."""
        names = [views] if isinstance(views, str) else self.list_tables() if views is None else list(views)
        first, last = instant(start), instant(end) or datetime.now(UTC)
        with self._writing():
            return {name: self._materialize(self._view(name), first, last) for name in names}

    def _materialize(self, view: StoredView, start: datetime | None, end: datetime) -> int:
        path = self._online(view.config.name)
        return online_rows.materialize(self._engine, view.config, self._query(view), path, start=start, end=end)

    def get_online_features(
        self, keys: Mapping[str, Sequence[Any]], features: Sequence[str], *, full_feature_names: bool = False
    ) -> dict[str, list[Any]]:
        """Give the features of keys as they were last materialized; a key that is not known has nulls."""
        configs = {name: view.config for name, view in self.views.items()}
        asked = wanted(features, configs, keys, full_feature_names=full_feature_names)
        if len({len(values) for values in keys.values()}) > 1:
            raise UserError("the columns of the key are not of one length")
        found: dict[str, list[Any]] = {}
        for name in dict.fromkeys(each.view for each in asked):
            own = [each for each in asked if each.view == name]
            found |= self._online_rows.features(keys, configs[name], self._online(name), own)
        return {
            **{name: list(values) for name, values in keys.items()},
            **{each.name: found[each.name] for each in asked},
        }

    def _write(self, config: FeatureViewConfig, rows: pa.Table, *, is_new: bool) -> None:
        path = self._path(config.name)
        is_new = is_new or not delta.exists(path)
        stored = None if is_new else delta.schema(path)
        new = view_rows.given_rows(self._engine, config, rows, stored)
        check_hash(self._engine, config, new)
        if stored is not None:
            given = [name for name in config.columns if name in rows.column_names]
            new = view_rows.merged_rows(config, new, given, view_query(self._engine, path), stored.names)
        with translated_errors():
            delta.overwrite(path, self._engine.stream(view_rows.in_order(config, new)))

    def _view(self, name: str) -> StoredView:
        views = self.views
        if name not in views:
            raise UnknownName("feature view", name, views, where=str(self.root))
        return views[name]

    def _rows(self, view: StoredView) -> ViewRows:
        count = delta.row_count(view.path, view.version)
        return ViewRows(view.config, self._query(view), is_unique=view.is_ours, row_count=count)

    def _query(self, view: StoredView) -> str:
        return view_query(self._engine, view.path, view.version)

    def _path(self, name: str) -> Path:
        return self.root / "views" / name

    def _file(self, name: str) -> Path:
        return self.root / "views" / f"{name}.json"

    def _online(self, name: str) -> Path:
        return self.root / "online" / name

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with held(self.root / "write.lock", f"another process is writing features in {self.root}"):
            yield


def _chosen(version: int | None, view: StoredView) -> int | None:
    return view.version if version is None else version


def _gold(name: str) -> UserError:
    return UserError(f"{name} is a gold table, which its pipeline writes", hint="change its file, and `boathouse run`")

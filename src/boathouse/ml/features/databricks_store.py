"""Databricks store: feature views as Unity Catalog's feature tables, through the client that Databricks' runtimes have.

The client, databricks-feature-engineering, is under Databricks' own licence and no dependency of Boathouse: it is
imported here, when this runs on Databricks. Its signatures are those of 0.18.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Literal

import pyarrow as pa

from boathouse.engines.spark import distant_session
from boathouse.errors import UnknownName, UserError
from boathouse.frame import arrow_table
from boathouse.ml.features import online_sql
from boathouse.ml.features.feature_name import FeatureNameWarning, naming_hint
from boathouse.ml.features.feature_reference import Wanted, wanted
from boathouse.ml.features.feature_view import PROPERTY, FeatureViewConfig, instant
from boathouse.ml.features.frame_columns import put_beside
from boathouse.ml.features.local_store import EVENT_TIMESTAMP
from boathouse.quoting import sql_literal, sql_name, sql_text

AS_OF = "boathouse.as_of"  # of an online table: until when it was materialized
ONLINE = "_online"
ROW = "boathouse_row"


def connect(catalog: str, schema: str) -> DatabricksFeatureStore:
    """Open the feature tables of a schema of Unity Catalog, in Databricks' own session."""
    try:
        package = import_module("databricks.feature_engineering")
    except ImportError:
        raise UserError(
            "Databricks' feature engineering client is not on this cluster",
            hint="take a runtime for machine learning, or %pip install databricks-feature-engineering",
        ) from None
    return DatabricksFeatureStore(
        catalog, schema, package.FeatureEngineeringClient(), distant_session({}), package.FeatureLookup
    )


@dataclass(frozen=True)
class DatabricksFeatureStore:
    """Feature views in a schema of Unity Catalog: a feature table each, and a table of the newest rows."""

    catalog: str
    schema: str
    client: Any
    session: Any
    lookup: Callable[..., Any]

    @property
    def views(self) -> dict[str, FeatureViewConfig]:
        """Give the feature views by name."""
        rows = self.session.sql(f"SHOW TABLES IN {self._place}").collect()
        return self._configs(
            row["tableName"] for row in rows if not row["isTemporary"]
        )  # views of the session are listed too

    def _named(self, names: Iterable[str]) -> dict[str, FeatureViewConfig]:
        """Give these views, by a question each; where one is missing all, so that the error can offer the nearest."""
        sought = set(names)
        there = [name for name in sought if self.session.catalog.tableExists(self._name(name))]
        found = self._configs(there)
        return found if {*found} == sought else self.views

    def _configs(self, names: Iterable[str]) -> dict[str, FeatureViewConfig]:
        told = {name: self._property(self._quoted(name), PROPERTY) for name in names}
        return {name: FeatureViewConfig.from_json(text) for name, text in told.items() if text}

    def list_tables(self) -> list[str]:
        """Name the feature views."""
        return sorted(self.views)

    def register_feature_view(self, config: FeatureViewConfig, df: Any) -> str:
        """Make a feature table of these rows, or merge them into it; give its name in Unity Catalog."""
        _refuse(config)
        for name in config.feature_names:
            if hint := naming_hint(name, config.key):
                warnings.warn(
                    f"the feature `{name}` is not noun_metric_window: {hint}", FeatureNameWarning, stacklevel=2
                )
        table, rows, known = (
            self._name(config.name),
            self._rows(config, df),
            self._named([config.name]).get(config.name),
        )
        if known is None:
            self.client.create_table(
                name=table,
                primary_keys=[*config.primary_key],
                timeseries_columns=config.timestamp_column,
                df=rows,
                tags=dict(config.tags),
            )
        else:
            config = config.grown(known)
            self.client.write_table(name=table, df=rows, mode="merge")
        self._set(self._quoted(config.name), PROPERTY, config.to_json())
        return table

    def write_table(self, name: str, df: Any, mode: Literal["merge", "overwrite"] = "merge") -> None:
        """Merge rows into a feature table by key and time, or replace all that it has (in two commits, on Databricks)."""
        config = self._view(name)
        if mode not in ("merge", "overwrite"):
            raise UnknownName("mode", mode, ("merge", "overwrite"))
        rows = self._rows(config, df)
        if mode == "overwrite":  # the client merges only, and says to delete before
            self.session.sql(f"DELETE FROM {self._quoted(name)}")
        self.client.write_table(name=self._name(name), df=rows, mode="merge")

    def read_table(self, name: str, version: int | None = None) -> Any:
        """Give the rows of a feature table, as they are or were at a version, as a Spark frame."""
        self._view(name)
        if version is None:
            return self.client.read_table(name=self._name(name))
        return self.session.sql(f"SELECT * FROM {self._quoted(name)} VERSION AS OF {int(version)}")

    def get_table_metadata(self, name: str) -> dict[str, Any]:
        """Say what a feature view is: its configuration, columns, rows, versions and where it stands."""
        config, rows = self._view(name), self.session.table(self._name(name))
        history = self.session.sql(f"DESCRIBE HISTORY {self._quoted(name)} LIMIT 1").collect()
        return {
            "config": config,
            "path": self._name(name),
            "version": int(history[0]["version"]),
            "rows": rows.count(),
            "columns": dict(rows.dtypes),
            "is_online": bool(self.session.catalog.tableExists(self._name(name + ONLINE))),
        }

    def delete_table(self, name: str) -> None:
        """Delete a feature table, and what is online of it."""
        self._view(name)
        self.client.drop_table(name=self._name(name))
        self.session.sql(f"DROP TABLE IF EXISTS {self._quoted(name + ONLINE)}")

    def get_historical_features(
        self,
        entity_df: Any,
        features: Sequence[str],
        *,
        timestamp_column: str = EVENT_TIMESTAMP,
        full_feature_names: bool = False,
    ) -> Any:
        """Put the features as they were known at each row's time beside the row, in a frame of the kind that is given."""
        views = self._named(reference.partition(":")[0] for reference in features)
        if hasattr(entity_df, "sparkSession"):
            asked = wanted(features, views, entity_df.columns, full_feature_names=full_feature_names)
            return self._joined(entity_df, views, asked, timestamp_column)
        entities = arrow_table(entity_df)
        asked = wanted(features, views, entities.column_names, full_feature_names=full_feature_names)
        joined = self._joined(self.session.createDataFrame(_numbered(entities)), views, asked, timestamp_column)
        found = joined.select(ROW, *(sql_name(each.name, "databricks") for each in asked)).orderBy(ROW)
        return put_beside(entity_df, entities, found.toArrow().drop_columns([ROW]))

    def _joined(
        self, rows: Any, views: Mapping[str, FeatureViewConfig], asked: Sequence[Wanted], timestamp_column: str
    ) -> Any:
        lookups = []
        for name in dict.fromkeys(each.view for each in asked):
            config, own = views[name], [each for each in asked if each.view == name]
            lookups.append(
                self.lookup(
                    table_name=self._name(name),
                    lookup_key=[*config.key],
                    feature_names=[each.feature for each in own],
                    rename_outputs={each.feature: each.name for each in own if each.name != each.feature},
                    timestamp_lookup_key=timestamp_column,
                    lookback_window=config.ttl,
                )
            )
        training_set = self.client.create_training_set(df=rows, feature_lookups=lookups, label=None)
        return training_set.load_df()

    def materialize(self, views: Iterable[str] | None = None, start: Any = None, end: Any = None) -> dict[str, int]:
        """Bring the newest row of each key, as of `end` (now), into `{view}_online`; say how many keys each has there.

        That table is what `publish_table` of the client takes to an online store that answers in milliseconds.
        """
        names = [views] if isinstance(views, str) else self.list_tables() if views is None else list(views)
        first, last = instant(start), instant(end) or datetime.now(UTC)
        return {name: self._materialize(self._view(name), first, last) for name in names}

    def _materialize(self, config: FeatureViewConfig, start: datetime | None, end: datetime) -> int:
        view, online = self._quoted(config.name), self._quoted(config.name + ONLINE)
        self.session.sql(online_sql.create_online(config, view, online))
        before = instant(self._property(online, AS_OF) or None)
        as_of = max(filter(None, [before, end]))
        self.session.sql(online_sql.merge_online(config, view, online, start, end))
        if config.ttl is not None:
            self.session.sql(online_sql.expire_online(config, online, as_of))
        self._set(online, AS_OF, as_of.isoformat())
        return int(self.session.table(self._name(config.name + ONLINE)).count())

    def get_online_features(
        self, keys: Mapping[str, Sequence[Any]], features: Sequence[str], *, full_feature_names: bool = False
    ) -> dict[str, list[Any]]:
        """Give the features of keys as they were last materialized; a key that is not known has nulls."""
        views = self._named(reference.partition(":")[0] for reference in features)
        asked = wanted(features, views, keys, full_feature_names=full_feature_names)
        given = arrow_table({name: list(values) for name, values in keys.items()})
        rows = self.session.createDataFrame(_numbered(given))
        for name in dict.fromkeys(each.view for each in asked):
            online = self.session.table(self._name(name + ONLINE))
            own = [
                f"{sql_name(each.feature, 'databricks')} AS {sql_name(each.name, 'databricks')}"
                for each in asked
                if each.view == name
            ]
            key = [sql_name(each, "databricks") for each in views[name].key]
            rows = rows.join(online.selectExpr(*key, *own), on=[*views[name].key], how="left")
        found = rows.orderBy(ROW).toArrow().to_pydict()
        return {
            **{name: list(values) for name, values in keys.items()},
            **{each.name: found[each.name] for each in asked},
        }

    def _rows(self, config: FeatureViewConfig, df: Any) -> Any:
        rows = df if hasattr(df, "sparkSession") else self.session.createDataFrame(arrow_table(df))
        names = [name for name in config.columns if name in rows.columns]
        for name in config.primary_key:
            if name not in names:
                raise UnknownName("column", name, rows.columns, where=f"the rows for {config.name}")
        if config.cutoff_date is not None:
            limit = sql_literal(config.cutoff_date, "databricks")
            rows = rows.where(f"{sql_name(config.timestamp_column, 'databricks')} <= {limit}")
        ties = ", ".join(
            f"{sql_name(name, 'databricks')} DESC NULLS LAST" for name in config.feature_names if name in names
        )
        numbered = f"row_number() OVER (PARTITION BY {online_sql.listed(config.primary_key)} ORDER BY {ties}) AS {ROW}"
        selected = [sql_name(name, "databricks") for name in names]
        return (
            rows.selectExpr(*selected, numbered).where(f"{ROW} = 1").drop(ROW)
        )  # as in a folder, a row a key and time

    def _view(self, name: str) -> FeatureViewConfig:
        views = self._named([name])
        if name not in views:
            raise UnknownName("feature view", name, views, where=f"{self.catalog}.{self.schema}")
        return views[name]

    def _property(self, table: str, key: str) -> str:
        rows = self.session.sql(f"SHOW TBLPROPERTIES {table}").collect()
        return next((str(row["value"]) for row in rows if row["key"] == key), "")

    def _set(self, table: str, key: str, value: str) -> None:
        said = f"{sql_text(key, 'databricks')} = {sql_text(value, 'databricks')}"
        self.session.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ({said})")

    @property
    def _place(self) -> str:
        return f"{sql_name(self.catalog, 'databricks')}.{sql_name(self.schema, 'databricks')}"

    def _quoted(self, name: str) -> str:
        return f"{self._place}.{sql_name(name, 'databricks')}"

    def _name(self, name: str) -> str:
        return f"{self.catalog}.{self.schema}.{name}"


def _numbered(rows: pa.Table) -> pa.Table:
    return rows.append_column(ROW, pa.array(range(rows.num_rows), pa.int64()))


def _refuse(config: FeatureViewConfig) -> None:
    """Refuse what Unity Catalog's lookups do not know, where the folder's do."""
    if config.created_timestamp_column is not None:
        hint = (
            f"make {config.created_timestamp_column} the timestamp_column: then nothing is seen before it was created"
        )
        raise UserError(f"{config.name}: a feature table of Unity Catalog has one time a row", hint=hint)
    if config.data_hash is not None:
        raise UserError(f"{config.name}: data_hash is for a folder", hint="name a version of the Delta table instead")

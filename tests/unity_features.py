"""Stand-ins for Databricks' feature engineering client: its signatures, as its version 0.18 documents them, over any Spark."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, kw_only=True)
class FeatureLookup:
    table_name: str
    lookup_key: str | list[str]
    feature_names: str | list[str] | None = None
    rename_outputs: dict[str, str] | None = None
    timestamp_lookup_key: str | None = None
    lookback_window: timedelta | None = None


@dataclass(frozen=True)
class TrainingSet:
    frame: Any

    def load_df(self) -> Any:
        return self.frame


@dataclass
class FeatureEngineeringClient:
    """Do with plain Spark SQL what the client does, so that what is asked of it is seen to work."""

    session: Any
    keys: dict[str, list[str]] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)

    def create_table(
        self, *, name: str, primary_keys: str | list[str], df: Any = None, timeseries_columns: str = "",
        partition_columns: Any = None, schema: Any = None, description: str | None = None, tags: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        del partition_columns, schema, description, tags
        self.keys[name] = [primary_keys] if isinstance(primary_keys, str) else primary_keys
        self.times[name] = timeseries_columns
        assert timeseries_columns in self.keys[name]  # the client refuses it otherwise
        df.write.format("delta").saveAsTable(name)

    def write_table(self, *, name: str, df: Any, mode: str = "merge") -> None:
        assert mode == "merge"  # `DELETE FROM` is what the client says to do first, where all is to be replaced
        df.createOrReplaceTempView("written")
        same = " AND ".join(f"t.{key} = n.{key}" for key in self.keys[name])
        values = ", ".join(f"{column} = n.{column}" for column in df.columns)
        self.session.sql(
            f"MERGE WITH SCHEMA EVOLUTION INTO {name} t USING written n ON {same} "
            f"WHEN MATCHED THEN UPDATE SET {values} WHEN NOT MATCHED THEN INSERT *"
        )

    def read_table(self, *, name: str) -> Any:
        return self.session.table(name)

    def drop_table(self, *, name: str) -> None:
        self.session.sql(f"DROP TABLE {name}")

    def create_training_set(
        self,
        *,
        df: Any,
        feature_lookups: list[FeatureLookup],
        label: str | list[str] | None,
        exclude_columns: Any = None,
    ) -> TrainingSet:
        del label, exclude_columns
        for lookup in feature_lookups:
            df = self._looked_up(df, lookup)
        return TrainingSet(df)

    def _looked_up(self, df: Any, lookup: FeatureLookup) -> Any:
        columns = ", ".join(f"d.{column}" for column in df.columns)
        df.createOrReplaceTempView("looked_up")
        time, at = self.times[lookup.table_name], lookup.timestamp_lookup_key
        same = " AND ".join(f"d.{key} = f.{key}" for key in lookup.lookup_key)
        window = lookup.lookback_window
        young = f" AND f.{time} >= d.{at} - INTERVAL {window // timedelta(seconds=1)} SECONDS" if window else ""
        renamed = lookup.rename_outputs or {}
        values = ", ".join(
            f"max_by(f.{name}, f.{time}) AS {renamed.get(name, name)}" for name in lookup.feature_names or []
        )
        return self.session.sql(
            f"SELECT {columns}, {values} FROM looked_up d LEFT JOIN {lookup.table_name} f "
            f"ON {same} AND f.{time} <= d.{at}{young} GROUP BY ALL"
        )

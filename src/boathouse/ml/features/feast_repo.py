"""Feast repository: feature views of a folder as feature_store.yaml, features.py and Parquet, which Feast applies as it is."""

from __future__ import annotations

from pathlib import Path

from boathouse.engines.duckdb import DuckDB
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.local_store import LocalFeatureStore
from boathouse.names import variable
from boathouse.quoting import python_text, sql_name, sql_text
from boathouse.schema import Schema, is_decimal
from boathouse.yaml_file import write_whole

STORE = """\
project: {project}
provider: local
registry: data/registry.db
offline_store:
  type: file
online_store:
  type: sqlite
  path: data/online_store.db
entity_key_serialization_version: 3
"""
HEAD = '''\
"""Feature views, for Feast: `feast apply` in this folder."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import {types}
'''
# What Feast has no word for is written as the next wider type that it has.
TYPES = {
    "string": "String", "bigint": "Int64", "int": "Int32", "smallint": "Int32", "tinyint": "Int32", "double": "Float64",
    "float": "Float32", "boolean": "Bool", "timestamp": "UnixTimestamp", "date": "UnixTimestamp", "binary": "Bytes",
}  # fmt: skip
KEYS = {"string": "STRING", "bigint": "INT64", "int": "INT32", "smallint": "INT32", "tinyint": "INT32"}
CASTS = {"date": "TIMESTAMPTZ", "smallint": "INTEGER", "tinyint": "INTEGER"}


def write_feast_repo(store: LocalFeatureStore, folder: Path | str, *, project: str = "boathouse") -> list[Path]:
    """Write all feature views of a store as a repository of Feast; give the files, features.py the last."""
    root, engine, texts = Path(folder).resolve(), DuckDB(), {}
    (root / "data").mkdir(parents=True, exist_ok=True)
    files, schemas = [], {}
    for name in store.list_tables():
        engine.register("feast", "rows", store.read_table(name))
        schemas[name] = engine.describe("SELECT * FROM feast.rows")
        file = root / "data" / f"{name}.parquet"
        columns = ", ".join(_cast(column.name, column.type) for column in schemas[name])
        engine.execute(f"COPY (SELECT {columns} FROM feast.rows) TO {sql_text(str(file), 'duckdb')} (FORMAT parquet)")
        files.append(file)
    configs = [view.config for name, view in sorted(store.views.items())]
    texts[root / "feature_store.yaml"] = STORE.format(project=project)
    texts[root / "features.py"] = features_text(configs, schemas)
    for path, text in texts.items():
        write_whole(path, text)
    return [*files, *texts]


def features_text(configs: list[FeatureViewConfig], schemas: dict[str, Schema]) -> str:
    """Write features.py: an entity a key column, and a source and a view a feature view."""
    keys: dict[str, str] = {}
    for config in configs:
        for key in config.key:
            keys.setdefault(key, schemas[config.name][key].type)
    used = {
        _type(schemas[config.name][name].type).partition("(")[0] for config in configs for name in config.feature_names
    }
    listed = any(
        schemas[config.name][name].type.startswith("array<") for config in configs for name in config.feature_names
    )
    inner = {_type(schemas[c.name][n].type)[6:-1] for c in configs for n in c.features if listed} - {""}
    types = sorted({name for name in {*used, *inner} if name.isidentifier()})
    parts = [HEAD.format(types=", ".join(types)), *(_entity(key, kind) for key, kind in keys.items())]
    return "\n".join([*parts, *(_view(config, schemas[config.name]) for config in configs)])


def _entity(key: str, kind: str) -> str:
    name = python_text(key)
    return (
        f"{variable(key)} = Entity(name={name}, join_keys=[{name}], value_type=ValueType.{KEYS.get(kind, 'STRING')})\n"
    )


def _view(config: FeatureViewConfig, schema: Schema) -> str:
    name = python_text(config.name)
    times = [f"timestamp_field={python_text(config.timestamp_column)}"]
    if config.created_timestamp_column:
        times.append(f"created_timestamp_column={python_text(config.created_timestamp_column)}")
    fields = "".join(
        f"        Field(name={python_text(feature)}, dtype={_type(schema[feature].type)}),\n"
        for feature in config.feature_names
    )
    tags = "".join(f"{python_text(key)}: {python_text(value)}, " for key, value in config.tags.items())
    ttl = f"timedelta(seconds={config.ttl.total_seconds()})" if config.ttl else "timedelta(0)"
    return (
        f"{variable(config.name)}_view = FeatureView(\n    name={name},\n"
        f"    entities=[{', '.join(variable(key) for key in config.key)}],\n    ttl={ttl},\n"
        f"    schema=[\n{fields}    ],\n"
        f"    source=FileSource(name={python_text(f'{config.name}_source')}, path={python_text(f'data/{config.name}.parquet')}, {', '.join(times)}),\n"
        f"    tags={{{tags.rstrip(', ')}}},\n)\n"
    )


def _type(kind: str) -> str:
    if kind.startswith("array<"):
        return f"Array({_type(kind[6:-1])})"
    return "Float64" if is_decimal(kind) else TYPES.get(kind, "String")


def _cast(name: str, kind: str) -> str:
    column = sql_name(name, "duckdb")
    to = "DOUBLE" if is_decimal(kind) else CASTS.get(kind, "")
    return f"CAST({column} AS {to}) AS {column}" if to else column

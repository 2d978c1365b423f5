"""Configuration: what an environment sets over the defaults, and what a caller sets over both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

FOLDER = Path(__file__).parent
NOTHING: Mapping[str, Any] = MappingProxyType({})
Kind = TypeVar("Kind")


@dataclass(frozen=True)
class SparkConfig:
    """The Spark session; a master only where no Databricks brings one."""

    app_name: str
    master: str | None
    config: Mapping[str, str]


@dataclass(frozen=True)
class CatalogConfig:
    """The catalog, which carries the environment's name, and what the names of its schemas begin with."""

    name: str
    schema: str


@dataclass(frozen=True)
class EnvironmentConfig:
    """All settings of one environment."""

    environment: str
    spark: SparkConfig
    catalog: CatalogConfig
    format: str  # of the tables
    landing: str  # the folder of the raw files
    checkpoints: str

    def schema(self, layer: str) -> str:
        """Name a layer's schema: dev_main.churn_silver."""
        return f"{self.catalog.name}.{self.catalog.schema}_{layer}"

    def table(self, name: str) -> str:
        """Name a table in full: silver.orders is dev_main.churn_silver.orders."""
        layer, table = name.split(".")
        return f"{self.schema(layer)}.{table}"


class ConfigLoader:
    """Reads the files beside this one, or one that a caller has."""

    @staticmethod
    def load(env: str, config_path: str | None = None, overrides: Mapping[str, Any] = NOTHING) -> EnvironmentConfig:
        """Read an environment's settings; a key that nobody knows is an error, since it would have no effect."""
        file = Path(config_path) if config_path else FOLDER / f"{env}.yaml"
        if not file.exists():
            known = sorted(other.stem for other in FOLDER.glob("*.yaml") if other.stem != "defaults")
            raise ValueError(f"there is no {file}; there is an environment {', '.join(known)}")
        settings = merged(merged(_read(FOLDER / "defaults.yaml"), _read(file)), overrides)
        spark = _made(SparkConfig, settings.pop("spark"), "spark")
        catalog = _made(CatalogConfig, settings.pop("catalog"), "catalog")
        names = {"catalog": catalog.name, "schema": catalog.schema}
        for folder_of in ("landing", "checkpoints"):
            settings[folder_of] = settings[folder_of].format(**names)
        whole = {"environment": env, **settings, "spark": spark, "catalog": catalog}
        return _made(EnvironmentConfig, whole, env)


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one tree of settings over another; a branch of both is merged, not replaced."""
    result = dict(under)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


def _read(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {}


def _made(kind: type[Kind], settings: Mapping[str, Any], where: str) -> Kind:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(settings) - known):
        raise ValueError(f"{where}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return kind(**settings)

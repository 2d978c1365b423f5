"""Environment: where a pipeline runs (local, lab, dev, prod), its settings, and the catalog that it alone may name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
)

from boathouse.config import LOCAL
from boathouse.errors import UnknownName, UserError
from boathouse.names import IDENTIFIER, LAYERS
from boathouse.secret import sealed, shown

USUAL = (LOCAL, "lab", "dev", "prod")
SPARKS_OWN = "spark_catalog"  # the one catalog that a local Spark has without a class of its own in Java


def _spark_text(value: Any) -> Any:
    """Write a setting as Spark reads it: true, not True; YAML makes booleans and numbers of words."""
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value


def one_word(environment: str) -> str:
    """Refuse a name of more words: the first word of a catalog's name says whose it is."""
    if not re.fullmatch("[a-z][a-z0-9]*", environment):
        raise UserError(
            f"`{environment}` is no name for an environment", hint="use small letters and digits: dev, lab2"
        )
    return environment


Text = Annotated[str, BeforeValidator(_spark_text)]
Texts = Annotated[dict[str, Text], AfterValidator(sealed), PlainSerializer(shown, when_used="json")]
Name = Annotated[str, Field(pattern=rf"^{IDENTIFIER.pattern}$")]


class SparkConfig(BaseModel):
    """The Spark session of an environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_name: str = Field(description="the session's name; by default the project and the environment: churn-dev")
    master: str | None = Field(default=None, description="such as local[4]; Databricks brings its own")
    config: Texts = Field(default_factory=dict, description="settings of Spark by their names")

    @property
    def all_settings(self) -> dict[str, str]:
        """What a local session is made with: the settings, with the name and the master among them."""
        master = {"spark.master": self.master} if self.master else {}
        return {"spark.app.name": self.app_name, **master, **self.config}


class CatalogConfig(BaseModel):
    """The Unity Catalog of an environment, and what the names of its schemas begin with."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: Name = Field(
        description="the Unity Catalog, with or without its environment's name; by default that of boathouse.yml"
    )
    schema_: Name = Field(alias="schema", description="the schema of exports; by default the project's name")


class MlflowConfig(BaseModel):
    """Where the runs and the models of an environment are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tracking_uri: str = Field(
        default="", description="where runs are kept: databricks, or a server; by default a SQLite file in the lake"
    )
    registry_uri: str = Field(
        default="", description="where models are registered; by default databricks-uc, or where the runs are kept"
    )
    experiment: str = Field(default="", description="the experiment of the runs; by default the schema of exports")


class EnvironmentConfig(BaseModel):
    """The settings of one environment; its catalog carries its name, and can carry no other environment's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Annotated[str, AfterValidator(one_word)] = Field(description="may be left out; it is the file's name")
    spark: SparkConfig
    catalog: CatalogConfig
    mlflow: MlflowConfig = MlflowConfig()
    monte_carlo: Texts | None = Field(
        default=None, description="for MonteCarloSync: api_key (ID:SECRET), api_id, api_endpoint, warehouse"
    )

    @field_validator("catalog")
    @classmethod
    def _carries_the_environment(cls, catalog: CatalogConfig, info: ValidationInfo) -> CatalogConfig:
        if "environment" not in info.data:
            return catalog  # that it is missing is an error of its own
        return catalog.model_copy(update={"name": catalog_of(info.data["environment"], catalog.name)})


class CatalogHelper:
    """The names of an environment's tables."""

    def __init__(self, config: EnvironmentConfig) -> None:
        self.catalog = config.catalog.name
        self.schema_prefix = config.catalog.schema_

    def table_name(self, layer: str, table: str) -> str:
        """Name a table in full, such as dev_analytics.customer_360_silver.orders."""
        if layer not in LAYERS:
            raise UnknownName("layer", layer, LAYERS)
        if not IDENTIFIER.fullmatch(table):
            raise UserError(f"`{table}` is no table name", hint="use letters, digits and underscores")
        return f"{self.catalog}.{self.schema_prefix}_{layer}.{table}"


def catalog_of(environment: str, name: str, others: Iterable[str] = ()) -> str:
    """Give a catalog its environment's name in front: analytics -> dev_analytics; one of another environment is refused."""
    if environment == LOCAL and name == SPARKS_OWN:
        return name
    owner, _, bare = name.lower().partition("_")
    if owner == environment:
        return name
    if owner in {*USUAL, *others}:
        bare = bare or "main"
        raise UserError(
            f"`{name}` is a catalog of {owner}, and this is {environment}",
            hint=f"write `{bare}`, of which {environment} makes `{environment}_{bare}`; or take the environment {owner}",
        )
    return f"{environment}_{name}"

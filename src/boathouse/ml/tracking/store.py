"""Store: where runs and models are kept, SQLite in the project's lake or what the environment names, and how models are called there."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boathouse.config import Project
from boathouse.errors import UserError
from boathouse.extra import needed
from boathouse.names import IDENTIFIER

FILE, ARTEFACTS = "mlflow.db", "artefacts"
SQLITE = "sqlite:///"
VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
DATABRICKS, UNITY_CATALOG = "databricks", "databricks-uc"


@dataclass(frozen=True)
class Store:
    """Where MLflow keeps runs (`uri`) and models (`registry_uri`); an empty one is what MLflow is set to without us."""

    uri: str = ""
    registry_uri: str = ""
    experiment: str = ""
    artefacts: str = ""  # where those of a new experiment are put, if the store is not to choose
    catalog: str = ""
    schema: str = ""

    def model_name(self, model: str) -> str:
        """Give a model its three levels, which Unity Catalog wants and a local registry would not miss."""
        parts = model.split(".")
        if len(parts) == 1 and self.catalog and self.schema:
            parts = [self.catalog, self.schema, model]
        if len(parts) != 3 or not all(IDENTIFIER.fullmatch(part) for part in parts):  # noqa: PLR2004 - as the sentence says
            raise UserError(
                f"`{model}` is no name for a model",
                hint="write catalog.schema.model in letters, digits and underscores",
            )
        return ".".join(parts)

    def client(self) -> Any:
        """Give MLflow's client of this store."""
        with quiet():
            return imported().MlflowClient(self.uri or None, self.registry_uri or None)

    @contextmanager
    def used(self) -> Iterator[Any]:
        """Have MLflow's own functions work on this store until the block ends; give the package."""
        mlflow = imported()
        if not self.uri:
            with quiet():
                yield mlflow
            return
        before = {name: os.environ.get(name) for name in VARIABLES}
        prepared(self)
        try:
            mlflow.set_tracking_uri(self.uri)
            mlflow.set_registry_uri(self.registry_uri or self.uri)
            with quiet():
                yield mlflow
        finally:
            # MLflow keeps what it is set to in a variable of its own as well, and asks the environment where that is empty.
            mlflow.set_tracking_uri(None)
            mlflow.set_registry_uri(None)
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def store_of(project: Project) -> Store:
    """Give the store of a project in its environment: a SQLite file beside its tables, unless `mlflow:` names another."""
    catalog, name = project.target
    schema = f"{name}_gold"  # as in a bundle, whose tables have a schema a layer
    named = project.mlflow
    uri = named.get("tracking_uri", "")
    if uri:
        registry = named.get("registry_uri") or (UNITY_CATALOG if uri.startswith(DATABRICKS) else uri)
        experiment = named.get("experiment") or (f"/Shared/{name}" if uri.startswith(DATABRICKS) else name)
        return Store(uri, registry, experiment, catalog=catalog, schema=schema)
    folder = project.lake_schema("models")
    uri = f"{SQLITE}{folder / FILE}"
    return Store(uri, uri, named.get("experiment") or name, (folder / ARTEFACTS).as_uri(), catalog, schema)


def is_empty(store: Store) -> bool:
    """Tell whether there cannot be any model: MLflow would make a SQLite file that is only asked, which takes 2 s."""
    file = _file(store.registry_uri or store.uri)
    return file is not None and not file.exists()


def prepared(store: Store) -> None:
    """Make the folder of a store that is a file."""
    file = _file(store.uri)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)


def imported() -> Any:
    """Import MLflow, which is to tell nobody that it is used, and not how it makes its tables."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow = needed("mlflow", "ml")
    for name in ("alembic", "mlflow.pyfunc", "mlflow.store.db.utils"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow


@contextmanager
def quiet() -> Iterator[None]:
    """Keep MLflow from warning of what it does itself: of its own types, and of what SQLAlchemy 2.1 is to lose."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"mlflow\.")
        warnings.filterwarnings("ignore", message="The ``noload`` loader strategy", category=DeprecationWarning)
        yield


def _file(uri: str) -> Path | None:
    path = uri.removeprefix(SQLITE)
    return Path(path) if path != uri else None

"""Stores with MLflow's tables in them, and scorecards trained in them."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from boathouse.config import Project
from boathouse.ml.tracking.registry import ModelVersion, Registry
from boathouse.ml.tracking.store import SQLITE, Store, store_of
from boathouse.ml.tracking.training import Training, log_training
from boathouse.models.scorecard import Scorecard

ROWS = pa.table({"fee": [1.0, 50.0, None, 7.0], "plan": ["a", "b", "a", None]})
CHEAP = Scorecard({"fee": 1.0, "plan": {"a": 100.0}})
DEAR = Scorecard({"fee": -2.0, "plan": {"a": 100.0}})


@cache
def _template() -> Path:
    """Have MLflow make its tables once: it takes 2 s."""
    folder = Path(mkdtemp(prefix="boathouse-mlflow-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Store(f"{SQLITE}{folder / 'mlflow.db'}").client().search_registered_models()
    return folder / "mlflow.db"


def prepared(store: Store) -> Store:
    """Give a store whose tables are there."""
    file = Path(store.uri.removeprefix(SQLITE))
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        shutil.copy(_template(), file)
    return store


def new_store(folder: Path) -> Store:
    uri = f"{SQLITE}{folder / 'models' / 'mlflow.db'}"
    return prepared(Store(uri, uri, "claims", (folder / "models" / "artefacts").as_uri(), "main", "claims"))


def registry_of(project: Project) -> Registry:
    return Registry(prepared(store_of(project)))


def trained(
    store: Store, model: Any = CHEAP, rows: pa.Table = ROWS, *, labels: Any = None, **said: Any
) -> ModelVersion:
    """Train (nothing) and register: the newest version of `churn`."""
    training = Training(store, **{"model": "churn", "tables": {"gold.customers": 3}, "release": 1, **said})
    log_training(model, rows, model.score(rows), labels=labels, training=training)
    return Registry(store).newest(training.model)

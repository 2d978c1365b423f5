"""Training: a run of MLflow that says how a model was made and of what, and registers it as one model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from boathouse.errors import EngineError
from boathouse.ml.tracking.store import Store
from boathouse.model import Model

if TYPE_CHECKING:
    import numpy as np

CODE = Path(__file__).with_name("pyfunc.py")
ARTEFACT = "model"
EXAMPLE_ROWS = 5
LONGEST = 5_000  # characters of a parameter or a tag
CHALLENGER = "challenger"
KIND, TABLES, RELEASE, LABEL = "boathouse.kind", "boathouse.tables", "boathouse.release", "boathouse.label"
FINGERPRINT, COLUMNS = "boathouse.fingerprint", "boathouse.columns"
# What every kind of model is loaded with, and what one kind alone needs. To have MLflow find out took 62 s for 13 models.
PACKAGES = ("lightgbm", "numpy", "pandas", "pyarrow", "skops")
OF_TYPE = {"catboost": "catboost", "xgboost": "xgboost-cpu"}


@dataclass(frozen=True)
class Training:
    """Where a training is recorded, and what the model was trained on."""

    store: Store = field(default_factory=Store)
    model: str = ""  # what it is registered as: claims_fraud, or catalog.schema.claims_fraud; nothing: it is not
    tables: Mapping[str, int] = field(default_factory=dict)  # gold.claims -> the version of its Delta table
    release: int | None = None  # the release that these versions are of
    label: str = ""  # the column that the labels are from
    params: Mapping[str, Any] = field(default_factory=dict)  # beside those that the model says of itself
    metrics: Mapping[str, float] = field(default_factory=dict)  # beside those that are measured here
    tags: Mapping[str, str] = field(default_factory=dict)


NOT_REGISTERED = Training()


def log_training(
    model: Model,
    data: pa.Table,
    scores: np.ndarray,
    *,
    run_name: str | None = None,
    labels: Any = None,
    training: Training = NOT_REGISTERED,
) -> str:
    """Record how a model was trained, and register it where the training names one; give the id of the run."""
    from boathouse.ml.tracking.metrics import cost_curve, measured

    name = training.store.model_name(training.model) if training.model else ""
    with training.store.used() as mlflow, TemporaryDirectory(prefix="boathouse-model-") as folder:
        model.save(Path(folder) / ARTEFACT)
        fingerprint = fingerprint_of(Path(folder) / ARTEFACT)
        with _run(mlflow, training.store, run_name) as run:
            mlflow.log_params(_params(model, training))
            mlflow.log_metrics({**measured(scores, labels), **training.metrics})
            mlflow.set_tags(_tags(model, training, fingerprint))
            if labels is not None:
                mlflow.log_dict({"points": cost_curve(scores, labels)}, "cost_curve.json")
            logged = _log_model(mlflow, model, data, Path(folder) / ARTEFACT)
        if name:
            _register(training.store.client(), name, logged, run.info.run_id, fingerprint)
        return str(run.info.run_id)


def fingerprint_of(folder: Path) -> str:
    """Say what tells the files of a model from those of another."""
    digest = sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _run(mlflow: Any, store: Store, name: str | None) -> Iterator[Any]:
    experiment = _experiment(store) if store.experiment else None
    with mlflow.start_run(run_name=name, experiment_id=experiment, nested=mlflow.active_run() is not None) as run:
        yield run


def _experiment(store: Store) -> str:
    client = store.client()
    found = client.get_experiment_by_name(store.experiment)
    return str(found.experiment_id if found else client.create_experiment(store.experiment, store.artefacts or None))


def _params(model: Model, training: Training) -> dict[str, Any]:
    own = model.get_params() if hasattr(model, "get_params") else {}
    told = {"kind": model.kind, **own, **training.params}
    return {name: _text(value) for name, value in told.items() if value is not None}


def _tags(model: Model, training: Training, fingerprint: str) -> dict[str, str]:
    told = {
        KIND: model.kind, FINGERPRINT: fingerprint, COLUMNS: json.dumps(model.columns), LABEL: training.label,
        TABLES: json.dumps(dict(training.tables)) if training.tables else "",
        RELEASE: "" if training.release is None else str(training.release), **training.tags,
    }  # fmt: skip
    return {name: _text(value) for name, value in told.items() if value}


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def _log_model(mlflow: Any, model: Model, data: pa.Table, folder: Path) -> Any:
    from boathouse import __version__

    example = _example(model, data)
    packages = [*PACKAGES, *filter(None, [OF_TYPE.get(str(getattr(model, "model_type", "")))])]
    return mlflow.pyfunc.log_model(
        name=ARTEFACT, python_model=str(CODE), artifacts={ARTEFACT: str(folder)},
        signature=_signature(mlflow, model), input_example=example.to_pandas() if example.num_rows else None,
        pip_requirements=[f"boathouse=={__version__}", *filter(None, map(_pinned, packages))],
    )  # fmt: skip


def _signature(mlflow: Any, model: Model) -> Any:
    """Say what goes in and comes out: of numbers and booleans doubles, since pandas holds no other that may be missing."""
    from mlflow.types import ColSpec, Schema

    inputs = [
        ColSpec("string" if type_ == "string" else "double", name, required=False)
        for name, type_ in model.columns.items()
    ]
    return mlflow.models.ModelSignature(Schema(inputs), Schema([ColSpec("double", "score")]))


def _example(model: Model, data: pa.Table) -> pa.Table:
    rows = data.select(list(model.columns)).slice(0, EXAMPLE_ROWS)
    kinds = [pa.string() if type_ == "string" else pa.float64() for type_ in model.columns.values()]
    return pa.table({c: rows[c].cast(kind) for c, kind in zip(rows.column_names, kinds, strict=True)})


def _pinned(package: str) -> str:
    try:
        return f"{package}=={metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return ""


def _register(client: Any, name: str, logged: Any, run: str, fingerprint: str) -> None:
    """Make it the newest version of the one model; it challenges the champion, if there is one."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise EngineError(f"{name} cannot be registered: {error.message}") from error
    tags = {FINGERPRINT: fingerprint}
    made = client.create_model_version(name, logged.model_uri, run, tags=tags, model_id=logged.model_id)
    client.set_registered_model_alias(name, CHALLENGER, made.version)

"""The models that steps' examples ask: a scorecard of the example's points, in DuckDB, in a registry, and in Spark."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from boathouse.engines.duckdb import DuckDB
from boathouse.engines.spark import quiet
from boathouse.ml.tracking.asking import asked
from boathouse.ml.tracking.registry import Registry
from boathouse.ml.tracking.store import Store
from boathouse.ml.tracking.training import Training, log_training
from boathouse.models.scorecard import Scorecard
from boathouse.names import ModelReference
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import Example
from tracked import new_store


def on_duckdb(example: Example, relation: Relation, engine: DuckDB) -> AbstractContextManager[None]:
    """Let DuckDB's SQL ask the model of an example, if it has one."""
    models = example.step.asks(relation)
    return asked(engine, models, lambda reference: scorecard(example, models[reference]))


@contextmanager
def on_spark(example: Example, relation: Relation, rows: pa.Table, spark: Any) -> Iterator[dict[str, Any]]:
    """Register the model of an example, and give what a notebook imports for it; SQL can ask it by its function."""
    models = example.step.asks(relation)
    if not models:
        yield {}
        return
    versions = tuple(given.names for reference, given in models.items() if reference.version)
    store = example_store(versions)  # what is asked by its number is not to be the model of another example
    for reference, given in models.items():
        register(store, reference, scorecard(example, given), rows)
    with quiet(), store.used() as mlflow:
        for reference in models:
            uri = f"models:/{store.catalog}.{store.schema}.{reference}"
            spark.udf.register(reference.function, mlflow.pyfunc.spark_udf(spark, uri, result_type="double"))
        yield {"mlflow": mlflow}


def scorecard(example: Example, given: Schema) -> Scorecard:
    return Scorecard(dict(zip(given.names, example.points, strict=True)))


def register(store: Store, reference: ModelReference, model: Scorecard, rows: pa.Table) -> None:
    """Register a model as a training does, by the name, and the version or the alias, that a step asks."""
    registry, training = Registry(store), Training(store, reference.name)
    log_training(model, rows, model.score(rows), training=training)
    while reference.version and registry.newest(reference.name).version < reference.version:
        log_training(model, rows, model.score(rows), training=training)
    if reference.alias:
        registry.set_alias(registry.newest(reference.name), reference.alias)


@cache
def example_store(_apart: tuple[tuple[str, ...], ...]) -> Store:
    """Make a store for many examples."""
    folder = Path(mkdtemp(prefix="boathouse-examples-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return replace(new_store(folder), catalog="spark_catalog", schema="examples_gold")

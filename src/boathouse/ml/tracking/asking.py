"""Asking: registered models as functions of DuckDB's SQL, each loaded once, for as long as a table is built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import Lock

import pyarrow as pa

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import BoathouseError, EngineError
from boathouse.ml.tracking.given import ARROW, scored, typed
from boathouse.model import Model
from boathouse.names import ModelReference
from boathouse.schema import Schema

Load = Callable[[ModelReference], Model]


@contextmanager
def asked(engine: DuckDB, models: Mapping[ModelReference, Schema], load: Load) -> Iterator[None]:
    """Let SQL ask these models for a number a row of such columns, until the block ends."""
    failed: list[BoathouseError] = []
    made: list[str] = []
    try:
        for reference, given in models.items():
            model = load(reference)
            typed(_no_rows(given), model.columns)  # what the model lacks is said before any row is read
            engine.function(reference.function, given, partial(_scored, model, reference, failed, Lock()))
            made.append(reference.function)
        yield
    except BoathouseError:
        if failed:  # DuckDB's error has only the first line of it
            raise failed[0] from None
        raise
    finally:
        for name in made:  # a function that outlives its session has Python end with a list of leaks
            engine.forget_function(name)


def _scored(
    model: Model, reference: ModelReference, failed: list[BoathouseError], lock: Lock, rows: pa.Table
) -> pa.Array:
    try:
        with lock:
            return scored(model, rows)
    except BoathouseError as error:
        failed.append(error)
        raise
    except Exception as error:
        failed.append(EngineError(f"the model {reference} cannot score these rows: {error}"))
        raise


def _no_rows(given: Schema) -> pa.Table:
    return pa.table({column.name: pa.array([], ARROW[column.type]) for column in given})

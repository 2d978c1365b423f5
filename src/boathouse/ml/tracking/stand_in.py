"""Stand-in: the models of a project's file under the catalog and the schema that a local Spark has for its tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from boathouse.errors import UserError
from boathouse.ml.tracking.registry import Registry
from boathouse.ml.tracking.store import FILE, SQLITE, Store, is_empty


@contextmanager
def named_here(store: Store, catalog: str, schema: str) -> Iterator[None]:
    """Have MLflow find the store's models as catalog.schema.model until the block ends; their files stay where they are."""
    if is_empty(store):
        with store.used():
            yield
        return
    if not store.uri.startswith(SQLITE):
        raise UserError(
            f"the models are in {store.registry_uri or store.uri}, and a local Spark finds only those of the lake",
            hint="run it there: set SPARK_REMOTE",
        )
    with TemporaryDirectory(prefix="boathouse-models-") as folder:
        file = Path(folder) / FILE
        with closing(sqlite3.connect(store.uri.removeprefix(SQLITE))) as own, closing(sqlite3.connect(file)) as copy:
            own.backup(copy)
        uri = f"{SQLITE}{file}"
        copied = Registry(replace(store, uri=uri, registry_uri=uri))
        for name in copied.names():
            copied.client.rename_registered_model(name, f"{catalog}.{schema}.{name.rpartition('.')[2]}")
        with copied.store.used():
            yield

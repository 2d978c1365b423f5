"""Spark run: build the tables of a plan by the cells that a notebook holds, locally or at SPARK_REMOTE."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from boathouse.action import Action
from boathouse.cells import Cell, cells
from boathouse.change import inputs_of
from boathouse.config import Project
from boathouse.destination import Destination
from boathouse.engines import delta, spark
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.ml.tracking.stand_in import named_here
from boathouse.ml.tracking.store import store_of
from boathouse.notebook_set import source_paths
from boathouse.origin import Origin
from boathouse.plan import Plan
from boathouse.run import LocalLake, Progress, build_each, run_records
from boathouse.run_record import Run, TableRun
from boathouse.world import look

SCHEMA = "boathouse_run"  # local: only names, for the tables stand in the lake


def run_on_spark(plan: Plan, project: Project, *, on_table: Progress = lambda _action, _done: None) -> Run:
    """Build every table of the plan on Spark: into the project's lake, or into the catalog of SPARK_REMOTE."""
    with run_records(plan, project, "spark") as record, spark.session(settings=project.spark) as engine:
        if engine.remote:
            return build_each(plan, RemoteLake(plan, project, engine).build, on_table, record)
        with tempfile.TemporaryDirectory(prefix="boathouse-run-") as folder:
            engine.create_schema(SCHEMA, Path(folder))
            try:
                return build_each(plan, SparkLake(project, engine).build, on_table, record)
            finally:
                engine.drop_schema(SCHEMA)


@dataclass(frozen=True)
class SparkLake:
    """The Delta tables of a project's folder, under names that a local Spark knows."""

    project: Project
    engine: spark.Spark

    def build(self, action: Action, run_id: str) -> TableRun:
        if (
            action.landing is not None
        ):  # its ledger and its transactions are the local engine's, whoever builds the rest
            return LocalLake(self.project, DuckDB(delta_scan=delta.scan)).build(action, run_id)
        clock = time.perf_counter()
        for name in action.reads:
            if not delta.exists(self.project.lake(name)):
                raise UserError(f"{name} is not built yet", hint=f"type `boathouse run {name}`")
            self.engine.adopt_table(SCHEMA, name.flat, self.project.lake(name))
        path, source = self.project.lake(action.name), action.table.source
        raw = str(self.project.source(source.path)) if source else ""
        self.engine.note(json.dumps(Origin(action.fingerprint, inputs_of(action, look(self.project)), run_id).note))
        with self._models(action):
            self.engine.run_cells(pairs(cells(action, Destination(spark.LOCAL_CATALOG, SCHEMA, raw, str(path)))))
        return TableRun(action.name, delta.row_count(path), delta.version(path), time.perf_counter() - clock, str(path))

    def _models(self, action: Action) -> AbstractContextManager[None]:
        return (
            named_here(store_of(self.project), spark.LOCAL_CATALOG, f"{SCHEMA}_gold")
            if action.models
            else nullcontext()
        )


@dataclass(frozen=True)
class RemoteLake:
    """The tables of the project's catalog and schema, where SPARK_REMOTE says; raw files lie in its landing volume."""

    plan: Plan
    project: Project
    engine: spark.Spark

    def build(self, action: Action, run_id: str) -> TableRun:
        if action.landing is not None:
            raise UserError(
                "a landing folder is ingested where it stands", hint="export, and run its notebook on Databricks"
            )
        del run_id  # a shared cluster may refuse the setting that carries notes
        clock, (catalog, schema) = time.perf_counter(), self.project.target
        to = Destination(catalog, schema)
        raw = source_paths(self.plan, to).get(action.name.flat, "")
        with store_of(self.project).used() if action.models else nullcontext():
            self.engine.run_cells(pairs(cells(action, replace(to, source_path=raw))))
        table = f"{catalog}.{schema}.{action.name.flat}"
        version, rows = self.engine.history(table)
        return TableRun(action.name, rows, version, time.perf_counter() - clock, table)


def pairs(found: tuple[Cell, ...]) -> list[tuple[str, str]]:
    return [(cell.title or "Imports", cell.code) for cell in found]

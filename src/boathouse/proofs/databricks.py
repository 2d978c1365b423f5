"""Run each notebook in the order of the workflow, on classic Spark or on Spark Connect, which serverless is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from boathouse.action import Action
from boathouse.comparison import Comparison
from boathouse.engines import delta, spark
from boathouse.errors import BoathouseError, UserError
from boathouse.ml.tracking.stand_in import named_here
from boathouse.ml.tracking.store import store_of
from boathouse.names import TableName
from boathouse.notebook import read_notebook
from boathouse.rehearsal import OF_THE_RUN, Rehearsal

ON = ("spark", "connect")
SCHEMA = "proof"  # one for each proof; the session's own catalog has no other


def rehearse(rehearsal: Rehearsal) -> Iterator[tuple[TableName | str, Comparison]]:
    """Run the notebooks of the export, each after those that it depends on, and compare what each made."""
    order = workflow_order(rehearsal.out)
    engine = rehearsal.engine
    if rehearsal.on == "connect":
        engine = rehearsal.open.enter_context(engine.connected())
        rehearsal.engine, rehearsal.engines = engine, engine.version
    rehearsal.say(f"{engine.version} runs {len(order)} notebooks of {rehearsal.out}")
    engine.create_schema(SCHEMA, rehearsal.folder)
    if rehearsal.plan.scored:
        rehearsal.open.enter_context(named_here(store_of(rehearsal.project), spark.LOCAL_CATALOG, f"{SCHEMA}_gold"))
    actions = {action.name.flat: action for action in rehearsal.plan.actions}
    try:
        for task in [*order, *(name for name in actions if name not in order)]:
            if task in actions:
                yield from _Notebook(rehearsal, actions[task]).prove()
            else:
                yield from _run_other(rehearsal, task)
    finally:
        engine.drop_schema(SCHEMA)


def workflow_order(out: Path) -> list[str]:
    """Give the tasks of workflow.json, each after those that it depends on."""
    file = out / "workflow.json"
    if not file.exists():
        raise UserError(f"{out} holds no export", hint="type `boathouse export databricks`")
    try:
        tasks = json.loads(file.read_text(encoding="utf-8"))["tasks"]
        before = {task["task_key"]: [other["task_key"] for other in task.get("depends_on", [])] for task in tasks}
        return list(TopologicalSorter(before).static_order())
    except (ValueError, KeyError, TypeError, CycleError) as error:
        raise UserError(
            f"{file} is no workflow: {error}", hint="write it anew with `boathouse export databricks`"
        ) from error


def _run_other(rehearsal: Rehearsal, task: str) -> Iterator[tuple[str, Comparison]]:
    """Run a notebook that makes no table of the pipeline, and tell of it where it fails."""
    try:
        _run(rehearsal, task, {})
    except BoathouseError as error:
        yield task, Comparison("NOT COMPARABLE", str(error))


def _run(rehearsal: Rehearsal, task: str, constants: dict[str, str]) -> None:
    file = rehearsal.out / "notebooks" / f"{task}.py"
    if not file.exists():
        raise UserError("the export has no notebook for it", hint="type `boathouse export databricks`")
    constants |= {"CATALOG": spark.LOCAL_CATALOG, "SCHEMA": SCHEMA}
    rehearsal.engine.run_cells(read_notebook(file.read_text(encoding="utf-8"), constants))


class _Notebook:
    """One table's notebook, in the rehearsal of all."""

    def __init__(self, rehearsal: Rehearsal, action: Action) -> None:
        self.rehearsal = rehearsal
        self.action = action

    def prove(self) -> Iterator[tuple[TableName, Comparison]]:
        yield self.action.name, self._prove_table()
        if self.action.drops:
            quarantine = self.action.name.quarantine
            yield quarantine, self._compare(quarantine, without=(self.action.run_column,))

    def _prove_table(self) -> Comparison:
        action, lake = self.action, self.rehearsal.project.lake(self.action.name)
        missing = next((name for name in action.reads if not delta.exists(self._made(name))), None)
        if missing is not None:
            return Comparison("NOT COMPARABLE", f"{missing}, which it reads, could not be made on Spark")
        try:
            _run(self.rehearsal, action.name.flat, self._source())
        except BoathouseError as error:
            return Comparison("NOT COMPARABLE", str(error))
        if action.landing is None:
            return self._compare(action.name, key=action.table.contract.key)
        found = self._compare(action.name, without=OF_THE_RUN)
        # What reads it is given the lake's own rows, whose order of arrival the notebook's single read does not have.
        if delta.exists(lake):
            self.rehearsal.engine.replace_table(SCHEMA, action.name.flat, lake)
        return replace(found, why="; ".join(filter(None, [found.why, f"compared without {', '.join(OF_THE_RUN)}"])))

    def _compare(self, name: TableName, **how: Any) -> Comparison:
        return self.rehearsal.compare(name, self._made(name), **how)

    def _source(self) -> dict[str, str]:
        """Say where the raw files lie that a bronze notebook reads."""
        landing, source = self.action.landing, self.action.table.source
        if source is None:
            return {}
        return {"SOURCE_PATH": str(landing.root if landing else self.rehearsal.project.source(source.path))}

    def _made(self, name: TableName) -> Path:
        # Spark's catalog knows names without case, and names the folder in lower case.
        return self.rehearsal.folder / name.flat.lower()

"""Run the pipeline for open-source Spark with `spark-pipelines`, on Spark Connect and Delta."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from boathouse import yaml_file
from boathouse.action import Action
from boathouse.comparison import Comparison
from boathouse.declarative.declared import InPipeline
from boathouse.declarative.settings import landed_paths
from boathouse.engines import delta, spark, spark_pipelines
from boathouse.errors import BoathouseError, UserError
from boathouse.names import LAYERS, TableName
from boathouse.rehearsal import OF_THE_RUN, Rehearsal

ON = ("connect",)
OPTIONS = {"runtime": "open-source"}  # what the export is told, so that it can run here
SPEC = "spark-pipeline.yml"
ONLY_ON_DATABRICKS = ("cloudFiles", ".expect_all", ".create_auto_cdc_flow(", "import dlt")


def rehearse(rehearsal: Rehearsal) -> Iterator[tuple[TableName | str, Comparison]]:
    """Run the pipeline of the export, bronze and the rest apart where bronze takes files in, and compare what each made."""
    spec = _spec(rehearsal.out)
    engine, to = rehearsal.engine, InPipeline(spark.LOCAL_CATALOG, str(spec["schema"]).rpartition("_")[0])
    rehearsal.engines = engine.version.replace("Spark ", "Spark Connect ", 1)
    rehearsal.say(f"{rehearsal.engines} runs the pipeline of {rehearsal.out}")
    for layer in LAYERS:
        engine.create_schema(to.of(layer), rehearsal.folder / to.of(layer))
    try:
        pipeline = _Pipeline(rehearsal, spec, to)
        yield from pipeline.prove()
        yield from pipeline.failed()
    finally:
        for layer in LAYERS:
            engine.drop_schema(to.of(layer))


def _spec(out: Path) -> dict[str, Any]:
    file = out / SPEC
    texts = [path.read_text(encoding="utf-8") for path in (out / "transformations").rglob("*.py")]
    # A folder that was exported to twice has both the spec and files of the other variant.
    if not file.exists() or any(word in text for text in texts for word in ONLY_ON_DATABRICKS):
        raise UserError(
            f"{out} holds no pipeline for open-source Spark",
            hint="type `boathouse export declarative --runtime open-source`",
        )
    spec: dict[str, Any] = yaml_file.read(file).data
    return spec


class _Pipeline:
    """The files of a pipeline, in a folder of their own, with a spec that says where tables and raw files stand here."""

    def __init__(self, rehearsal: Rehearsal, spec: dict[str, Any], to: InPipeline) -> None:
        self.rehearsal = rehearsal
        self.to = to
        self.remote = rehearsal.engine.serve()
        self.failures: dict[str, str] = {}
        self.folder = rehearsal.folder / "pipeline"
        shutil.copytree(rehearsal.out / "transformations", self.folder / "transformations")
        # What fails here fails again; by itself Spark tries each dataset three times.
        here = {"landing": str(self._land()), "spark.sql.pipelines.maxFlowRetryAttempts": "0"}
        configuration = {**spec["configuration"], **here}
        storage = (self.folder / "storage").as_uri()
        self.spec = {**spec, "storage": storage, "catalog": spark.LOCAL_CATALOG, "configuration": configuration}

    def prove(self) -> Iterator[tuple[TableName, Comparison]]:
        actions = self.rehearsal.plan.actions
        ingested = [action for action in actions if action.landing is not None]
        if not ingested:
            self._update("transformations/**")
            yield from self._compared(actions)
            return
        self._update("transformations/bronze/**")
        yield from self._compared([action for action in actions if action.name.layer == "bronze"])
        # What reads them is given the lake's own rows, which came at other times, in other runs.
        for action in ingested:
            if delta.exists(lake := self.rehearsal.project.lake(action.name)):
                self.rehearsal.engine.replace_table(self.to.of("bronze"), action.name.table, lake)
        self._update("transformations/silver/**", "transformations/gold/**")
        yield from self._compared([action for action in actions if action.name.layer != "bronze"])

    def failed(self) -> Iterator[tuple[str, Comparison]]:
        """Give what failed beside the tables: their checks."""
        tables = {
            self.to.place(name, "databricks").lower()
            for action in self.rehearsal.plan.actions
            for name in action.writes
        }
        for name, why in self.failures.items():
            if name and name.lower() not in tables:
                yield name, Comparison("NOT COMPARABLE", why)

    def _land(self) -> Path:
        """Link the raw files to where the pipeline looks for them."""
        landing, actions = self.folder / "landing", {a.name.flat: a for a in self.rehearsal.plan.actions}
        for name, path in landed_paths(self.rehearsal.plan, self.to).items():
            action, link = actions[name], landing / path
            assert action.table.source is not None  # noqa: S101 - these have a path because they have a source
            link.parent.mkdir(parents=True, exist_ok=True)
            raw = action.landing.root if action.landing else self.rehearsal.project.source(action.table.source.path)
            if not link.exists():
                link.symlink_to(Path(raw).absolute())
        return landing

    def _update(self, *sources: str) -> None:
        file = self.folder / SPEC
        libraries = [{"glob": {"include": source}} for source in sources]
        yaml_file.write_whole(file, yaml_file.dump({**self.spec, "libraries": libraries}))
        try:
            self.failures |= spark_pipelines.update(file, self.remote)
        except BoathouseError as error:
            self.failures[""] = str(error)

    def _compared(self, actions: list[Action] | tuple[Action, ...]) -> Iterator[tuple[TableName, Comparison]]:
        for action in actions:
            if action.landing is None:
                yield action.name, self._compare(action.name, key=action.table.contract.key)
            else:
                found = self._compare(action.name, without=OF_THE_RUN)
                why = "; ".join(filter(None, [found.why, f"compared without {', '.join(OF_THE_RUN)}"]))
                yield action.name, replace(found, why=why)
            if action.drops:
                quarantine = action.name.quarantine
                yield quarantine, self._compare(quarantine, without=(action.run_column,))

    def _compare(self, name: TableName, **how: Any) -> Comparison:
        place = self.to.place(name, "databricks")
        failures = {name.lower(): why for name, why in self.failures.items()}
        if failure := failures.get(place.lower(), failures.get("", "")):
            return Comparison("NOT COMPARABLE", failure)
        # Spark's catalog knows names without case, and names the folder in lower case.
        return self.rehearsal.compare(name, self.rehearsal.folder / self.to.of(name.layer) / name.table.lower(), **how)

"""Scheduled job: a piece of work on a project's models, the same here and as a task on Databricks; its options are its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from boathouse import model_file
from boathouse.config import Project
from boathouse.coordination_hooks import CoordinationHooks
from boathouse.errors import CheckFailed, UserError
from boathouse.extra import wanting
from boathouse.hook_events import HookEvent, last
from boathouse.lake import Lake, Place
from boathouse.model_file import ModelSpec
from boathouse.names import OPS
from boathouse.options import member_with
from boathouse.project_lake import project_lake
from boathouse.shelf import Shelf

JOBS = Shelf("jobs", "job")
TRAINED = "post_model_training"


@dataclass(frozen=True)
class JobResult:
    """What a job did: the tables that it wrote, what it measured, and why it ends as failed, if it does."""

    said: str
    tables: Mapping[str, int] = field(default_factory=dict)  # with their versions
    numbers: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Mapping[str, Any], ...] = ()  # what a person looks at
    refused: str = ""
    then: str = ""  # what a person types next

    @property
    def document(self) -> dict[str, Any]:
        """Say it as a JSON document."""
        return {
            "said": self.said, "tables": dict(self.tables), "numbers": dict(self.numbers), "rows": list(self.rows),
            "refused": self.refused, "then": self.then,
        }  # fmt: skip


@dataclass(frozen=True)
class Site:
    """Where a job works: a project, the tables that it reads and writes, and the models that it trained."""

    project: Project
    lake: Lake

    @property
    def hooks(self) -> CoordinationHooks:
        return CoordinationHooks(self.lake, registry=self.registry)

    def trainings(self, spec: ModelSpec, model_types: Sequence[str] = ()) -> list[HookEvent]:
        """Find the last training of each type, in the order of the model's file, or of the types that are named."""
        known = [
            event for event in self.hooks.events if event.hook == TRAINED and event.subject.model == spec.registry_name
        ]
        trained = {event.subject.model_type for event in known}
        kinds = model_types or dict.fromkeys((*spec.model_types, *sorted(trained)))
        found = (last(known, TRAINED, model_type=kind) for kind in kinds)
        there = [event for event in found if event is not None and event.status == "passed"]
        if not there:
            which = f" by {', '.join(model_types)}" if model_types else ""
            raise UserError(f"no version of {spec.name} was trained{which} yet", hint="type `boathouse job train`")
        return there

    def release_of(self, table: str, version: int) -> int | None:
        """Find the newest release that has this version of a table; none where it is of no release."""
        place = self.place(f"{OPS}.releases")
        if not self.lake.exists(place):
            return None
        rows = self.lake.read(place, ("release", "table_name", "delta_version")).to_pylist()
        found = [row["release"] for row in rows if (row["table_name"], row["delta_version"]) == (table, version)]
        return max(found, default=None)

    def promote(self, registered: str, version: int, alias: str) -> None:
        """Give a version an alias; a gate that refuses is an error."""
        from boathouse.ml.tracking.promotion import candidate, promote, refusal

        done = promote(self.registry, candidate(self.registry, registered, version=version, to=alias), alias)
        if not done.passed:
            raise CheckFailed(refusal(done.refused))

    def place(self, said: str) -> Place:
        return self.lake.namespace.place(said)

    def store(self, experiment: str = "") -> Any:
        """Give the store of models, MLflow's, with the experiment that runs are kept in."""
        from boathouse.ml.tracking.store import store_of

        store = store_of(self.project)
        return replace(store, experiment=experiment) if experiment else store

    @cached_property
    def registry(self) -> Any:
        from boathouse.ml.tracking.registry import Registry

        return Registry(self.store())


class Job(BaseModel):
    """What every job has: the model that it is about, by default the project's only one."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: str = Field(default="", description="a file of models/; it need not be named where there is one alone")

    registered_model: str = Field(
        default="", description="its full name in the registry; by default catalog.schema.model"
    )

    def run(self, site: Site) -> JobResult:
        """Do the work; what is refused is told after everything that was found is written."""
        raise NotImplementedError

    def spec(self, site: Site) -> ModelSpec:
        """Read the model's file, with this job's options over it."""
        spec = model_file.load(site.project, self.model).over(registered_name=self.registered_model)
        table = str(getattr(self, "table", ""))
        return spec.on(table, site.lake.columns(site.place(table))) if table else spec


def job(name: str, options: Mapping[str, Any] = MappingProxyType({})) -> Job:
    """Make a job by its name, with its options."""
    made: Job = member_with(JOBS, name, options)
    return made


def do(
    project: Project, name: str, options: Mapping[str, Any], *, catalog: str = "", schema: str = "", spark: Any = None
) -> JobResult:
    """Make a job and do it: on Databricks or where a session is given by Spark, else in the project's own lake."""
    chosen = job(name, options)
    with wanting("ml"):
        return chosen.run(Site(project, project_lake(project, catalog=catalog, schema=schema, spark=spark)))


def names(text: str) -> tuple[str, ...]:
    """Read names between commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())

"""Registry: the models that are registered, their versions, and which of them is the champion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from boathouse import model as models
from boathouse.errors import EngineError, FileError, MissingExtra, UserError, did_you_mean
from boathouse.ml.tracking.store import Store, imported, is_empty, quiet
from boathouse.ml.tracking.training import ARTEFACT, COLUMNS, FINGERPRINT, KIND, RELEASE, TABLES, fingerprint_of
from boathouse.model import Model
from boathouse.names import ModelReference

GATE = "boathouse.gate."  # what a gate found of a version, as a tag of it
TRAIN = "train one with `boathouse job train`, which registers it"
LONG_AGO = datetime.fromtimestamp(0, UTC)
MISSING = "RESOURCE_DOES_NOT_EXIST"


@dataclass(frozen=True)
class ModelVersion:
    """One version of a registered model, and what its training said of it."""

    name: str  # in full: main.claims.claims_fraud
    version: int
    aliases: tuple[str, ...] = ()
    run_id: str = ""
    registered_at: datetime = LONG_AGO
    source: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)  # of the version and of its run
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What tells the model's files from those of another."""
        return self.tags.get(FINGERPRINT, "")

    @property
    def state(self) -> str:
        """What a table that was scored by it keeps of it, so that another version is noticed."""
        return f"version {self.version}, {self.fingerprint}"

    @property
    def kind(self) -> str:
        return self.tags.get(KIND, "")

    @property
    def columns(self) -> dict[str, str]:
        """The columns that it is given, with their types in Databricks SQL's words."""
        return dict(json.loads(self.tags.get(COLUMNS) or "{}"))

    @property
    def tables(self) -> dict[str, int]:
        """The tables that it was trained on, each with the version of its Delta table."""
        return dict(json.loads(self.tags.get(TABLES) or "{}"))

    @property
    def release(self) -> int | None:
        """The release that these tables are of."""
        number = self.tags.get(RELEASE, "")
        return int(number) if number.isdigit() else None

    @property
    def document(self) -> dict[str, Any]:
        """Say it as a part of a JSON document."""
        return {
            "model": self.name, "version": self.version, "aliases": list(self.aliases), "kind": self.kind,
            "registered_at": self.registered_at.isoformat(), "run": self.run_id, "fingerprint": self.fingerprint,
            "tables": self.tables, "release": self.release, "metrics": dict(self.metrics), "columns": self.columns,
        }  # fmt: skip


@dataclass(frozen=True)
class Registry:
    """The models of a store."""

    store: Store

    @cached_property
    def client(self) -> Any:
        return self.store.client()

    def names(self) -> tuple[str, ...]:
        """List the registered models of the project, in full and in alphabetical order."""
        if is_empty(self.store):
            return ()
        own = f"{self.store.catalog}.{self.store.schema}." if self.store.catalog else ""
        found, page = [], None
        with quiet():
            while page is None or page.token:  # Unity Catalog lists those of all schemas, a hundred at a time
                page = self.client.search_registered_models(page_token=page.token if page else None)
                found += [each.name for each in page if each.name.startswith(own)]
        return tuple(sorted(found))

    def versions(self, name: str) -> tuple[ModelVersion, ...]:
        """List all versions of a model, the oldest first; without their metrics, which the run has."""
        full, aliases = self._known(name)
        with quiet():
            found = self.client.search_model_versions(f"name = '{full}'")
        told = [_told(each, aliases) for each in found]
        return tuple(sorted(told, key=lambda each: each.version))

    def newest(self, name: str) -> ModelVersion:
        """Give the version that was registered last."""
        return self.version(name, self.versions(name)[-1].version)

    def version(self, name: str, at: str | int) -> ModelVersion:
        """Find a version by its number or by an alias, with what its run said of it."""
        full, aliases = self._known(name)
        number = at if isinstance(at, int) else aliases.get(at)
        if number is None:
            hint = f"give one with `boathouse model promote {name} --to {at}`"
            raise UserError(f"no version of the model {full} is the {at}", hint=hint)
        found = self._asked(lambda: self.client.get_model_version(full, str(number)))
        if found is None:
            raise UserError(
                f"the model {full} has no version {number}",
                hint=f"the newest is {_newest(aliases, self.versions(name))}",
            )
        run = self._asked(lambda: self.client.get_run(found.run_id)) if found.run_id else None
        return _told(found, aliases, run)

    def state(self, reference: ModelReference) -> str:
        """Say which version a reference means now, and by what its files are known; nothing where there is none."""
        try:
            return self.referred(reference).state
        except MissingExtra:
            raise
        except UserError:
            return ""

    def referred(self, reference: ModelReference) -> ModelVersion:
        """Find the version that a step names."""
        return self.version(reference.name, reference.version or reference.alias)

    def load(self, version: ModelVersion) -> Model:
        """Load a version's model; files that are not those that were registered are refused."""
        with self.store.used() as mlflow:
            folder = Path(mlflow.artifacts.download_artifacts(version.source)) / "artifacts" / ARTEFACT
        if not folder.is_dir():
            raise FileError(f"{version.name}/{version.version} is no model of Boathouse's", hint=TRAIN)
        if version.fingerprint and fingerprint_of(folder) != version.fingerprint:
            raise EngineError(
                f"the files of {version.name}/{version.version} are not those that were registered", hint=TRAIN
            )
        return models.load(folder)

    def note(self, version: ModelVersion, gate: str, *, passed: bool, told: str) -> None:
        """Keep what a gate found of a version, for the promotion to read: fairness, drift."""
        text = json.dumps({"passed": passed, "told": told})
        self.client.set_model_version_tag(version.name, str(version.version), f"{GATE}{gate}", text)

    def set_alias(self, version: ModelVersion, alias: str) -> None:
        self.client.set_registered_model_alias(version.name, alias, str(version.version))

    def delete_alias(self, version: ModelVersion, alias: str) -> None:
        self.client.delete_registered_model_alias(version.name, alias)

    def _known(self, name: str) -> tuple[str, dict[str, int]]:
        """Give a model's full name and its aliases, or say that there is no such model."""
        full = self.store.model_name(name)
        found = None if is_empty(self.store) else self._asked(lambda: self.client.get_registered_model(full))
        if found is None:
            near = [each.rpartition(".")[2] for each in self.names()]
            hint = did_you_mean(name, near) if near else ""
            raise UserError(f"there is no model {full}", hint=f"{hint} or {TRAIN}" if hint.startswith("did") else TRAIN)
        return full, {alias: int(version) for alias, version in found.aliases.items()}

    def _asked(self, ask: Any) -> Any:
        mlflow = imported()
        try:
            with quiet():
                return ask()
        except mlflow.MlflowException as error:
            if error.error_code == MISSING:
                return None
            raise EngineError(f"the registry of models does not answer: {error.message}") from error


def _newest(aliases: Mapping[str, int], versions: tuple[ModelVersion, ...]) -> str:
    named = ", ".join(f"{alias} is {number}" for alias, number in sorted(aliases.items()))
    return f"{versions[-1].version}" + (f"; {named}" if named else "") if versions else "none"


def _told(found: Any, aliases: Mapping[str, int], run: Any = None) -> ModelVersion:
    number = int(found.version)
    tags = {name: text for name, text in (run.data.tags if run else {}).items() if name.startswith("boathouse.")}
    return ModelVersion(
        found.name, number, tuple(sorted(alias for alias, at in aliases.items() if at == number)), found.run_id or "",
        datetime.fromtimestamp(found.creation_timestamp / 1000, UTC), found.source, {**tags, **found.tags},
        dict(run.data.metrics) if run else {},
    )  # fmt: skip

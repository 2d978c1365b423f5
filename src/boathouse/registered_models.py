"""Registered models: those of a project, and which of them is the champion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from boathouse.config import Project
from boathouse.errors import UserError
from boathouse.ml.tracking.promotion import CHAMPION, Promotion, candidate, promote, tried
from boathouse.ml.tracking.registry import ModelVersion, Registry
from boathouse.ml.tracking.store import store_of
from boathouse.names import TableName
from boathouse.query import opened


@dataclass(frozen=True)
class RegisteredModels:
    """The models of a project in its environment."""

    project: Project

    @cached_property
    def registry(self) -> Registry:
        return Registry(store_of(self.project))

    def list(self) -> dict[str, tuple[ModelVersion, ...]]:
        """List the models, each with its versions."""
        return {name: self.registry.versions(name) for name in self.registry.names()}

    def versions(self, name: str) -> tuple[ModelVersion, ...]:
        """Give the versions of a model, with what was measured of each."""
        return tuple(self.registry.version(name, each.version) for each in self.registry.versions(name))

    def promote(
        self, name: str, *, version: int | None = None, to: str = CHAMPION, on: str = "", label: str = ""
    ) -> Promotion:
        """Give a version of a model an alias, if every gate lets it pass; both are measured `on` a table, if one is named."""
        if bool(on) != bool(label):
            raise UserError("models are compared on a table and its label", hint="give both: --on TABLE --label COLUMN")
        found = candidate(self.registry, name, version=version, to=to)
        if on:
            engine, rows = opened(self.project, f"SELECT * FROM {TableName.parse(on)}")
            found = tried(self.registry, found, engine.stream(rows).to_arrow_table(), label, on)
        return promote(self.registry, found, to)

"""Export: what a target is asked to write, and what every target has; a target is a pure function from a plan to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from boathouse.errors import UserError
from boathouse.fitted import Fitted
from boathouse.model_file import ModelSpec
from boathouse.names import IDENTIFIER
from boathouse.options import member_with
from boathouse.plan import Plan, with_fitted
from boathouse.probe import MultiFindings
from boathouse.shelf import Shelf

EXPORTS = Shelf("exports", "export target")
NOTHING: Fitted = MappingProxyType({})


@dataclass(frozen=True)
class Export:
    """A plan, where its tables are to stand, and what is known of it."""

    plan: Plan
    catalog: str
    schema: str
    findings: MultiFindings | None = None
    models: tuple[ModelSpec, ...] = ()  # what the project's models are trained on
    forecasts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # the files by their names
    learned: Fitted = field(default_factory=lambda: NOTHING)  # by steps that learn in each run, in the last one

    def __post_init__(self) -> None:
        for kind, name in (("catalog", self.catalog), ("schema", self.schema)):
            if not IDENTIFIER.fullmatch(name):
                raise UserError(f"`{name}` is no {kind} name", hint="use letters, digits and underscores")

    @property
    def has_models(self) -> bool:
        return bool(self.models or self.forecasts)

    @property
    def project(self) -> str:
        return self.plan.pipeline.project

    def frozen(self) -> Plan:
        """Give the plan with all numbers as constants, for code that cannot learn; where a number is not known, say what to do."""
        return with_fitted(self.plan, self.learned)


class Target(BaseModel):
    """What every export target has: its options as fields, and the files that it makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def files(self, export: Export) -> dict[str, str]:
        """Give the files by relative path; the same plan gives the same bytes."""
        raise NotImplementedError


def target(name: str, options: Mapping[str, Any] = MappingProxyType({})) -> Target:
    """Make a target by its name, with its options."""
    made: Target = member_with(EXPORTS, name, options)
    return made

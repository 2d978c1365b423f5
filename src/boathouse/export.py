"""Export: what a target is asked to write, and what every target has; a target is a pure function from a plan to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from boathouse.errors import UnknownName, UserError
from boathouse.fitted import Fitted
from boathouse.names import IDENTIFIER
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
    learned: Fitted = field(default_factory=lambda: NOTHING)  # by steps that learn in each run, in the last one

    def __post_init__(self) -> None:
        for kind, name in (("catalog", self.catalog), ("schema", self.schema)):
            if not IDENTIFIER.fullmatch(name):
                raise UserError(f"`{name}` is no {kind} name", hint="use letters, digits and underscores")

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
    """Make a target by its name, written unity-catalog or unity_catalog, with its options."""
    kind: type[Target] = EXPORTS.member(name.replace("-", "_"))
    try:
        return kind(**options)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise UnknownName(f"option of {name}", field, kind.model_fields) from None
        raise UserError(f"--{field.replace('_', '-')}: {first['msg'].removeprefix('Value error, ')}") from None

"""Recommendation: one proposed step, the findings it is proposed because of, and what it could hide."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from boathouse.names import Layer, TableName
from boathouse.probe import ColumnProfile, DatasetFindings, Finding, MultiFindings
from boathouse.schema import Schema
from boathouse.shelf import Shelf

ADVICE = Shelf("advice", "rule of advice")

# The order in which the steps of a table stand, and so the order of the rules: what is no value becomes NULL before
# types are cast, types before rows are compared, and rows before anything is learnt from the values.
Phase = Literal[
    "silver.placeholders", "silver.text", "silver.types", "silver.sentinels", "silver.columns", "silver.keys", "silver.rows",
    "silver.outliers", "silver.flags", "silver.missing",
    "aggregate.route", "aggregate.rows",
    "features.joins", "features.absent", "features.selection", "features.dates", "features.skew", "features.encoding",
    "features.scaling",
]  # fmt: skip
PHASES: tuple[Phase, ...] = get_args(Phase)

SAID = 3  # findings that a comment behind a step has room for


@dataclass(frozen=True)
class Recommendation:
    """One proposed step of one table; `accepted` is None until a person decides.

    `layer`, `category` and `action` are the words of a recommendation registry, where cleaning is `bronze`; the lake
    table that the step goes into is `table`.
    """

    table: TableName
    step: Mapping[str, Any]
    because: str
    risk: str
    layer: Layer
    category: str
    action: str
    findings: tuple[str, ...] = ()
    accepted: bool | None = None
    id: str = ""

    @property
    def content(self) -> str:
        """Say which step of which table this is, whatever its number: a person's decision belongs to that."""
        return f"{self.table} {json.dumps(self.step, sort_keys=True, default=str)}"


@dataclass(frozen=True)
class LeftOut:
    """A step that was not put into its table, and the reason."""

    table: TableName
    step: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Advice:
    """All recommendations in the order their steps stand in the tables, and what was considered and does not fit."""

    recommendations: tuple[Recommendation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: one table to be, its columns as the steps before have left them, and the findings."""

    table: TableName
    data: DatasetFindings  # of the raw table whose rows it starts from
    findings: MultiFindings
    schema: Schema
    fixed: frozenset[
        str
    ]  # columns whose values stay as they are: the target, and those that name an entity or join tables
    lake: Mapping[TableName, Schema] = field(default_factory=dict)  # the tables that stand before it
    before: tuple[Recommendation, ...] = ()  # what was recommended for those tables
    origins: Mapping[str, ColumnProfile] = field(
        default_factory=dict
    )  # column of features -> what it was in its raw table

    @property
    def is_events(self) -> bool:
        """Tell whether a row is something that happened; what was not measured then is not made up, for sums would grow."""
        return self.data.granularity == "event_level" or self.data.name in self.findings.event_datasets

    def columns(self, *kinds: str) -> list[ColumnProfile]:
        """Give the raw columns of these inferred types that are still here and are not fixed."""
        here = [column for column in self.data.columns if column.name in self.schema and column.name not in self.fixed]
        return [column for column in here if column.inferred_type in kinds]

    def of(self, probe: str, column: str | None = None) -> list[Finding]:
        """Give the findings of a probe about columns that are still here."""
        return [found for found in self.data.of(probe, column) if found.column is None or found.column in self.schema]


def because(*findings: Finding) -> dict[str, Any]:
    """Give `because` and `findings` of a recommendation: what each finding says, the first three of many."""
    said = [f"{finding.id}: {finding.says}" for finding in findings[:SAID]]
    more = [f"and {len(findings) - SAID} columns more"] if len(findings) > SAID else []
    return {"because": "; ".join([*said, *more]), "findings": tuple(finding.id for finding in findings)}


def noted(data: DatasetFindings, probe: str, columns: Iterable[str], says: str) -> dict[str, Any]:
    """Give the same where the sentence is our own: it cites the findings about the columns, as far as there are any."""
    cited = tuple(finding.id for name in columns for finding in data.of(probe, name))
    return {"because": f"{cited[0]}: {says}" if len(cited) == 1 else says, "findings": cited}

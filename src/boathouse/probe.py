"""Finding: one measured fact about a raw table, and Probe: the question that measures it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from boathouse.quoting import sql_name
from boathouse.schema import Schema
from boathouse.shelf import Shelf

PROBES = Shelf("findings", "probe")

Severity = Literal["info", "warning", "critical"]

# The seed's names of column types, decided by evidence in the values and never by a part of a name.
ColumnType = Literal[
    "identifier", "target", "feature_timestamp", "label_timestamp", "numeric_continuous", "numeric_discrete",
    "categorical_nominal", "categorical_ordinal", "categorical_cyclical", "datetime", "binary", "text", "unknown",
]  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One fact: which probe found it where, its numbers, and the query that measured it, so that anyone can ask again.

    `numbers` are plain YAML values; their keys are stated in the probe's docstring and are what advice reads.
    """

    table: str
    column: str | None
    probe: str
    says: str
    numbers: dict[str, Any] = field(default_factory=dict)
    severity: Severity = "info"
    query: str = ""

    @property
    def id(self) -> str:
        """Name it as comments do: nulls.age, duplicates, foreign_key.user_id."""
        return f"{self.probe}.{self.column}" if self.column else self.probe


@dataclass(frozen=True)
class ColumnProfile:
    """What is known of one column before any question: its type in the lake, what it holds, and its plain numbers."""

    name: str
    type: str  # in the lake's bronze table: string for csv
    holds: str  # the type its values could have: bigint, double, decimal(p,s), date, timestamp, boolean or string
    inferred_type: ColumnType
    confidence: float
    evidence: tuple[str, ...]
    universal_metrics: dict[str, Any]
    type_metrics: dict[str, Any]


@dataclass(frozen=True)
class DatasetFindings:
    """All that explore learnt of one raw table."""

    name: str
    source: dict[str, Any]  # the fields of its Source, format first
    schema: Schema  # bronze
    row_count: int
    columns: tuple[ColumnProfile, ...]
    findings: tuple[Finding, ...]
    target: str | None = None
    granularity: str = "unknown"
    entity_column: str | None = None
    time_column: str | None = None

    def column(self, name: str) -> ColumnProfile:
        return self._profiles[name]

    def of(self, probe: str, column: str | None = None) -> tuple[Finding, ...]:
        """Give the findings of one probe, of one column where it is named."""
        return tuple(self._found.get((probe, column), ()))

    @cached_property
    def _profiles(self) -> dict[str, ColumnProfile]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _found(self) -> dict[tuple[str, str | None], list[Finding]]:
        """Hold the findings by probe and column, and all of a probe's by None: rules ask for each of 10,000 columns."""
        found: dict[tuple[str, str | None], list[Finding]] = {}
        for finding in self.findings:
            for column in {finding.column, None}:
                found.setdefault((finding.probe, column), []).append(finding)
        return found


@dataclass(frozen=True)
class Relationship:
    """A foreign key between two raw tables: child.column holds values of parent.column, which is a key there."""

    child: str
    child_column: str
    parent: str
    parent_column: str
    relationship_type: Literal["one_to_one", "many_to_one"]
    confidence: float  # the share of the child's distinct values that the parent has


@dataclass(frozen=True)
class MultiFindings:
    """The findings of all raw tables explored together."""

    datasets: tuple[DatasetFindings, ...]
    relationships: tuple[Relationship, ...] = ()
    primary_entity_dataset: str | None = None
    event_datasets: tuple[str, ...] = ()

    def dataset(self, name: str) -> DatasetFindings:
        return next(dataset for dataset in self.datasets if dataset.name == name)


class Engine(Protocol):
    """What exploring asks of the local engine."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]: ...

    def execute(self, sql: str) -> None: ...

    def describe(self, sql: str) -> Schema: ...


@dataclass(frozen=True)
class RawColumn:
    """A column while it is explored: its profile, and the evidence in its values."""

    profile: ColumnProfile
    value: str  # SQL over the raw table: the value as what it holds; NULL where it is blank, a placeholder or unparsed
    counts: Mapping[str, int] = field(default_factory=dict)  # how many values have which form; see profiling/texts.py
    top: tuple[tuple[str, int], ...] = ()  # the most frequent values with their counts; all of them where `whole`
    whole: bool = False
    formats: Mapping[str, int] = field(default_factory=dict)  # date pattern -> how many values have it
    notes: Mapping[str, Any] = field(default_factory=dict)  # why it holds what it holds; what does not parse

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def holds(self) -> str:
        return self.profile.holds

    @property
    def kind(self) -> ColumnType:
        return self.profile.inferred_type

    @property
    def sql(self) -> str:
        return sql_name(self.name, "duckdb")

    @property
    def nulls(self) -> int:
        return int(self.profile.universal_metrics["null_count"])

    @property
    def distinct(self) -> int:
        return int(self.profile.universal_metrics["distinct_count"])

    @property
    def present(self) -> int:
        return int(self.profile.universal_metrics["total_count"]) - self.nulls


@dataclass(frozen=True)
class RawTable:
    """A raw table while it is explored; in the engine it stands as a temporary table under its own name."""

    name: str
    schema: Schema
    row_count: int
    columns: tuple[RawColumn, ...]
    engine: Engine
    target: str | None = None

    @property
    def sql(self) -> str:
        return sql_name(self.name, "duckdb")

    @cached_property
    def by_name(self) -> dict[str, RawColumn]:
        return {column.name: column for column in self.columns}


class Probe:
    """A question to raw tables; a file of findings/ holds one, named after it, and states the keys of its numbers."""

    def findings(self, table: RawTable) -> Iterable[Finding]:
        """Answer for one table by itself."""
        del table
        return ()

    def findings_between(self, tables: Sequence[RawTable]) -> Iterable[Finding]:
        """Answer for tables that were explored together."""
        del tables
        return ()


def percent(part: float, whole: float) -> float:
    """Say a share as the seed's files do: percent, to two digits."""
    return round(100.0 * part / whole, 2) if whole else 0.0

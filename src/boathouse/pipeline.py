"""Pipeline: the tables of a project, each one file under tables/, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from boathouse.check import Check
from boathouse.errors import Place, UnknownName
from boathouse.names import TableName
from boathouse.schema import Schema
from boathouse.source import Source
from boathouse.step import Step

RuleAction = Literal["drop", "fail", "warn"]


@dataclass(frozen=True)
class Rule:
    """A check with a name, and what becomes of rows, or of the run, where it breaks."""

    name: str
    action: RuleAction
    check: Check
    written: str


@dataclass(frozen=True)
class Contract:
    """What a table promises: its columns with their types, cast to at the end, its key, and rules."""

    columns: Schema | None = None
    key: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


class FeatureTimes(BaseModel):
    """feature_view: when the rows of a gold table hold, which makes it a feature view; its key is the contract's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timestamp_column: str = Field(description="the column of the key that says when a row holds")
    created_timestamp_column: str | None = Field(default=None, description="when the row came to be known")
    ttl_days: float | None = Field(default=None, gt=0, description="how many days a row counts; by default for ever")


@dataclass(frozen=True)
class Table:
    """One table: where its rows come from (a source, another table, or SQL), then its steps, then its contract."""

    name: TableName
    about: str = ""
    source: Source | None = None  # bronze
    columns: Schema | None = None  # bronze: the columns of the raw file
    reads: TableName | None = None  # `.yml`: the table that the steps start from
    sql: str = ""  # `.sql`: a SELECT in Databricks SQL over layer.table names
    steps: tuple[Step, ...] = ()
    contract: Contract = field(default_factory=Contract)
    fit_on: str = ""  # a predicate: the rows that fitted steps learn from
    feature_view: FeatureTimes | None = None  # gold: what its rows were known of, and when
    file: str = ""
    text: str = field(default="", repr=False)  # of the file
    places: Mapping[str, Place] = field(default_factory=dict)  # "steps.0" -> where it stands

    def place(self, name: str = "") -> Place | None:
        return self.places.get(name) or self.places.get("")


@dataclass(frozen=True)
class Pipeline:
    """All tables of a project by name."""

    project: str
    root: Path
    tables: Mapping[TableName, Table]

    def table(self, name: TableName) -> Table:
        """Give a table; an unknown one is an error that offers the nearest."""
        if name not in self.tables:
            raise UnknownName("table", str(name), (str(known) for known in self.tables))
        return self.tables[name]

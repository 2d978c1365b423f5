"""Action: what is done for one table, as a plan says it: the rows it starts from, its steps, and what holds at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from boathouse.check import CHECKS
from boathouse.dialect import unproven
from boathouse.errors import StepError
from boathouse.fitted import step_key
from boathouse.landing import Landing
from boathouse.names import ModelReference, TableName
from boathouse.pipeline import Rule, Table
from boathouse.quoting import Dialect
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import FittedStep, Step, free_name

State = Literal["new", "changed", "stale", "same"]
FITS = "values fit the types that they are cast to"  # what is asked of rows that `misfits: quarantine` lets leave

# What these give differs from run to run, so nothing that stays the same tells that a table is up to date.
ASK_THE_TIME = frozenset(
    [
        "current_date",
        "current_timestamp",
        "current_timezone",
        "curdate",
        "getdate",
        "localtimestamp",
        "now",
        "rand",
        "randn",
        "random",
        "shuffle",
        "unix_timestamp",
        "uuid",
    ]
)


@dataclass(frozen=True)
class Stage:
    """A step and the relation (name `df`, schema, others, fit_on) that it is applied to."""

    step: Step
    table: Relation
    misfits: Schema | None = None  # the columns of the rows that go to quarantine right after it


@dataclass(frozen=True)
class Action:
    """What is done for one table, and why."""

    table: Table
    inputs: Mapping[str, Schema]  # every table of the project that it reads, with its columns
    start: Schema  # the columns before the first step
    stages: tuple[Stage, ...]
    schema: Schema  # the columns of the finished table
    final_cast: bool  # whether the columns have to be cast at the end (SQL tables and contracts with columns)
    fingerprint: str
    landing: Landing | None = None  # the folder that the table is ingested from
    warnings: tuple[str, ...] = ()  # of files of that folder that are not taken in
    state: State = "new"
    why: str = ""
    only_new: bool = False  # whether, of a table that is stale, new rows alone are read
    full_because: str = ""  # why all rows are read, where it is stale

    @property
    def name(self) -> TableName:
        return self.table.name

    @property
    def reads(self) -> tuple[TableName, ...]:
        return tuple(TableName.parse(name) for name in self.inputs)

    @property
    def told(self) -> str:
        """Say why it is built, and which rows are read for that."""
        if self.full_because:
            return f"{self.why}; full: {self.full_because}"
        return f"{self.why}; only new rows are read" if self.only_new and self.landing is None else self.why

    @property
    def expressions(self) -> tuple[str, ...]:
        """Give all Databricks SQL that the user wrote for it."""
        written = [
            self.table.sql,
            self.table.fit_on,
            *(sql for stage in self.stages for sql in stage.step.expressions()),
            *(sql for rule in self.table.contract.rules for sql in rule.check.expressions()),
        ]
        return tuple(filter(None, written))

    @property
    def unproven(self) -> tuple[str, ...]:
        """Name the functions in the user's SQL that no conformance example covers: only a proof can tell of them."""
        return tuple(dict.fromkeys(name for sql in self.expressions for name in unproven(sql)))

    @property
    def asks_time(self) -> bool:
        """Tell whether its rows, or its checks, depend on when it is built."""
        if any(rule.check.asks_time for rule in self.rules):
            return True
        text = "\n".join(self.expressions).lower()  # to walk the trees takes 1 ms each, and few say such a word
        return any(word in text for word in ASK_THE_TIME) and not ASK_THE_TIME.isdisjoint(self.unproven)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Give the contract's rules, the promises of a key and of columns that are never null first."""
        written, key = self.table.contract.rules, self.table.contract.key
        never = tuple(column.name for column in self.schema if not column.nullable)
        promised = [("key", "unique", key)] if key else []
        promised += [("not_null", "not_null", never)] if never else []
        taken = [rule.name for rule in written]
        implied = [
            Rule(
                free_name(name, taken), "fail", CHECKS.member(check)(columns=columns), f"{check}({', '.join(columns)})"
            )
            for name, check, columns in promised
        ]
        return (*implied, *written)

    @property
    def drop_rules(self) -> tuple[Rule, ...]:
        """Give the rules that a row has to keep, or go to quarantine."""
        return tuple(rule for rule in self.rules if rule.action == "drop")

    @property
    def asked_rules(self) -> tuple[Rule, ...]:
        """Give the rules that are asked of all rows together."""
        return tuple(rule for rule in self.rules if rule.action != "drop")

    @property
    def drops(self) -> bool:
        """Tell whether rows may go to quarantine."""
        return bool(self.misfits or self.drop_rules)

    @property
    def writes(self) -> tuple[TableName, ...]:
        """Name the tables that it writes: its own, and the quarantine of those whose rows may go there."""
        return (self.name, self.name.quarantine) if self.drops else (self.name,)

    @property
    def misfits(self) -> tuple[Schema, ...]:
        """Give the columns of each set of rows that did not fit a step's types."""
        return tuple(stage.misfits for stage in self.stages if stage.misfits)

    @property
    def merge_key(self) -> tuple[str, ...]:
        """Name the columns by which its rows are merged into the table, or none where they replace it."""
        key = self.stages[-1].step.merge_key() if self.stages else ()
        comparable = not any("map<" in column.type or "`" in column.name for column in self.schema)
        return key if comparable and set(key) <= set(self.schema.names) else ()

    @property
    def models(self) -> Mapping[ModelReference, Schema]:
        """Name the registered models that its steps ask, each with the columns that it is given."""
        asked: dict[ModelReference, Schema] = {}
        for stage in self.stages:
            for reference, given in stage.step.asks(stage.table).items():
                if asked.setdefault(reference, given).types != given.types:
                    raise StepError(
                        f"{reference} is asked twice, of other columns",
                        place=self.table.place(), hint="give it the same columns in both steps",
                    )  # fmt: skip
        return asked

    @property
    def copies(self) -> bool:
        """Tell whether its rows are another table's as they stand, cheaper to read twice than to keep: a copy of 6M rows of
        16 columns takes 2.5 s, as long as twenty checks.
        """
        return self.table.reads is not None and not self.stages

    @property
    def rules_column(self) -> str:
        """Name the column of the quarantine table that lists the rules which a row breaks."""
        return free_name("_rules", self.schema.names)

    @property
    def run_column(self) -> str:
        """Name the column of the quarantine table that says in which run a row was set apart; rows may have one of their own."""
        return free_name("_run_id", self.schema.names)

    def relation(self, name: str, dialect: Dialect = "duckdb") -> Relation:
        """Give the finished rows under a name, for the checks to ask."""
        return Relation(name, self.schema, dialect, others=self.inputs)

    def fitted_keys(self) -> list[str]:
        """Name each stage's numbers; "" for a stage that has none."""
        seen: dict[str, int] = {}
        return [step_key(stage.step, seen) if isinstance(stage.step, FittedStep) else "" for stage in self.stages]

    def frozen_keys(self) -> list[str]:
        """Name each stage's numbers in fitted.yml; "" for a stage that keeps none."""
        frozen = [isinstance(stage.step, FittedStep) and stage.step.fit == "frozen" for stage in self.stages]
        return [key if kept else "" for key, kept in zip(self.fitted_keys(), frozen, strict=True)]

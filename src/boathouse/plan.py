"""Plan: the tables in the order they are built, with schemas and fingerprints; it touches no data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from typing import Any

from boathouse.check import CHECKS
from boathouse.dialect import check_expression, query_schema, query_to_duckdb, tables_read, unproven
from boathouse.errors import BoathouseError, FileError, StepError, UserError
from boathouse.fitted import Fitted, step_key
from boathouse.names import TableName
from boathouse.pipeline import Pipeline, Rule, Table
from boathouse.quoting import Dialect
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import FittedStep, Step, free_name
from boathouse.world import World


@dataclass(frozen=True)
class Stage:
    """A step and the relation (name `df`, schema, others, fit_on) that it is applied to."""

    step: Step
    table: Relation


@dataclass(frozen=True)
class Action:
    """What is done for one table, and why."""

    table: Table
    why: str
    inputs: Mapping[str, Schema]  # every table of the project that it reads, with its columns
    start: Schema  # the columns before the first step
    stages: tuple[Stage, ...]
    schema: Schema  # the columns of the finished table
    final_cast: bool  # whether the columns have to be cast at the end (SQL tables and contracts with columns)
    fingerprint: str

    @property
    def name(self) -> TableName:
        return self.table.name

    @property
    def reads(self) -> tuple[TableName, ...]:
        return tuple(TableName.parse(name) for name in self.inputs)

    @property
    def unproven(self) -> tuple[str, ...]:
        """Name the functions in the user's SQL that no conformance example covers: only a proof can tell of them."""
        written = [
            self.table.sql,
            self.table.fit_on,
            *(sql for stage in self.stages for sql in stage.step.expressions()),
            *(sql for rule in self.table.contract.rules for sql in rule.check.expressions()),
        ]
        return tuple(dict.fromkeys(name for sql in written if sql for name in unproven(sql)))

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
    def drops(self) -> bool:
        """Tell whether rows may go to quarantine."""
        return any(rule.action == "drop" for rule in self.rules)

    @property
    def rules_column(self) -> str:
        """Name the column of the quarantine table that lists the rules which a row breaks."""
        return free_name("_rules", self.schema.names)

    def relation(self, name: str, dialect: Dialect = "duckdb") -> Relation:
        """Give the finished rows under a name, for the checks to ask."""
        return Relation(name, self.schema, dialect, others=self.inputs)

    def frozen_keys(self) -> list[str]:
        """Name each stage's numbers in fitted.yml; "" for a stage that keeps none."""
        seen: dict[str, int] = {}
        keys = []
        for stage in self.stages:
            key = step_key(stage.step, seen) if isinstance(stage.step, FittedStep) else ""
            keys.append(key if isinstance(stage.step, FittedStep) and stage.step.fit == "frozen" else "")
        return keys


@dataclass(frozen=True)
class Plan:
    """The actions in order: a table stands after every table that it reads."""

    pipeline: Pipeline
    actions: tuple[Action, ...]
    schemas: Mapping[TableName, Schema]

    def action(self, name: TableName) -> Action:
        return next(action for action in self.actions if action.name == self.pipeline.table(name).name)


def plan(pipeline: Pipeline, world: World) -> Plan:
    """Order the tables, walk each one's steps over its schema, and say why it is to be built."""
    reads = {name: reads_of(table) for name, table in pipeline.tables.items()}
    for name, others in reads.items():
        for other in others:
            _known(pipeline, pipeline.tables[name], other)
    actions: dict[TableName, Action] = {}
    for name in _order(pipeline, reads):
        actions[name] = _action(pipeline.tables[name], reads[name], actions, world)
    return Plan(pipeline, tuple(actions.values()), {name: action.schema for name, action in actions.items()})


def reads_of(table: Table) -> tuple[TableName, ...]:
    """Name every table that a table reads, each once."""
    names = [str(table.reads)] if table.reads else []
    if table.sql:
        try:
            names += [name for name, _, _ in tables_read(table.sql)]
        except UserError as error:
            raise _in_file(error, table) from None
    names += [other for step in table.steps for other in step.reads()]
    names += [other for rule in table.contract.rules for other in rule.check.reads() if other != str(table.name)]
    return tuple(dict.fromkeys(TableName.parse(name) for name in names))


def _known(pipeline: Pipeline, table: Table, other: TableName) -> None:
    try:
        pipeline.table(other)
    except UserError as error:
        parts = [(f"steps.{i}", step.reads()) for i, step in enumerate(table.steps)]
        parts += [(f"contract.{rule.name}", rule.check.reads()) for rule in table.contract.rules]
        at = next((part for part, reads in parts if str(other) in reads), "reads")
        raise error.at(table.place("sql") if table.sql and at == "reads" else table.place(at)) from None


def _order(pipeline: Pipeline, reads: Mapping[TableName, tuple[TableName, ...]]) -> list[TableName]:
    try:
        return list(
            TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads, key=_layer_first)}).static_order()
        )
    except CycleError as error:
        circle = [str(name) for name in reversed(error.args[1])]
        table = pipeline.tables[error.args[1][0]]
        raise FileError(
            f"these tables read each other in a circle: {' -> '.join(circle)}", place=table.place()
        ) from None


def _layer_first(name: TableName) -> tuple[int, str]:
    return ("bronze", "silver", "gold").index(name.layer), name.table


def _action(table: Table, reads: tuple[TableName, ...], done: Mapping[TableName, Action], world: World) -> Action:
    others = {str(name): done[name].schema for name in reads}
    start = _start(table, others, world)
    stages, schema = _stages(table, start, others, world.fitted)
    schema, final_cast = _promised(table, schema)
    _refuse_rules(table, Relation(table.name.flat, schema, others=others))
    fingerprint = _fingerprint(table, [done[name].fingerprint for name in reads])
    built = world.built(table.name)
    why = "new" if built is None else "unchanged" if built == fingerprint else "changed"
    return Action(table, why, others, start, stages, schema, final_cast, fingerprint)


def _start(table: Table, others: Mapping[str, Schema], world: World) -> Schema:
    try:
        if table.source is not None:
            return table.columns or world.open_source(table)
        if table.sql:
            return _select_schema(table.sql, others, world)
    except UserError as error:
        raise _in_file(error, table) from None
    return others[str(table.reads)]


def _select_schema(sql: str, others: Mapping[str, Schema], world: World) -> Schema:
    """Type a SELECT as Spark does, and where only an engine can tell, as DuckDB does; binding it there finds its errors."""
    bound = world.describe(query_to_duckdb(sql, others), others)
    typed = query_schema(sql, others)
    return Schema(tuple(here if there.type == "unknown" else there for here, there in zip(bound, typed, strict=True)))


def _in_file(error: UserError, table: Table) -> BoathouseError:
    """Move an error's place from the SELECT to the file that it stands in."""
    start = table.place("sql")
    if error.place and start and table.sql:
        first = start.column if error.place.line == 1 else 1
        error.place = replace(
            error.place, file=start.file, line=start.line + error.place.line - 1, column=error.place.column + first - 1
        )
    return error.at(table.place("sql" if table.sql else "source"))


def _stages(
    table: Table, start: Schema, others: Mapping[str, Schema], fitted: Fitted
) -> tuple[tuple[Stage, ...], Schema]:
    stages: list[Stage] = []
    schema = start
    seen: dict[str, int] = {}
    for at, written in enumerate(table.steps):
        step = _with_numbers(written, table, fitted, seen)
        relation = Relation("df", schema, others=others, fit_on=table.fit_on)
        if isinstance(step, FittedStep) and table.fit_on:
            with _placed(table, "fit_on"):
                check_expression(table.fit_on, schema)
        with _placed(table, f"steps.{at}"):
            schema = step.after(relation)
        stages.append(Stage(step, relation))
    return tuple(stages), schema


@contextmanager
def _placed(table: Table, part: str) -> Iterator[None]:
    """Say of an error where in the table's file it stands; a place in the SQL of a field says little."""
    try:
        yield
    except UserError as error:
        error.place = table.place(part) if error.place is None or error.place.file == "SQL" else error.place
        raise


def _with_numbers(step: Step, table: Table, fitted: Fitted, seen: dict[str, int]) -> Step:
    """Decide whether a fitted step is frozen (gold, unless it says otherwise), and give it the numbers it was frozen with."""
    if not isinstance(step, FittedStep):
        return step
    fit = step.fit or ("frozen" if table.name.layer == "gold" else "run")
    key = step_key(step, seen)
    numbers = step.fitted or (fitted.get(str(table.name), {}).get(key) if fit == "frozen" else None)
    return step.model_copy(update={"fit": fit, "fitted": numbers})


def _promised(table: Table, schema: Schema) -> tuple[Schema, bool]:
    """Give the finished table's columns: the contract's where it names them, else what the steps made."""
    contract = table.contract
    for name in contract.key:
        try:
            _ = (contract.columns or schema)[name]
        except UserError as error:
            raise error.at(table.place("contract")) from None
    if contract.columns is None:
        untyped = next((column.name for column in schema if column.type == "void"), "")
        if untyped:
            hint = "give it one: CAST(NULL AS string)"
            raise UserError(f"`{untyped}` is NULL in every row, of no type", place=table.place("sql"), hint=hint)
        return schema, bool(table.sql)
    missing = [name for name in contract.columns.names if name not in schema]
    if missing:
        unmade = StepError(
            f"the contract promises `{missing[0]}`, which nothing makes",
            hint=f"there is {', '.join(schema.names[:10])}",
        )
        raise unmade.at(table.place("contract"))
    return contract.columns, True


def _refuse_rules(table: Table, made: Relation) -> None:
    """Hold each check against the columns that it asks, before any row is read."""
    for rule in table.contract.rules:
        with _placed(table, f"contract.{rule.name}"):
            rule.check.refuse(made)


def _fingerprint(table: Table, reads: list[str]) -> str:
    columns = (table.columns, table.contract.columns)
    written: dict[str, Any] = {
        "source": table.source.model_dump(mode="json") if table.source else None,
        "reads": str(table.reads),
        "sql": table.sql,
        "steps": [step.model_dump(mode="json", exclude={"because", "fitted"}) for step in table.steps],
        "columns": [[[c.name, c.type, c.nullable] for c in schema] if schema else None for schema in columns],
        "key": table.contract.key,
        "rules": [[rule.name, rule.action, rule.written] for rule in table.contract.rules],
        "fit_on": table.fit_on,
        "from": sorted(reads),
    }
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]


def only(whole: Plan, names: list[TableName]) -> Plan:
    """Keep the actions of the named tables."""
    wanted = {whole.pipeline.table(name).name for name in names}
    return replace(whole, actions=tuple(action for action in whole.actions if action.name in wanted))

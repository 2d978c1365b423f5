"""Plan: the tables in the order they are built, with schemas and fingerprints; it touches no data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from boathouse.action import Action, Stage
from boathouse.arrivals import Arrivals
from boathouse.casting import refuse_cast
from boathouse.change import with_state
from boathouse.dialect import canonical, check_expression, query_schema, query_to_duckdb
from boathouse.errors import FileError, StepError, UserError
from boathouse.fitted import Fitted, step_key
from boathouse.names import TableName
from boathouse.pipeline import Contract, Pipeline, Table
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import MISFITS, FittedStep, Step
from boathouse.table_order import in_file, table_order
from boathouse.world import World


@dataclass(frozen=True)
class Plan:
    """The actions in order: a table stands after every table that it reads."""

    pipeline: Pipeline
    actions: tuple[Action, ...]
    schemas: Mapping[TableName, Schema]
    left: tuple[Action, ...] = ()  # of a part of a plan: those that stay as they are

    @property
    def scored(self) -> tuple[Action, ...]:
        """Give the actions of the tables whose steps ask a registered model."""
        return tuple(action for action in self.actions if action.models)

    def action(self, name: TableName) -> Action:
        return next(action for action in self.actions if action.name == self.pipeline.table(name).name)


def made(action: Action) -> Schema:
    """Say which columns of a table others can read: those that it will have."""
    return action.schema


def plan(pipeline: Pipeline, world: World, offered: Callable[[Action], Schema] = made) -> Plan:
    """Order the tables, walk each one's steps over its schema, and say why it is to be built."""
    actions: dict[TableName, Action] = {}
    for name, reads in table_order(pipeline).items():
        others = {str(other): offered(actions[other]) for other in reads}
        actions[name] = _action(pipeline.tables[name], others, [actions[other] for other in reads], world)
    return Plan(pipeline, tuple(actions.values()), {name: action.schema for name, action in actions.items()})


def _action(table: Table, others: Mapping[str, Schema], upstream: Sequence[Action], world: World) -> Action:
    arrivals = _arrivals(table, world)
    start = arrivals.schema if arrivals else _start(table, others, world)
    stages, schema = _stages(table, start, others, world.fitted())
    schema, final_cast = _promised(table, schema)
    _refuse_rules(table, Relation(table.name.flat, schema, others=others))
    action = Action(table, others, start, stages, schema, final_cast, _fingerprint(table))
    if arrivals is not None:
        action = replace(action, landing=arrivals.landing, warnings=arrivals.warnings)
    return with_state(action, upstream, arrivals.waiting if arrivals else 0, world)


def _arrivals(table: Table, world: World) -> Arrivals | None:
    """Look at a landing folder; what is ingested is kept as it arrived, since later steps would see a batch at a time."""
    try:
        arrivals = world.arrivals(table)
    except UserError as error:
        raise error.at(table.place("source")) from None
    if arrivals and (table.steps or table.contract != Contract()):
        raise FileError(
            f"{table.name} is ingested from a folder, and keeps what arrived", place=table.place("steps.0"),
            hint="write its steps and its contract into a silver table that reads it",
        )  # fmt: skip
    return arrivals


def _start(table: Table, others: Mapping[str, Schema], world: World) -> Schema:
    try:
        if table.source is not None:
            return table.columns or world.open_source(table)
        if table.sql:
            return _select_schema(table.sql, others, world)
    except UserError as error:
        raise in_file(error, table) from None
    return others[str(table.reads)]


def _select_schema(sql: str, others: Mapping[str, Schema], world: World) -> Schema:
    """Type a SELECT as Spark does, and where only an engine can tell, as DuckDB does; binding it there finds its errors."""
    bound = world.describe(query_to_duckdb(sql, others), others)
    typed = query_schema(sql, others)
    return Schema(tuple(here if there.type == "unknown" else there for here, there in zip(bound, typed, strict=True)))


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
        misfits = schema if MISFITS in schema and MISFITS not in relation.schema else None
        schema = schema.drop([MISFITS]) if misfits else schema
        stages.append(Stage(step, relation, misfits))
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
    for column in contract.columns:
        made = schema[column.name].type
        try:
            refuse_cast(column.type if made == "void" else made, column.type)  # NULL is of any type
        except StepError as error:
            raise StepError(
                f"`{column.name}`: {error.message}", place=table.place("contract"), hint=error.hint
            ) from None
    return contract.columns, True


def _refuse_rules(table: Table, made: Relation) -> None:
    """Hold each check against the columns that it asks, before any row is read."""
    for rule in table.contract.rules:
        with _placed(table, f"contract.{rule.name}"):
            rule.check.refuse(made)


def _fingerprint(table: Table) -> str:
    columns = (table.columns, table.contract.columns)
    written: dict[str, Any] = {
        "source": table.source.model_dump(mode="json") if table.source else None,
        "reads": str(table.reads),
        "sql": canonical(table.sql) if table.sql else "",
        "steps": [step.model_dump(mode="json", exclude={"because", "fitted"}) for step in table.steps],
        "columns": [[[c.name, c.type, c.nullable] for c in schema] if schema else None for schema in columns],
        "key": table.contract.key,
        "rules": [[rule.name, rule.action, rule.written] for rule in table.contract.rules],
        "fit_on": table.fit_on,
    }
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]


def full(whole: Plan, why: str) -> Plan:
    """Have every table built from all of its rows."""
    actions = (replace(action, only_new=False, full_because=why) for action in whole.actions)
    return replace(whole, actions=tuple(actions))


def with_fitted(whole: Plan, learned: Fitted) -> Plan:
    """Write the numbers of all steps down as constants; where a step's are not known yet, its table has to be built first."""
    actions = (_with_fitted(action, learned.get(str(action.name), {})) for action in whole.actions)
    return replace(whole, actions=tuple(actions))


def _with_fitted(action: Action, numbers: Mapping[str, dict[str, Any]]) -> Action:
    stages = []
    for stage, key in zip(action.stages, action.fitted_keys(), strict=True):
        step = stage.step
        if not isinstance(step, FittedStep) or step.fitted is not None or not step.learns():
            stages.append(stage)
            continue
        if key not in numbers:
            raise UserError(
                f"{action.name}: the numbers of `{step.step}` are not learnt yet",
                hint=f"type `boathouse run {action.name}`; this export has them as constants",
            ).at(action.table.place())
        stages.append(replace(stage, step=step.model_copy(update={"fitted": numbers[key]})))
    return replace(action, stages=tuple(stages))


def due(whole: Plan) -> Plan:
    """Keep the actions of the tables that are not up to date."""
    return _kept(whole, {action.name for action in whole.actions if action.state != "same"})


def only(whole: Plan, names: list[TableName]) -> Plan:
    """Keep the actions of the named tables."""
    wanted = {whole.pipeline.table(name).name for name in names}
    return _kept(whole, {action.name for action in whole.actions} & wanted)


def _kept(whole: Plan, wanted: AbstractSet[TableName]) -> Plan:
    parts = ([action for action in whole.actions if (action.name in wanted) is kept] for kept in (True, False))
    actions, left = map(tuple, parts)
    return replace(whole, actions=actions, left=left)

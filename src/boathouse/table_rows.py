"""Table rows: what a table's steps make of the rows that it starts from, by DuckDB, as one chain of SELECTs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from boathouse.action import Action, Stage
from boathouse.casting import strict_cast
from boathouse.chain import Chain
from boathouse.dialect import query_to_duckdb
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import CheckFailed
from boathouse.quoting import sql_name
from boathouse.relation import Relation, table_in_sql
from boathouse.schema import Schema
from boathouse.step import MISFITS, FittedStep

Numbers = dict[str, Any] | None  # what a step learnt, if it did


def start_of(action: Action) -> str:
    """Write the query that a table starts from where it reads other tables."""
    if action.table.sql:
        return query_to_duckdb(action.table.sql, action.inputs)
    assert action.table.reads is not None  # noqa: S101 - the loader sees to it
    return f"SELECT * FROM {table_in_sql(action.table.reads, 'duckdb')}"


def table_rows(engine: DuckDB, action: Action, start: str) -> tuple[Chain, list[Numbers]]:
    """Put the steps behind the query, and the promised columns at the end; give the numbers that each step learnt."""
    chain = Chain(engine, start)
    numbers = [_apply(chain, stage) for stage in action.stages]
    chain.add(_final_select(engine.describe(chain.query(f"FROM {chain.name}")), action, chain.name))
    return chain, numbers


def _apply(chain: Chain, stage: Stage) -> Numbers:
    chain.shorten()
    relation = replace(stage.table, name=chain.name)
    guard = stage.step.guard(relation)
    if guard and next(iter(chain.engine.row(chain.query(guard)).values())):
        raise CheckFailed(stage.step.guard_message())
    step, learnt = stage.step, None
    if isinstance(step, FittedStep) and step.fitted is None and step.learns():
        learnt = _learn(chain, step, relation)
        step = step.model_copy(update={"fitted": learnt})
        relation = replace(relation, name=chain.name)
    touches, new = step.touches(), set(step.after(relation).names) - set(relation.schema.names)
    chain.add(step.sql(relation), puts=None if touches is None else touches | new)
    if stage.misfits:
        chain.part(MISFITS)
    return learnt


def _learn(chain: Chain, step: FittedStep, relation: Relation) -> dict[str, Any]:
    """Learn from rows that are kept: a hundred scales of a hundred columns read one copy, not a copy each."""
    touches = step.touches()
    if touches is None or relation.fit_on or not chain.unchanged(touches):
        chain.settle()
    return step.learn(chain.engine.rows(step.fit_sql(replace(relation, name=chain.settled or chain.name))))


def _final_select(made: Schema, action: Action, name: str) -> str:
    """Select the promised columns in their order; a value that does not fit its type is an error, as on Spark."""
    columns = [
        f"{strict_cast(sql_name(column.name, 'duckdb'), made[column.name].type, column.type)} AS {sql_name(column.name, 'duckdb')}"
        for column in action.schema
    ]
    return f"SELECT {', '.join(columns)} FROM {name}"

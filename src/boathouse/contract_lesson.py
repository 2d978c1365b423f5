"""Contract lesson: a contract learned from the rows of a table, each rule tried on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boathouse import (
    contract_file,
    contract_learn,
    explore,
    findings_file,
    yaml_file,
)
from boathouse.action import Action
from boathouse.check import Check
from boathouse.config import Project
from boathouse.contract_learn import NotLearned
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.known import Known
from boathouse.names import TableName, slug
from boathouse.pipeline import Contract
from boathouse.plan import Plan
from boathouse.probe import PROBES, DatasetFindings, MultiFindings
from boathouse.profiling.raw_table import measure_table
from boathouse.query import open_table
from boathouse.relation import Relation, table_in_sql
from boathouse.schema import Schema
from boathouse.source import SOURCES

# DuckDB plans the aggregates of a thousand columns in one SELECT for 36 s (profiling/numbers.py).
AT_ONCE = 100


@dataclass(frozen=True)
class Learned:
    """A contract learned, where from, and what was not learned."""

    table: TableName
    learned_from: str
    contract: Contract
    not_learned: tuple[NotLearned, ...]
    file: Path
    written: bool = False

    @property
    def yaml(self) -> str:
        return contract_file.contract_yaml(self.contract)


def learn_contract(planned: Plan, project: Project, table: str, *, write: bool) -> Learned:
    """Learn a contract from a table's rows; each rule was tried on all of them."""
    action = planned.action(TableName.parse(table))
    if action.landing is not None:
        hint = "learn the contract of a silver table that reads it"
        raise UserError(f"{action.name} is ingested from a folder, and keeps what arrived", hint=hint)
    engine = DuckDB(delta_scan=delta.scan)
    found = findings_file.load(project.findings) if project.findings.is_dir() else None
    learned_from, data = _findings(engine, project, action, found)
    known = contract_learn.known_of(data, action.schema, _references(planned, project, action, found))
    tried, failed = _tried(engine, project, action, known)
    contract = contract_learn.suggested(known, action.schema, action.table.contract, tried)
    file = project.root / action.table.file
    if write:
        old = file.read_text(encoding="utf-8")
        new = contract_file.put(old, contract, {}, action.table.file)
        if new != old:
            yaml_file.write_whole(file, new)
    return Learned(action.name, learned_from, contract, (*contract_learn.doubts(known), *failed), file, write)


def _findings(
    engine: DuckDB, project: Project, action: Action, found: MultiFindings | None
) -> tuple[str, DatasetFindings]:
    """Take what explore wrote of a bronze table's file; look at the rows of any other, for steps have changed them."""
    source = action.table.source
    if not delta.exists(project.lake(action.name)) and source is None:
        hint = f"type `boathouse run {action.name}` first"
        raise UserError(f"{action.name} is not built yet, so its rows are not known", hint=hint)
    _open(engine, project, action)
    for data in found.datasets if found and source is not None else ():
        same_file = project.source(str(data.source.get("path", ""))) == project.source(source.path)  # type: ignore[union-attr]
        if same_file and data.source.get("table", "") == getattr(source, "table", ""):
            return f"the findings of {source.path}", data  # type: ignore[union-attr]
    query = f"SELECT * FROM {table_in_sql(action.name, 'duckdb')}"
    measured = measure_table(engine, action.name.table, query, engine.describe(query), None)
    probes = [PROBES.member(name)() for name in PROBES.names()]
    at = SOURCES.member("delta")(path=str(project.lake(action.name)))
    return f"the rows of {action.name}", explore.dataset(measured, at, explore.ask(probes, measured))


def _open(engine: DuckDB, project: Project, action: Action) -> None:
    """Name the rows of a table: those of the lake, or where it is not built, those of its raw file."""
    source = action.table.source
    if source is None or delta.exists(project.lake(action.name)):
        open_table(engine, project, action.name)
    else:
        query = source.sql(project.source(source.path), action.start, engine)
        engine.view(action.name.layer, action.name.table, query)


def _references(
    planned: Plan, project: Project, action: Action, found: MultiFindings | None
) -> dict[str, tuple[str, str]]:
    """Give the foreign keys that explore found, between tables of this layer that are built and do not read this one."""
    refers: dict[str, tuple[str, str]] = {}
    for link in found.relationships if found else ():
        parent = TableName(action.name.layer, slug(link.parent))
        usable = parent in planned.pipeline.tables and parent != action.name and delta.exists(project.lake(parent))
        if slug(link.child) == action.name.table and usable and action.name not in _upstream(planned, parent):
            refers[link.child_column] = str(parent), link.parent_column
    return refers


def _upstream(planned: Plan, name: TableName) -> set[TableName]:
    reads = planned.action(name).reads
    return set(reads).union(*(_upstream(planned, other) for other in reads))


def _tried(engine: DuckDB, project: Project, action: Action, known: Known) -> tuple[list[Check], list[NotLearned]]:
    """Keep the checks that hold on the rows; a pattern that was only guessed goes without a word."""
    checks = contract_learn.candidates(known)
    broken = _broken(engine, project, action, checks)
    wrong = [check for check, _ in broken]
    guessed = {getattr(check, "column", "") for check in wrong if check.check == "matches"}
    if guessed:
        plain = tuple(replace(column, shape="" if column.name in guessed else column.shape) for column in known.columns)
        return _tried(engine, project, action, replace(known, columns=plain))
    failed = [NotLearned(check.written, f"it does not hold: {found}") for check, found in broken]
    return [check for check in checks if check not in wrong], failed


def _broken(engine: DuckDB, project: Project, action: Action, checks: Sequence[Check]) -> list[tuple[Check, Any]]:
    """Ask the checks, a hundred in a scan; give those that do not hold, each with what was found."""
    others: dict[str, Schema] = {}
    for name in {name for check in checks for name in check.reads()}:
        table = TableName.parse(name)
        open_table(engine, project, table)
        others[name] = engine.describe(f"SELECT * FROM {table_in_sql(table, 'duckdb')}")
    relation = Relation(table_in_sql(action.name, "duckdb"), action.schema, others=others)
    broken: list[tuple[Check, Any]] = []
    for start in range(0, len(checks), AT_ONCE):
        some = checks[start : start + AT_ONCE]
        parts = (f"{c.holds(relation)} AS held_{at}, {c.broken(relation)} AS found_{at}" for at, c in enumerate(some))
        answer = engine.row(f"SELECT {', '.join(parts)} FROM {relation.name}")
        broken += [(c, answer[f"found_{at}"]) for at, c in enumerate(some) if answer[f"held_{at}"] is False]
    return broken

"""dbt models: each table as a chain of CTEs, a step each; rows that leave it have a model of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from boathouse.action import Action, Stage
from boathouse.casting import strict_cast
from boathouse.dbt.chain import Chain, link_name
from boathouse.dbt.text import comment, lines, marked, selected
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.sql_pair.tokens import tokens_of
from boathouse.step import MISFITS, Step

HISTORY = "scd_type_2"
NO_SNAPSHOT = "A model and no snapshot: this replays all changes that there are, and a snapshot sees what is true when it is taken"
FINAL_CAST = "Final cast: the columns that are promised, and a value that does not fit its type is an error"


@dataclass(frozen=True)
class Model:
    """One model: a table with its columns, or, without them, a part that is written into the models that read it."""

    name: str
    sql: str
    columns: Schema | None = None
    about: str = ""


@dataclass(frozen=True)
class Guard:
    """What must hold before a step: a query that gives a row where it does not."""

    name: str
    sql: str


@dataclass(frozen=True)
class _Apart:
    """Rows that leave: the model that they are in, its columns, and the one that says why."""

    model: str
    schema: Schema
    reasons: str


class TableModels:
    """The models of one table, and the guards of its steps."""

    def __init__(self, action: Action) -> None:
        self.action, self.name = action, action.name.flat
        self.models: list[Model] = []
        self.guards: list[Guard] = []
        self._leaves: list[_Apart] = []
        self._chain = self._begin()
        for stage in action.stages:
            self._step(stage)
        self._end()
        if self._leaves:
            self.models.append(self._quarantine())

    def _begin(self) -> Chain:
        table = self.action.table
        if table.sql:
            return Chain("selected", selected(self.action))
        assert table.reads is not None  # noqa: S101 - bronze is what dbt is given
        return Chain(table.reads.flat, lines(_all, Relation(marked(table.reads), self.action.start)))

    def _step(self, stage: Stage) -> None:
        step, table = stage.step, replace(stage.table, name=self._chain.name)
        name = link_name(step)
        if step.guard(table):
            self.guards.append(self._guard(name, step, table))
        why = [f"because: {step.because}"] if step.because else []
        why += [NO_SNAPSHOT] if step.step == HISTORY else []
        self._chain.add(name, lines(step.sql, table), list(comment(step.title(), *why)))
        if stage.misfits:
            self._part(stage.misfits, MISFITS)

    def _end(self) -> None:
        cast = self._final_cast() if self.action.final_cast else []
        if self.action.drop_rules:
            if cast:
                self._chain.add("promised", cast, list(comment(FINAL_CAST)))
            self._chain.add("marked", self._marked(), ["-- The rules of the contract that each row breaks"])
            self._part(self.action.schema, self.action.rules_column)
            cast = []
        end = [*comment(FINAL_CAST), *cast] if cast else [f"SELECT * FROM {self._chain.name}"]
        self._model(self.name, end, self.action.schema)

    def _final_cast(self) -> list[str]:
        made = _made(self.action)
        table = Relation(self._chain.name, self.action.schema)
        return lines(lambda t: t.only({c.name: _promised(t, c, made[c.name].type) for c in t.schema}), table)

    def _marked(self) -> list[str]:
        column, table = self.action.rules_column, self.action.relation(self._chain.name)
        rules = self.action.drop_rules

        def form(t: Relation) -> str:
            broken = t.reasons([(f"NOT ({rule.check.row(t)}\n)", t.text(rule.name)) for rule in rules])
            return f"SELECT *, {broken} AS {t.name_of(column)} FROM {t.name}"

        return lines(form, table)

    def _part(self, schema: Schema, reasons: str) -> None:
        """End the chain in a model of its own, and go on with the rows that have no reason to leave."""
        several = len(self.action.misfits) + bool(self.action.drop_rules) > 1
        name = f"{self.name}_marked{f'_{len(self._leaves) + 1}' if several else ''}"
        self._model(name, [f"SELECT * FROM {self._chain.name}"])
        self._leaves.append(_Apart(name, schema.drop([reasons]) if reasons in schema else schema, reasons))
        stays = self._leaves[-1].schema
        read = Relation(marked(name), stays)
        self._chain = Chain("fits", lines(lambda t: f"{_chosen(t, stays)} WHERE {_size(t, reasons)} = 0", read))

    def _quarantine(self) -> Model:
        """Put together the rows that left: what was not a column yet, or of another type, is NULL."""
        action = self.action
        columns = (*action.schema, Column(action.rules_column, "array<string>"))

        def form(t: Relation) -> str:
            return " UNION ALL ".join(_left(replace(t, name=marked(part.model)), part, action) for part in self._leaves)

        said = "the rules that it breaks" if not action.misfits else "what is wrong with it"
        about = f"Rows that {action.name} sets apart; `{action.rules_column}` says of each {said}"
        sql = "\n".join([*self._header(), *lines(form, Relation("", action.schema)), ""])
        return Model(action.name.quarantine.flat, sql, Schema(columns), about)

    def _model(self, name: str, end: Sequence[str], columns: Schema | None = None) -> None:
        # What asks the time would mark the rows anew, and perhaps otherwise, in each model that it is written into.
        kind = "table" if self.action.asks_time else "ephemeral"
        header = self._header() if columns else [*self._header(), f"{{{{ config(materialized='{kind}') }}}}", ""]
        sql = "\n".join([*header, self._chain.query(end)])
        self.models.append(Model(name, sql, columns, self.action.table.about if columns else ""))

    def _header(self) -> list[str]:
        file = self.action.table.file
        return [*comment(f"Generated by Boathouse{f' from {file}' if file else ''}"), ""]

    def _guard(self, name: str, step: Step, table: Relation) -> Guard:
        end = lines(lambda t: f"SELECT * FROM ({step.guard(t)}) AS counted(twice) WHERE twice > 0", table)
        reads_chain = any(token.value == table.name for token in tokens_of(step.guard(table), "duckdb"))
        sql = self._chain.query(end) if reads_chain else "\n".join([*end, ""])
        said = comment(f"Generated by Boathouse: {step.guard_message()}")
        return Guard(f"{self.name}__{name}", "\n".join([*said, "", sql]))


def _all(table: Relation) -> str:
    return f"SELECT * FROM {table.name}"


def _chosen(table: Relation, schema: Schema) -> str:
    return f"SELECT {', '.join(map(table.name_of, schema.names))} FROM {table.name}"


def _size(table: Relation, column: str) -> str:
    return f"{table.either(duckdb='len', databricks='size')}({table.name_of(column)})"


def _left(table: Relation, part: _Apart, action: Action) -> str:
    types = part.schema.types
    columns = {
        c.name: table.name_of(c.name) if types.get(c.name) == c.type else f"CAST(NULL AS {table.type(c.type)})"
        for c in action.schema
    }
    columns[action.rules_column] = table.name_of(part.reasons)
    return f"{table.only(columns)} WHERE {_size(table, part.reasons)} > 0"


def _made(action: Action) -> Schema:
    """Say the columns as the last step leaves them."""
    last = action.stages[-1] if action.stages else None
    return last.step.after(last.table) if last else action.start


def _promised(table: Relation, column: Column, made: str) -> str:
    """Cast a column to what is promised; the same words may be a wider type of DuckDB's, as its sums are."""
    name, kind = table.column(column.name), table.type(column.type)
    if table.dialect == "duckdb" and made not in (column.type, "void"):
        return strict_cast(name, made, column.type)
    return f"CAST({name} AS {kind})"

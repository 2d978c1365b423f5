"""Lineage: which columns each column of a plan is made of, down to the raw files, and what hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from boathouse.action import Action, Stage
from boathouse.arrivals import DAY, RESCUED, TOLD
from boathouse.dialect.lineage import Leaf, SelectLineage, expression_columns, query_lineage
from boathouse.errors import UnknownName
from boathouse.names import LAYERS
from boathouse.pipeline import Rule
from boathouse.plan import Plan
from boathouse.relation import Relation, Selection
from boathouse.schema import Schema
from boathouse.step import FittedStep, Step

OF_THE_LAKE = tuple(f"{layer}." for layer in LAYERS)
STEP = "df"  # what a step calls the rows that it is given


@dataclass(frozen=True, order=True)
class TableColumn:
    """A column of a table of the lake, or of a raw file."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}" if self.table.startswith(OF_THE_LAKE) else f"{self.table}[{self.column}]"


Columns = frozenset[TableColumn]
NONE: Columns = frozenset()


@dataclass(frozen=True)
class TableLineage:
    """What one table is made of: each column's sources, one table back; what decides its rows; what its rules ask."""

    name: str
    columns: Mapping[str, Columns]
    rows: Columns
    rules: Mapping[str, Columns]  # of this table itself, and of those that a rule refers to

    @property
    def reads(self) -> Columns:
        return self.rows.union(*self.columns.values())


@dataclass(frozen=True)
class Impact:
    """What hangs on a column: where it goes or changes its type, these have to be looked at."""

    columns: tuple[TableColumn, ...]  # they hold values made of it
    rows: tuple[str, ...]  # tables whose rows it decides: by a filter, a join, a group, a key
    rules: tuple[tuple[str, str], ...]  # (table, rule) of the contracts that ask it, or what is made of it


@dataclass(frozen=True)
class Lineage:
    """The lineage of every table of a plan, in the order they are built."""

    tables: Mapping[str, TableLineage]

    def table(self, name: str) -> TableLineage:
        if name not in self.tables:
            raise UnknownName("table", name, self.tables)
        return self.tables[name]

    def column(self, table: str, column: str) -> TableColumn:
        """Name a column that is there; an unknown one is an error that offers the nearest."""
        if column not in self.table(table).columns:
            raise UnknownName("column", column, self.table(table).columns, where=table)
        return TableColumn(table, column)

    def sources(self, column: TableColumn) -> Columns:
        """Give what a column is made of, one table back; a raw file's is made of nothing."""
        table = self.tables.get(column.table)
        if table is None:
            return NONE
        return table.columns[column.column]

    def raw(self, column: TableColumn) -> Columns:
        """Give the columns of raw files that a column is made of in the end."""
        return frozenset(one for one in self._reached(column, self.sources) if one.table not in self.tables)

    def feeds(self, column: TableColumn) -> Columns:
        """Give the columns that are made of it, one table on."""
        return self._fed.get(column, NONE)

    def impact(self, column: TableColumn) -> Impact:
        """Say what hangs on a column, through all tables after it."""
        made = self._reached(column, self.feeds)
        touched = {column, *made}
        rows = [name for name, table in self.tables.items() if table.rows & touched]
        rules = [
            (name, rule) for name, table in self.tables.items() for rule, asks in table.rules.items() if asks & touched
        ]
        at = {name: place for place, name in enumerate(self.tables)}
        return Impact(tuple(sorted(made, key=lambda one: (at[one.table], one.column))), tuple(rows), tuple(rules))

    @cached_property
    def _fed(self) -> Mapping[TableColumn, Columns]:
        fed: dict[TableColumn, set[TableColumn]] = defaultdict(set)
        for name, table in self.tables.items():
            for column, sources in table.columns.items():
                for source in sources:
                    fed[source].add(TableColumn(name, column))
        return {source: frozenset(columns) for source, columns in fed.items()}

    def _reached(self, column: TableColumn, step: Callable[[TableColumn], Columns]) -> set[TableColumn]:
        found: set[TableColumn] = set()
        ahead = [column]
        while ahead:
            new = set(step(ahead.pop())) - found
            found |= new
            ahead += new
        return found


def lineage(plan: Plan) -> Lineage:
    """Trace every table of a plan; it reads the SQL of the steps and of the tables, and no data."""
    return Lineage({str(action.name): _table(action) for action in plan.actions})


def _table(action: Action) -> TableLineage:
    made = _start(action)
    for stage in action.stages:
        made = _after(stage, made)
    name = str(action.name)
    rules = {rule.name: _asked(rule, action) for rule in action.rules}
    # A rule speaks of the finished columns; one that drops rows decides by what these are made of.
    dropping = [column for rule in action.drop_rules for column in rules[rule.name]]
    rows = made.rows.union(*(made.columns[c.column] if c.table == name else {c} for c in dropping))
    return TableLineage(name, {column: made.columns[column] for column in action.schema.names}, rows, rules)


@dataclass(frozen=True)
class _Made:
    """The columns so far, and what decided the rows so far."""

    columns: Mapping[str, Columns]
    rows: Columns = NONE

    def of(self, leaves: Iterable[Leaf]) -> Columns:
        """Say what a step's own sources are made of."""
        found: set[TableColumn] = set()
        for table, column in leaves:
            found |= self.columns[column] if table == STEP else {TableColumn(table, column)}
        return frozenset(found)

    def selected(self, select: SelectLineage, names: Iterable[str]) -> _Made:
        # A column that is not found is made of all that is read: an impact that is told too large is the safe mistake.
        columns = {name: self.of(select.columns.get(name.lower(), select.everything)) for name in names}
        return _Made(columns, self.rows | self.of(select.rows))


def _start(action: Action) -> _Made:
    table, source = action.table, action.table.source
    if source is not None:
        read = action.landing.source if action.landing else source
        told = {*TOLD.names, RESCUED, *([DAY] if action.landing.by_day else [])} if action.landing else set()
        return _Made({
            name: NONE if name in told else frozenset([TableColumn(source.path, read.names.get(name, name))])
            for name in action.start.names
        })  # fmt: skip
    if table.sql:
        return _Made({}).selected(query_lineage(table.sql, action.inputs), action.start.names)
    return _Made({name: frozenset([TableColumn(str(table.reads), name)]) for name in action.start.names})


def _after(stage: Stage, made: _Made) -> _Made:
    relation = replace(stage.table, name=STEP, dialect="databricks")
    names = stage.step.after(stage.table).names
    step, learnt = _with_numbers(stage.step, relation)
    sql = step.sql(relation)
    if not isinstance(sql, Selection):
        return made.selected(query_lineage(sql, _known(relation)), names)
    own = {name.lower(): name for name in relation.schema.names}
    columns = {name: made.columns[name] for name in names if name not in sql.put}
    for name, expression in sql.put.items():
        read = {(STEP, own[column]) for column in expression_columns(expression) if column in own}
        columns[name] = made.of({*read, *learnt})
    return _Made({name: columns[name] for name in names}, made.rows)


def _with_numbers(step: Step, relation: Relation) -> tuple[Step, frozenset[Leaf]]:
    """Give a fitted step the numbers of no rows, where it has none yet, and say what its numbers are learnt from."""
    if not isinstance(step, FittedStep) or not step.learns():
        return step, frozenset()
    learning = query_lineage(step.fit_sql(relation), _known(relation))
    if step.fitted is None:
        step = step.model_copy(update={"fitted": _numbers_of_nothing(step, learning)})
    return step, learning.everything


def _numbers_of_nothing(step: FittedStep, learning: SelectLineage) -> Mapping[str, object]:
    try:
        return step.learn([])
    except IndexError:  # its query is an aggregate, which has a row also where there is none
        return step.learn([dict.fromkeys(learning.columns)])


def _known(relation: Relation) -> dict[str, Schema]:
    return {STEP: relation.schema, **relation.others}


def _asked(rule: Rule, action: Action) -> Columns:
    """Name the columns that a rule asks: those of its own table, and of tables that it refers to."""
    table = action.relation(STEP, "databricks")
    check = rule.check
    asked = query_lineage(
        f"SELECT {check.row(table) if check.by_row else check.holds(table)}\n AS asked FROM {STEP}", _known(table)
    )
    return frozenset(TableColumn(str(action.name) if one == STEP else one, column) for one, column in asked.everything)

"""Lineage of a SELECT: which columns of which tables each of its columns is made of, and which decide its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from boathouse.dialect.functions import FUNCTIONS
from boathouse.dialect.parse import UserSQL, bounded, parsed, parsed_query
from boathouse.schema import Schema

Leaf = tuple[str, str]  # a table and its column
Leaves = frozenset[Leaf]
NONE: Leaves = frozenset()
# The clauses that decide which rows there are; an ORDER BY does only with a LIMIT.
CLAUSES = ("where", "group", "having", "qualify", "joins", "laterals", "pivots")


@dataclass(frozen=True)
class SelectLineage:
    """The columns of a SELECT, each with what it is made of, and what decides which rows there are."""

    columns: Mapping[str, Leaves]
    rows: Leaves

    @property
    def everything(self) -> Leaves:
        return self.rows.union(*self.columns.values())


@bounded()
def query_lineage(sql: str, schemas: Mapping[str, Schema]) -> SelectLineage:
    """Trace one SELECT in Databricks SQL over tables that are named as in `schemas`."""
    tree = parsed_query(sql)
    trace = _Trace({name.lower(): (name, schema) for name, schema in schemas.items()})
    for scope in traverse_scope(tree):
        trace.made[id(scope.expression)] = trace.select(scope)
    return trace.made[id(tree)]


@bounded()
def expression_columns(sql: str) -> frozenset[str]:
    """Name the columns that an expression over one table reads, in lower case."""
    return frozenset(column.parts[0].name.lower() for column in parsed(sql).find_all(exp.Column))


@dataclass
class _Trace:
    """What is known so far, from the inside out: by the identity of a query, and of a column's name in the text."""

    tables: Mapping[str, tuple[str, Schema]]
    made: dict[int, SelectLineage] = field(default_factory=dict)
    leaves: dict[int, Leaves] = field(default_factory=dict)

    def select(self, scope: Scope) -> SelectLineage:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            return self._set_operation(scope)
        sources = {alias.lower(): self._source(source, scope, alias) for alias, source in scope.sources.items()}
        self._settle_columns(query, sources)
        if not isinstance(query, exp.Select):  # VALUES, LATERAL VIEW, UNNEST: every column is made of all inside
            return SelectLineage(dict.fromkeys(map(str.lower, query.alias_column_names), self._within([query])), NONE)
        read = {alias.lower() for alias in scope.selected_sources} | {
            lateral.alias.lower() for lateral in query.args.get("laterals") or ()
        }
        sources = {alias: source for alias, source in sources.items() if alias in read}
        rows = self._within(self._deciding(query)).union(*(source.rows for source in sources.values()))
        rows |= self._using(query, sources)
        columns = dict(self._outputs(query, sources, rows))
        if query.args.get("pivots") or any(source.args.get("pivots") for source, _ in scope.selected_sources.values()):
            every = NONE.union(*(source.everything for source in sources.values()))
            return SelectLineage(dict.fromkeys(columns, every), every)
        return SelectLineage(columns, rows.union(*columns.values()) if query.args.get("distinct") else rows)

    def _set_operation(self, scope: Scope) -> SelectLineage:
        left, right = (self.made[id(part.expression)] for part in scope.set_operation_scopes)
        pairs = zip(left.columns.items(), right.columns.values(), strict=False)
        columns = {name: one | other for (name, one), other in pairs}
        is_plain = isinstance(scope.expression, exp.Union) and not scope.expression.args.get("distinct")
        rows = left.rows | right.rows
        return SelectLineage(columns, rows if is_plain else rows.union(*columns.values()))

    def _source(self, source: exp.Table | Scope, scope: Scope, alias: str) -> SelectLineage:
        if isinstance(source, exp.Table):
            name, schema = self.tables[".".join(part.name for part in source.parts).lower()]
            return SelectLineage({column.lower(): frozenset([(name, column)]) for column in schema.names}, NONE)
        made = self.made.get(id(source.expression), SelectLineage({}, NONE))  # a recursive query reads itself
        for node in scope.expression.find_all(exp.TableAlias):
            if node.name.lower() == alias.lower() and node.columns:
                renamed = zip(node.columns, made.columns.values(), strict=False)
                return SelectLineage({column.name.lower(): leaves for column, leaves in renamed}, made.rows)
        return made

    def _settle_columns(self, query: exp.Expr, sources: Mapping[str, SelectLineage]) -> None:
        """Settle the names that this query's sources have; one that is left belongs to the query around it."""
        open_ = [column for column in query.find_all(exp.Column) if id(column) not in self.leaves]
        for column in open_:
            if (found := _found(column, sources)) is not None:
                self.leaves[id(column)] = found
        aliases = {one.alias.lower(): one.this for one in getattr(query, "selects", ()) if isinstance(one, exp.Alias)}
        for column in open_:
            if id(column) not in self.leaves and not column.table and column.name.lower() in aliases:
                self.leaves[id(column)] = self._within([aliases[column.name.lower()]])

    def _outputs(
        self, query: exp.Select, sources: Mapping[str, SelectLineage], rows: Leaves
    ) -> Iterator[tuple[str, Leaves]]:
        for one in query.selects:
            if isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star)):
                star, table = (one, "") if isinstance(one, exp.Star) else (one.this, one.table.lower())
                gone = {column.name.lower() for column in star.args.get("except_") or star.args.get("except") or ()}
                for alias, source in sources.items():
                    if table in ("", alias):
                        yield from ((name, leaves) for name, leaves in source.columns.items() if name not in gone)
            else:
                name = one.output_name or one.sql(UserSQL, normalize_functions=False)
                yield name.lower(), self._within([one]) or (rows if _counts(one) else NONE)

    def _deciding(self, query: exp.Select) -> Iterator[exp.Expr]:
        """Give the parts of a SELECT that decide its rows; GROUP BY 1 and GROUP BY ALL stand for what is selected."""
        for clause in (*CLAUSES, *(["order"] if query.args.get("limit") else [])):
            part = query.args.get(clause)
            yield from part if isinstance(part, list) else [part] if part is not None else []
        group = query.args.get("group")
        if group is not None:
            yield from (query.selects[int(key.name) - 1] for key in group.expressions if _is_ordinal(key, query))
            yield from query.selects if group.args.get("all") else ()

    def _using(self, query: exp.Select, sources: Mapping[str, SelectLineage]) -> Leaves:
        names = {key.name.lower() for join in query.args.get("joins") or () for key in join.args.get("using") or ()}
        return NONE.union(*(source.columns.get(name, NONE) for source in sources.values() for name in names))

    def _within(self, nodes: Iterable[exp.Expr]) -> Leaves:
        """Collect what is read inside: columns, and all of the queries that stand there."""
        found: set[Leaf] = set()
        for node in nodes:
            for inner in node.walk():
                found |= self.leaves.get(id(inner), NONE)
                if id(inner) in self.made and not _is_read_from(inner):
                    found |= self.made[id(inner)].everything
        return frozenset(found)


def _found(column: exp.Column, sources: Mapping[str, SelectLineage]) -> Leaves | None:
    """Look a name up: t.x, x, or a struct's field in either; without a table it may be a USING column of several."""
    parts = [part.name.lower() for part in column.parts]
    if len(parts) > 1:
        table = sources.get(parts[0]) or sources.get(parts[1] if len(parts) > 2 else "")  # noqa: PLR2004 - layer.table.x
        if table is not None:
            return next((table.columns[part] for part in parts[1:] if part in table.columns), None)
    having = [source.columns[parts[0]] for source in sources.values() if parts[0] in source.columns]
    return NONE.union(*having) if having else None


def _counts(node: exp.Expr) -> bool:
    """Tell whether many rows are counted, which of a count(*) says all: it is made of what decides the rows."""
    calls = (FUNCTIONS.get(call.name.lower()) for call in node.find_all(exp.Anonymous))
    return any(call is not None and call.aggregate for call in calls)


def _is_ordinal(key: exp.Expr, query: exp.Select) -> bool:
    return isinstance(key, exp.Literal) and not key.is_string and 1 <= int(key.name) <= len(query.selects)


def _is_read_from(query: exp.Expr) -> bool:
    """Tell whether a query stands in a join, whose columns are asked for by name."""
    return isinstance(query.parent, exp.Subquery) and isinstance(query.parent.parent, (exp.From, exp.Join))

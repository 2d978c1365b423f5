"""The dialect door: Databricks SQL that a user wrote, as DuckDB SQL with the same meaning, or an error that says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from sqlglot import exp

from boathouse.dialect.canonical import canonical
from boathouse.dialect.functions import FUNCTIONS
from boathouse.dialect.functions.aggregates import ORDERED_BY
from boathouse.dialect.infer import type_of
from boathouse.dialect.parse import bounded, parsed, parsed_expression, parsed_query, place
from boathouse.dialect.resolve import resolve_expression, resolve_query
from boathouse.dialect.write import written
from boathouse.errors import StepError, UserError
from boathouse.names import TableName
from boathouse.quoting import Dialect, sql_name
from boathouse.schema import Schema

__all__ = [
    "canonical",
    "check_expression",
    "expression_to_duckdb",
    "expression_type",
    "is_by_row",
    "query_schema",
    "query_to_duckdb",
    "tables_read",
    "unproven",
    "with_tables",
]

SETTLES_ARRAY = ("sort_array", "size", "array_size", "cardinality", "array_contains", "array_max", "array_min")


@lru_cache(maxsize=4096)
@bounded()
def expression_to_duckdb(sql: str, schema: Schema) -> str:
    """Translate one expression over the columns of a schema."""
    return written(_resolved(sql, schema))


@bounded()
def expression_type(sql: str, schema: Schema) -> str:
    """Say the type that an expression has on both engines, or `unknown` where only they can say."""
    return type_of(_resolved(sql, schema))


@bounded()
def check_expression(sql: str, schema: Schema) -> None:
    """Refuse an expression that one row cannot answer: aggregates, unknown columns, subqueries, commands."""
    tree = _resolved(sql, schema)
    for call in tree.find_all(exp.Anonymous):
        function = FUNCTIONS.get(call.name.lower())
        if function and function.aggregate and not call.find_ancestor(exp.Window):
            raise StepError(
                f"`{call.name}` counts over many rows, and this is computed row by row",
                hint="use an aggregate step, or OVER (...)",
            )
    written(tree)


def query_to_duckdb(
    sql: str, schemas: Mapping[str, Schema], place: Callable[[TableName, Dialect], str] | None = None
) -> str:
    """Translate one SELECT over tables named layer.table; `place` says what is written for a table's name instead."""
    if place is None:
        return _query(sql, tuple(schemas.items()))[0]
    return _placed(sql, schemas, place)


@bounded()
def _placed(sql: str, schemas: Mapping[str, Schema], place: Callable[[TableName, Dialect], str]) -> str:
    tree = parsed_query(sql).copy()
    resolve_query(tree, dict(schemas), sql)
    places: dict[str, str] = {}
    for table in tree.find_all(exp.Table):
        if table.db:
            name = f"place_{len(places)}_of_a_table"
            places[sql_name(name, "duckdb")] = place(TableName.parse(f"{table.db.lower()}.{table.name}"), "duckdb")
            table.set("this", exp.to_identifier(name))
            table.set("db", None)
    text = written(tree)
    for name, said in places.items():
        text = text.replace(name, said)
    return text


def query_schema(sql: str, schemas: Mapping[str, Schema]) -> Schema:
    """Say which columns a SELECT gives, without running it."""
    return _query(sql, tuple(schemas.items()))[1]


@lru_cache(maxsize=512)
@bounded()
def _query(sql: str, schemas: tuple[tuple[str, Schema], ...]) -> tuple[str, Schema]:
    tree = parsed_query(sql).copy()
    schema = resolve_query(tree, dict(schemas), sql)
    return written(tree), schema


def _resolved(sql: str, schema: Schema) -> exp.Expr:
    return resolve_expression(parsed_expression(sql).copy(), schema, sql)


def tables_read(sql: str) -> list[tuple[str, int, int]]:
    """List each reference to a table of the lake, with where it starts and ends in the text."""
    tree = parsed_query(sql)
    queries = {query.alias.lower() for query in tree.find_all(exp.CTE)}
    found = []
    for table in tree.find_all(exp.Table):
        if not table.db and table.name.lower() in queries:
            continue
        if not table.db or table.catalog:
            name = ".".join(part.name for part in table.parts)
            raise UserError(
                f"`{name}` is no table name",
                place=place(sql, table),
                hint="write layer.table, such as silver.customers",
            )
        first, last = table.args["db"], table.this
        found.append((f"{table.db.lower()}.{table.name}", first.meta["start"], last.meta["end"] + 1))
    return sorted(found, key=lambda reference: reference[1])


def with_aliases(sql: str) -> str:
    """Let a SELECT read on where its tables are called otherwise: `silver.orders.id` becomes `orders.id`, of silver.orders AS orders."""
    tree = parsed_query(sql)
    tables = [table for table in tree.find_all(exp.Table) if table.db]
    named = {(table.db.lower(), table.name.lower()) for table in tables}
    columns = [column.parts for column in tree.find_all(exp.Column)]
    whole = [parts for parts in columns if len(parts) > 2 and tuple(part.name.lower() for part in parts[:2]) in named]  # noqa: PLR2004 - layer, table, column
    called = {parts[0].name.lower() for parts in columns if len(parts) > 1} | {parts[1].name.lower() for parts in whole}
    edits = [(parts[0].meta["start"], parts[1].meta["start"], "") for parts in whole]
    edits += [  # where, up to where, and what stands there instead
        (table.this.meta["end"] + 1, table.this.meta["end"] + 1, f" AS {_written(sql, table.this)}")
        for table in tables
        if not table.alias and table.name.lower() in called
    ]
    for start, end, text in sorted(edits, reverse=True):
        sql = f"{sql[:start]}{text}{sql[end:]}"
    return sql


def _written(sql: str, name: exp.Expr) -> str:
    return sql[name.meta["start"] : name.meta["end"] + 1]


def with_tables(sql: str, rename: Callable[[tuple[str, ...]], str]) -> str:
    """Give each table that a SELECT reads another name, by the parts of its own; all else stays as it was written."""
    tree = parsed_query(sql)
    queries = {query.alias.lower() for query in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.db or table.name.lower() not in queries]
    written, at = [], 0
    for parts in sorted((table.parts for table in tables), key=lambda parts: parts[0].meta["start"]):
        written += [sql[at : parts[0].meta["start"]], rename(tuple(part.name for part in parts))]
        at = parts[-1].meta["end"] + 1
    return "".join([*written, sql[at:]])


def unproven(sql: str) -> tuple[str, ...]:
    """Name what goes beyond the closed list of portable functions: it runs, and only the proof can tell the rest."""
    tree = parsed(sql)
    beyond = {call.name.lower() for call in tree.find_all(exp.Anonymous) if not _is_portable(call)}
    beyond |= {
        column.name.lower()
        for column in tree.find_all(exp.Column)
        if column.name.lower() in ("current_date", "current_timestamp")
    }
    beyond |= {word for kind, word in CLAUSES.items() if tree.find(kind)}
    if any(query.args.get("limit") and not query.args.get("order") for query in tree.find_all(exp.Query)):
        beyond.add("limit without order by")
    return tuple(sorted(beyond))


def is_by_row(sql: str) -> bool:
    """Tell whether an expression is known to depend on nothing but its row: no window, no time, no chance."""
    return parsed(sql).find(exp.Window) is None and BY_ROW.issuperset(unproven(sql))


BY_ROW = frozenset(["json path", "lambda", "struct field"])  # unproven to be alike on both engines, and yet of one row
CLAUSES: dict[type[exp.Expr], str] = {
    exp.Pivot: "pivot", exp.TableSample: "tablesample", exp.Lambda: "lambda", exp.CurrentDate: "current_date",
    exp.CurrentTimestamp: "current_timestamp", exp.JSONExtract: "json path", exp.Dot: "struct field",
}  # fmt: skip


def _is_portable(call: exp.Anonymous) -> bool:
    name = call.name.lower()
    function = FUNCTIONS.get(name)
    if function is None or not function.proven:
        return False
    if ORDERED_BY.get(name) == "array":
        return isinstance(call.parent, exp.Anonymous) and call.parent.name.lower() in SETTLES_ARRAY
    if ORDERED_BY.get(name) == "window":
        window = call.find_ancestor(exp.Window)
        return window is not None and bool(window.args.get("order"))
    return not (name == "unix_timestamp" and not call.expressions)

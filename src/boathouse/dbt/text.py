"""dbt text: SQL for both dialects as a model of dbt has it, and where dbt finds the tables that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from boathouse.action import Action
from boathouse.dbt import jinja_text
from boathouse.dialect import query_to_duckdb, tables_read, with_aliases
from boathouse.names import TableName
from boathouse.quoting import Dialect
from boathouse.relation import Relation
from boathouse.sql_pair.layout import as_written, laid_out
from boathouse.sql_pair.pair import NothingShared, paired
from boathouse.sql_pair.tokens import TABLE_END, TABLE_START
from boathouse.sql_pair.tree import leaves_of, on_one_line

Form = Callable[[Relation], str]  # what writes SQL over a relation, in its dialect


def reference(name: TableName | str) -> str:
    """Name a table as Jinja does: bronze is what dbt is given, and all else are models."""
    if isinstance(name, TableName):
        return f"source('bronze', '{name.table}')" if name.layer == "bronze" else f"ref('{name.flat}')"
    return f"ref('{name}')"


def marked(name: TableName | str) -> str:
    """Name a table within SQL that is still to be written as Jinja."""
    return f"{TABLE_START}{reference(name)}{TABLE_END}"


def place(name: TableName, dialect: Dialect) -> str:
    del dialect
    return marked(name)


def lines(form: Form, table: Relation) -> list[str]:
    """Write a SELECT for both dialects, on the lines that a person would give it."""
    databricks, duckdb = both(form, table)
    try:
        return laid_out(paired(databricks, duckdb))
    except NothingShared:
        return apart(databricks, duckdb)


def line(form: Form, table: Relation) -> str:
    """Write an expression for both dialects on one line."""
    return on_one_line(leaves_of(paired(*both(form, table))))


def both(form: Form, table: Relation) -> tuple[str, str]:
    placed = replace(table, place=place)
    return form(replace(placed, dialect="databricks")), form(replace(placed, dialect="duckdb"))


def selected(action: Action) -> list[str]:
    """Write the SELECT that a user wrote: as it stands, with dbt's names of tables, and DuckDB's words where it wants others."""
    sql = with_aliases(action.table.sql)
    databricks, at = "", 0
    for name, start, end in sorted(tables_read(sql), key=lambda read: read[1]):
        databricks += sql[at:start] + marked(TableName.parse(name))
        at = end
    databricks += sql[at:]
    duckdb = query_to_duckdb(sql, action.inputs, place)
    try:
        return as_written(paired(databricks, duckdb)).split("\n")
    except NothingShared:
        return apart(databricks, duckdb)


def apart(databricks: str, duckdb: str) -> list[str]:
    """Write both texts whole, and have dbt choose."""
    written = [jinja_text.rendered(text).split("\n") for text in (databricks.strip(), duckdb.strip())]
    return ["{% if target.type == 'duckdb' %}", *written[1], "{% else %}", *written[0], "{% endif %}"]


def comment(*texts: str) -> Iterator[str]:
    """Write texts as comments of SQL, which Jinja leaves alone."""
    for text in texts:
        for said in text.splitlines():
            yield f"-- {jinja_text.plain(said)}".rstrip()

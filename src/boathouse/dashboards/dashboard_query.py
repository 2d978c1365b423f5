"""Dashboard query: the columns that a dataset's SQL gives, and those that a widget's expression reads."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

Columns = tuple[str, ...] | str | None  # the names; what is wrong with the SQL; nothing where only the tables can tell


def columns(sql: str) -> Columns:
    """List the columns of a query, as far as it says them itself."""
    try:
        # A parameter is `:day`, which the parser knows; a name that is put in is `IDENTIFIER(:catalog || '.gold.x')`.
        found = sqlglot.parse(sql, dialect="databricks")
    except sqlglot.errors.SqlglotError as error:
        return f"this SQL does not parse: {_first(error)}"
    statements = [each for each in found if each is not None]
    if len(statements) != 1:
        return f"a dataset is one query, and this is {len(statements)} statements"
    query = statements[0]
    if not isinstance(query, exp.Query):
        return f"a dataset is a query, and this is {query.key.upper()}"
    if any(each.is_star for each in query.selects):
        return None
    return tuple(query.named_selects)


def columns_read(expression: str) -> tuple[str, ...]:
    """List the columns that a widget's expression reads, such as amount of SUM(`amount`)."""
    try:
        tree = sqlglot.parse_one(expression, dialect="databricks")
    except sqlglot.errors.SqlglotError:
        return ()
    return tuple(dict.fromkeys(each.name for each in tree.find_all(exp.Column) if not isinstance(each.this, exp.Star)))


def _first(error: sqlglot.errors.SqlglotError) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return plain.splitlines()[0]

"""Parsing: the SQL that a user wrote becomes a tree of Databricks SQL, with places for errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError
from sqlglot.parsers.databricks import DatabricksParser
from sqlglot.tokenizer_core import Token, TokenType

from boathouse.errors import Place, StepError, UserError

# Forms whose arguments are not a plain list; every other function stays a name with arguments, as the user wrote it.
OWN_SYNTAX = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "POSITION", "SUBSTRING")
UNIT_FIRST = ("datediff", "date_diff", "timestampdiff", "dateadd", "date_add", "timestampadd")
CASTS = ("string", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "timestamp")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a", "%": "\\%", "_": "\\_"}
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2})|(.))|''", re.DOTALL)
WRITES = (
    exp.DDL,
    exp.DML,
    exp.Drop,
    exp.Command,
    exp.Alter,
    exp.Use,
    exp.Set,
    exp.TruncateTable,
    exp.Delete,
    exp.Describe,
)

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of commands on stderr, which are refused here anyway
PARAMETERS = (exp.Parameter, exp.Placeholder)


class UserSQL(Databricks):
    """Databricks SQL where functions keep their names: sqlglot's own translation of them is wrong for 45 of 182."""

    class Parser(DatabricksParser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        ARRAY_CONSTRUCTORS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS = {name: DatabricksParser.FUNCTION_PARSERS[name] for name in OWN_SYNTAX}  # noqa: RUF012


@contextmanager
def bounded() -> Iterator[None]:
    """Tell of SQL that is nested deeper than Python can follow; a sum of some thousand terms is."""
    try:
        yield
    except RecursionError:
        raise UserError("this SQL is nested too deeply", hint="build it in several steps or tables") from None


@lru_cache(maxsize=1024)
@bounded()
def parsed(sql: str) -> exp.Expr:
    """Parse one statement or expression; the tree is shared, so copy it before changing it."""
    text = checked_characters(sql)
    try:
        statements = UserSQL().parser().parse(tokens(text), text)
    except SqlglotError as error:
        raise _parse_error(sql, error) from error
    found = [statement for statement in statements if statement is not None]
    if len(found) != 1:
        what = "there is no SQL here" if not found else "there is more than one statement"
        raise UserError(what, hint="write exactly one, without `;`")
    for node in found[0].find_all(*PARAMETERS, exp.Version):
        what = "a parameter" if isinstance(node, PARAMETERS) else "an older version of a table"
        raise UserError(
            f"{what} cannot stand in this SQL",
            place=place(sql, node),
            hint="write the value out" if isinstance(node, PARAMETERS) else "",
        )
    return _settled(found[0])


@lru_cache(maxsize=1024)
def tokens(sql: str) -> list[Token]:
    """Split the text as Spark does: its escapes in strings, and '' inside a string for a quote."""
    try:
        found = UserSQL().tokenize(sql)
    except SqlglotError as error:
        raise _parse_error(sql, error) from error
    merged: list[Token] = []
    for token in found:
        last = merged[-1] if merged else None
        if (
            token.token_type == TokenType.STRING
            and last
            and last.token_type == TokenType.STRING
            and last.end + 1 == token.start
        ):
            merged[-1] = _string(sql, last.start, token.end, last)
        else:
            merged.append(
                _string(sql, token.start, token.end, token) if token.token_type == TokenType.STRING else token
            )
    return merged


def _string(sql: str, start: int, end: int, token: Token) -> Token:
    quote = sql[start]
    body = sql[start + 1 : end]
    if quote not in "'\"":
        return token
    text = ESCAPE.sub(lambda found: _unescaped(found, quote), body)
    return Token(TokenType.STRING, text, line=token.line, col=token.col, start=start, end=end, comments=token.comments)


def _unescaped(found: re.Match[str], quote: str) -> str:
    if found[0] == "''":
        return "'" if quote == "'" else "''"
    if code := found[1] or found[2]:
        return chr(int(code, 16))
    if found[3]:
        return chr(int(found[3], 8))
    return ESCAPES.get(found[4], found[4])


def checked_characters(sql: str) -> str:
    if "\0" in sql:
        raise UserError("the SQL holds a NUL character", hint="write '\\0' inside a string")
    return sql


def _settled(tree: exp.Expr) -> exp.Expr:
    """Mark the unit of datediff(month, a, b), which reads like a column; write int(x) as the cast that it is."""
    for call in list(tree.find_all(exp.Anonymous)):
        name, first = call.name.lower(), call.expressions[0] if call.expressions else None
        if name in UNIT_FIRST and len(call.expressions) == 3 and isinstance(first, exp.Column):  # noqa: PLR2004 - unit, number, date
            first.replace(exp.var(first.name))
        elif name in CASTS and len(call.expressions) == 1:
            cast = exp.Cast(this=first, to=exp.DataType.build(name, dialect="databricks"))
            tree = cast if call is tree else tree
            call.replace(cast)
    return tree


def parsed_expression(sql: str) -> exp.Expr:
    """Parse one expression over the columns of one row: no query, no command inside."""
    tree = parsed(sql)
    inner = tree.find(exp.Query, exp.Subquery, *WRITES)
    if inner is not None:
        what = "a subquery" if isinstance(inner, (exp.Query, exp.Subquery)) else f"the command {command(inner)}"
        raise StepError(f"{what} cannot stand in an expression", hint="write a tables/*.sql file, or a join step")
    if isinstance(tree, exp.Alias):
        raise StepError("an expression has no AS", hint="the step's column gives it its name")
    if not isinstance(tree, (exp.Condition, exp.Interval, exp.Case, exp.Ordered)) or isinstance(tree, exp.Star):
        raise StepError("this is no expression", place=place(sql, tree))
    return tree


def parsed_query(sql: str) -> exp.Query:
    """Parse one SELECT."""
    tree = parsed(sql)
    if not isinstance(tree, exp.Query):
        raise UserError(f"a table's SQL is one SELECT, and this is {command(tree)}")
    inner = tree.find(*WRITES)
    if inner is not None:
        raise UserError(f"a SELECT cannot hold the command {command(inner)}")
    return tree


def command(tree: exp.Expr) -> str:
    if isinstance(tree, (exp.Condition, exp.Alias)):
        return "an expression"
    return str(tree.this if isinstance(tree, exp.Command) else tree.key).upper()


def place(sql: str, node: exp.Expr) -> Place | None:
    """Find where a node stands in the user's text, if its tokens were kept."""
    for inner in node.walk():
        if "start" in inner.meta:
            return place_at(sql, inner.meta["start"])
    return None


def place_at(sql: str, offset: int) -> Place:
    before = sql[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    return Place("SQL", line, column, sql.split("\n")[line - 1])


def _parse_error(sql: str, error: SqlglotError) -> UserError:
    details = getattr(error, "errors", None) or [{}]
    first = details[0]
    message = str(first.get("description") or error).split("\n", 1)[0].rstrip(".")
    line, column = first.get("line"), first.get("col")
    known = isinstance(line, int) and isinstance(column, int) and 0 < line <= sql.count("\n") + 1
    where = Place("SQL", line, max(column, 1), sql.split("\n")[line - 1]) if known else None
    return UserError(f"this SQL does not parse: {message}", place=where)

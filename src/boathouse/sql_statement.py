"""SQL statements of a file: each by itself, and what is wrong with one, as far as that is known without a workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from boathouse.quoting import sql_name

# A name or a text between its quotes, a comment to the end of its line, or any other character.
TOKEN = re.compile(r"`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'|--[^\n]*|.", re.DOTALL)
NAME = r"`(?:[^`]|``)+`"
TABLE = rf"{NAME}\.{NAME}\.{NAME}"
TEXT = r"'(?:[^'\\]|\\.|'')*'"
PAIRS = rf"\({TEXT} = {TEXT}(?:, {TEXT} = {TEXT})*\)"
PRIVILEGES = "USE CATALOG|USE SCHEMA|SELECT|MODIFY|CREATE TABLE|READ VOLUME|WRITE VOLUME|EXECUTE"

# What sqlglot takes for a command that it does not know, and so would take in any form.
FORMS = tuple(
    re.compile(form)
    for form in (
        rf"CREATE VOLUME IF NOT EXISTS {TABLE}(?: COMMENT {TEXT})?",
        rf"GRANT (?:{PRIVILEGES})(?:, (?:{PRIVILEGES}))* ON (?:CATALOG {NAME}|SCHEMA {NAME}\.{NAME}|VOLUME {TABLE}) TO {NAME}",
        rf"ALTER SCHEMA {NAME}\.{NAME} SET TAGS {PAIRS}",
        rf"ALTER TABLE {TABLE} ALTER COLUMN {NAME} SET TAGS {PAIRS}",
        rf"ALTER TABLE {TABLE} ALTER COLUMN {NAME} SET MASK {TABLE}",
        rf"ALTER TABLE {TABLE} DROP PRIMARY KEY IF EXISTS CASCADE",
        rf"ALTER TABLE {TABLE} SET ROW FILTER {TABLE} ON \((?:{NAME}(?:, {NAME})*)?\)",
    )
)
KNOWN = (exp.Create, exp.Comment, exp.Alter)  # what else such a file may do


def statements(text: str) -> Iterator[str]:
    """Split a file at its semicolons, not at those within quotes or comments; comments and empty lines go."""
    parts: list[str] = []
    for part in TOKEN.findall(text):
        if part == ";":
            if said := "".join(parts).strip():
                yield said
            parts = []
        elif not part.startswith("--"):
            parts.append(part)
    if said := "".join(parts).strip():
        yield said


def words(statement: str) -> str:
    """Give what a statement says without its names and texts."""
    return "".join(part for part in TOKEN.findall(statement) if part[0] not in "`'")


def in_catalog(statement: str, catalog: str) -> str:
    """Have a statement speak of another catalog; what stands in its texts stays."""
    parts = TOKEN.findall(statement)
    starts = [at for at, part in enumerate(parts) if part[0] == "`" and _starts_name(parts, at)]
    for at in starts:
        parts[at] = sql_name(catalog, "databricks")
    return "".join(parts)


def _starts_name(parts: list[str], at: int) -> bool:
    """Tell whether a quoted name is the first of several; of a column's there is one, and a table's has three."""
    return parts[at + 1 : at + 2] == ["."] and parts[max(at - 1, 0)] != "."


def fault(statement: str) -> str:
    """Say what is wrong with a statement; "" where nothing is."""
    if any(form.fullmatch(statement) for form in FORMS):
        return ""
    try:
        tree = parse_one(statement, dialect="databricks")
    except SqlglotError as error:
        return str(error).split("\n", 1)[0]
    if isinstance(tree, KNOWN) and not list(tree.find_all(exp.Command)):
        return ""
    return f"`{statement.split('(', 1)[0][:60].strip()}` is no statement that is known here"

"""Masks: functions that hide personal data from all but a few, and the statements that put them on columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from boathouse.destination import Destination
from boathouse.governance.personal_data import PersonalColumn
from boathouse.names import OPS, TableName, slug
from boathouse.quoting import sql_name, sql_text

# What others see of a text: of an address its provider, of a number its end, by which people recognise their own.
SHOWN = {
    "email": "concat('***', coalesce(regexp_extract(value, '@[^@]*$', 0), ''))",
    "phone": "concat('***', right(value, 2))",
    "ssn": "concat('***-**-', right(value, 4))",
    "card": "concat('****', right(value, 4))",
}
NOTHING = "'***'"
ROWS = "sees_refused_rows"


def mask_functions(columns: Iterable[PersonalColumn], who: Sequence[str], to: Destination) -> Iterator[str]:
    """Write a function for each kind and type: a function's type is its column's."""
    members = " OR ".join(f"is_account_group_member({_text(group)})" for group in dict.fromkeys(who))
    for kind, type_ in sorted({(column.kind, column.type) for column in columns}):
        # A text that is there stays one that is there: what counts values counts the same for everybody.
        shown = f"nvl2(value, {SHOWN.get(kind, NOTHING)}, NULL)" if type_ == "string" else f"CAST(NULL AS {type_})"
        yield (
            f"CREATE OR REPLACE FUNCTION {_function(_mask(kind, type_), to)}(value {type_}) RETURNS {type_}\n"
            f"COMMENT {_text(f'Shows {kind} to those who may see it, and to the jobs that compute with it.')}\n"
            f"RETURN CASE WHEN {members} THEN value ELSE {shown} END"
        )


def masks(columns: Iterable[PersonalColumn], to: Destination) -> Iterator[str]:
    """Put a mask on each column; set again, it takes the place of the one that is there."""
    for column in columns:
        function = _function(_mask(column.kind, column.type), to)
        yield f"ALTER TABLE {to.quoted(column.table)} ALTER COLUMN {_name(column.column)} SET MASK {function}"


def row_filter(quarantines: Sequence[TableName], who: Sequence[str], to: Destination) -> Iterator[str]:
    """Hide rows that were refused: they are as they arrived, and personal data may stand in any of their columns."""
    if not quarantines:
        return
    members = " OR ".join(f"is_account_group_member({_text(group)})" for group in dict.fromkeys(who))
    yield (
        f"CREATE OR REPLACE FUNCTION {_function(ROWS, to)}() RETURNS BOOLEAN\n"
        f"COMMENT {_text('Tells whether one may see rows that a contract refused, as they arrived.')}\n"
        f"RETURN {members}"
    )
    for table in quarantines:
        yield f"ALTER TABLE {to.quoted(table)} SET ROW FILTER {_function(ROWS, to)} ON ()"


def _mask(kind: str, type_: str) -> str:
    return f"mask_{slug(kind)}" if type_ == "string" else f"mask_{slug(kind)}_{slug(type_)}"


def _function(name: str, to: Destination) -> str:
    return ".".join(map(_name, (to.catalog, to.of(OPS), name)))


def _name(name: str) -> str:
    return sql_name(name, "databricks")


def _text(text: str) -> str:
    return sql_text(text, "databricks")

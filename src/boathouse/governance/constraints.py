"""Constraints: what a table's contract promises, as Delta and Unity Catalog keep it."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.action import Action
from boathouse.destination import Destination
from boathouse.dialect import is_by_row
from boathouse.ml.features.feature_view import PROPERTY
from boathouse.ml.features.project_views import feature_view
from boathouse.names import TableName
from boathouse.pipeline import Rule
from boathouse.plan import Plan
from boathouse.quoting import sql_name, sql_text
from boathouse.relation import Relation


def not_null(action: Action, to: Destination) -> Iterator[str]:
    """Write the columns that never are null."""
    for column in action.schema:
        if not column.nullable:
            yield f"ALTER TABLE {to.quoted(action.name)} ALTER COLUMN {_name(column.name)} SET NOT NULL"


def checks(action: Action, to: Destination) -> Iterator[str]:
    """Write the rules that a row keeps by itself; a rule that drops rows holds of those that stay.

    Delta takes a condition that is NULL for broken, and a contract takes it for kept.
    """
    table = to.quoted(action.name)
    for rule in action.table.contract.rules:
        if is_condition(rule):
            kept = rule.check.row(_relation(action, to))
            kept = f"{kept}\n" if "--" in kept else kept  # a comment of the user's ends before the bracket
            yield from _anew(table, rule.name, f"CHECK (coalesce(({kept}), TRUE))")


def is_condition(rule: Rule) -> bool:
    """Tell whether a rule asks one row and nothing else: no other row or table, and not the clock."""
    check = rule.check
    asks_row = check.by_row and check.alone and not check.asks_time and not check.asks_before and not check.reads()
    return rule.action != "warn" and asks_row and all(is_by_row(sql) for sql in check.expressions())


def has_primary_key(action: Action) -> bool:
    """Tell whether the contract's key can be a primary key, none of whose columns may be null."""
    key = action.table.contract.key
    return bool(key) and not any(action.schema[name].nullable for name in key)


def no_primary_key(action: Action) -> Iterator[str]:
    """Say why a key is no primary key."""
    key = action.table.contract.key
    if key and not has_primary_key(action):
        nullable = next(name for name in key if action.schema[name].nullable)
        wanted = f"{nullable}: {action.schema[nullable].type} not null"
        yield f"-- {action.name} has no primary key, for its contract lets {nullable} be null; write `{wanted}` there"


def primary_key(action: Action, to: Destination) -> Iterator[str]:
    """Write the key, which Databricks believes; the pipeline asks it of each build. Foreign keys to it go, and come after."""
    table, times = to.quoted(action.name), action.table.feature_view
    at = times.timestamp_column if times else None  # such a table is one that features are looked up in, by time
    key = (f"{_name(name)} TIMESERIES" if name == at else _name(name) for name in action.table.contract.key)
    yield f"ALTER TABLE {table} DROP PRIMARY KEY IF EXISTS CASCADE"
    yield f"ALTER TABLE {table} ADD CONSTRAINT {_name(f'{action.name.table}_key')} PRIMARY KEY ({', '.join(key)}) NOT ENFORCED"


def feature_table(action: Action, to: Destination) -> Iterator[str]:
    """Write what a gold table is as a feature view, where `get_feature_store` on Databricks looks for it."""
    view = feature_view(action.table, action.schema)
    if view is None:
        return
    if view.created_timestamp_column is not None:
        yield f"-- {action.name} is no feature table here: lookups of Unity Catalog know one time a row"
        return
    said = f"{sql_text(PROPERTY, 'databricks')} = {sql_text(view.to_json(), 'databricks')}"
    yield f"ALTER TABLE {to.quoted(action.name)} SET TBLPROPERTIES ({said})"


def foreign_keys(plan: Plan, action: Action, to: Destination) -> Iterator[str]:
    """Write the references to columns that are another table's primary key."""
    keys = {other.name: other.table.contract.key for other in plan.actions if has_primary_key(other)}
    for rule in action.table.contract.rules:
        promise = rule.check.promise(_relation(action, to))
        if promise is None or promise.kind != "relationship":
            continue
        parent, column = TableName.parse(promise.says["table"]), promise.says["column"]
        if keys.get(parent) == (column,):
            there = f"{to.quoted(parent)} ({_name(column)})"
            key = f"FOREIGN KEY ({_name(promise.column)}) REFERENCES {there} NOT ENFORCED"
            yield from _anew(to.quoted(action.name), f"{action.name.table}_{rule.name}", key)


def _anew(table: str, name: str, what: str) -> Iterator[str]:
    """Add a constraint so that it can be done twice, and changed."""
    yield f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {_name(name)}"
    yield f"ALTER TABLE {table} ADD CONSTRAINT {_name(name)} {what}"


def _relation(action: Action, to: Destination) -> Relation:
    return Relation(action.name.table, action.schema, "databricks", others=action.inputs, place=to.quoted)


def _name(name: str) -> str:
    return sql_name(name, "databricks")

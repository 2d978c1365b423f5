"""dbt tests: the rules of a contract in dbt's own words where it has them, and as queries where it has none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from boathouse.action import Action
from boathouse.dbt import jinja_text
from boathouse.dbt.text import comment, line, lines, place, reference
from boathouse.names import TableName
from boathouse.pipeline import Rule
from boathouse.promise import Promise
from boathouse.relation import Relation
from boathouse.sql_pair.reserved_words import is_plain

Entry = str | dict[str, Any]  # of `data_tests`


@dataclass
class TableTests:
    """The tests of one table: those of its columns, those of all of them, queries in files, and what dbt cannot ask."""

    columns: dict[str, list[Entry]] = field(default_factory=dict)
    table: list[Entry] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    unasked: list[Rule] = field(default_factory=list)


def tests_of(action: Action) -> TableTests:
    """Write what the finished table promises; rows that break a `drop` rule are in its quarantine by then."""
    found = TableTests()
    for column in action.schema:
        if not column.nullable:
            found.columns.setdefault(column.name, []).append(
                _entry("not_null", _implied(action, "not_null", column.name))
            )
    if action.table.contract.key:
        _add_key(found, action)
    for rule in action.table.contract.rules:
        if rule.action != "drop":
            _add(found, action, rule)
    return found


def _add_key(found: TableTests, action: Action) -> None:
    key = action.table.contract.key
    if len(key) == 1 and not action.schema[key[0]].nullable:
        found.columns.setdefault(key[0], []).append(_entry("unique", _implied(action, "unique", key[0])))
    else:
        found.table.append(_entry("unique_combination_of_columns", f"{action.name.flat}_key", {"columns": list(key)}))


def _implied(action: Action, test: str, column: str) -> str:
    """Name a test where the name that dbt would make of the column's might be another's, too."""
    return "" if is_plain(column) else f"{action.name.flat}_{test}_{action.schema.names.index(column) + 1}"


def _add(found: TableTests, action: Action, rule: Rule) -> None:
    if rule.check.asks_before:
        found.unasked.append(rule)
        return
    name = f"{action.name.flat}_{rule.name}"
    promise = rule.check.promise(action.relation("", "databricks"))
    known = _in_words_of_dbt(promise, action) if promise else None
    if known:
        test, column, arguments = known
        entry = _entry(test, name, arguments, rule)
        (found.columns.setdefault(column, []) if column else found.table).append(entry)
        return
    condition = _condition(action, rule)
    if "{{" in condition:
        found.files[f"tests/{name}.sql"] = _query(action, rule)
    else:
        test = "holds_for_each_row" if rule.check.alone else "holds_for_all_rows"
        found.table.append(_entry(test, name, {"condition": condition}, rule))


def _entry(test: str, name: str, arguments: dict[str, Any] | None = None, rule: Rule | None = None) -> Entry:
    config = {"config": {"severity": "warn"}} if rule and rule.action == "warn" else {}
    said = {**({"name": name} if name else {}), **({"arguments": arguments} if arguments else {}), **config}
    return {test: said} if said else test


def _in_words_of_dbt(promise: Promise, action: Action) -> tuple[str, str, dict[str, Any]] | None:
    """Find the test that dbt has for a promise: its name, its column, and its arguments."""
    column = promise.column
    if promise.metric == "nullValues" and promise.allows_none and not promise.in_percent:
        return "not_null", column, {}
    if promise.metric == "duplicateValues":
        columns = [column] if column else list(promise.arguments["properties"])
        if len(columns) == 1 and not action.schema[columns[0]].nullable:
            return "unique", columns[0], {}
        return "unique_combination_of_columns", "", {"columns": columns}
    if promise.kind == "relationship" and is_plain(str(promise.says["column"])):
        to = reference(TableName.parse(str(promise.says["table"])))
        return "relationships", column, {"to": to, "field": promise.says["column"]}
    if promise.metric == "invalidValues" and set(promise.arguments) == {"validValues"}:
        return _accepted(column, promise.arguments["validValues"])
    return None


def _accepted(column: str, values: list[Any]) -> tuple[str, str, dict[str, Any]] | None:
    """Write accepted_values, which puts texts between quotes as they are, and all values alike."""
    texts = [isinstance(value, str) for value in values]
    if all(texts) and not any(jinja_text.literal(value) != f"'{value}'" for value in values):
        return "accepted_values", column, {"values": values}
    if not any(texts) and not any(isinstance(value, bool) for value in values):
        return "accepted_values", column, {"values": values, "quote": False}
    return None


def _condition(action: Action, rule: Rule) -> str:
    table = action.relation("")
    return line(lambda t: rule.check.row(t) if rule.check.alone else rule.check.holds(t), table)


def _query(action: Action, rule: Rule) -> str:
    """Write a rule as a query that gives what breaks it."""
    config = ["{{ config(severity='warn') }}", ""] if rule.action == "warn" else []

    def form(t: Relation) -> str:
        read = place(action.name, t.dialect)
        if rule.check.alone:
            return f"SELECT * FROM {read} WHERE NOT ({rule.check.row(t)}\n)"
        return f"SELECT holds FROM (SELECT {rule.check.holds(t)} AS holds FROM {read}) AS asked WHERE NOT holds"

    said = comment(f"Generated by Boathouse: {rule.name} of {action.name} is {rule.written}")
    return "\n".join([*said, "", *config, *lines(form, action.relation("")), ""])

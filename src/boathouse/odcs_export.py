"""ODCS export: the contracts of tables as one document of the Open Data Contract Standard."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from boathouse import check
from boathouse.action import Action
from boathouse.names import TableName
from boathouse.odcs_types import written_type
from boathouse.pipeline import Rule
from boathouse.plan import Plan
from boathouse.promise import Promise
from boathouse.quoting import Dialect, sql_name
from boathouse.relation import Relation
from boathouse.schema import Column
from boathouse.yaml_line import yaml_block

API_VERSION = "v3.2.0"
ENGINE = "boathouse"
SEVERITY = {"drop": "error", "fail": "error", "warn": "warning"}


@dataclass(frozen=True)
class Unsaid:
    """What a document of the standard says only to us."""

    table: TableName
    rule: str
    says: str


@dataclass(frozen=True)
class Document:
    """A data contract as plain data, the tables in it, and what it could not say in the standard's own words."""

    data: dict[str, Any]
    tables: tuple[TableName, ...]
    unsaid: tuple[Unsaid, ...]

    @property
    def file(self) -> str:
        """Name its file, as the standard has it."""
        return f"{self.data['name']}.odcs.yaml"

    @property
    def text(self) -> str:
        return yaml_block(self.data)


@dataclass(frozen=True)
class Said:
    """A rule in the standard's words: where it belongs, and its entry there."""

    rule: Rule
    promise: Promise | None
    entry: dict[str, Any]


def export(plan: Plan, tables: Sequence[TableName], target: tuple[str, str]) -> Document:
    """Write the contracts of these tables; the same contracts give the same document."""
    actions = [plan.action(name) for name in tables]
    said = {action.name: [_said(rule, action) for rule in action.table.contract.rules] for action in actions}
    objects = [_object(action, said[action.name]) for action in actions]
    services = [_service(action, each) for action in actions for each in said[action.name] if _kind(each) == "service"]
    project = plan.pipeline.project
    promised: dict[str, Any] = {"schema": objects, **({"slaProperties": services} if services else {})}
    digest = sha256(json.dumps(promised, sort_keys=True, default=str).encode()).hexdigest()[:8]
    name = project if len(tables) != 1 else f"{project}-{tables[0].flat}"
    data = {
        "apiVersion": API_VERSION, "kind": "DataContract", "id": name, "name": name, "version": f"1.0.0+{digest}", "status": "active",
        # Queries are in the dialect of the server; this is where `boathouse export databricks` puts the tables.
        "servers": [{"server": "databricks", "type": "databricks", "catalog": target[0], "schema": target[1]}],
        **promised,
    }  # fmt: skip
    unsaid = tuple(line for action in actions for line in _unsaid(action.name, said[action.name]))
    return Document(data, tuple(tables), unsaid)


def relation(action: Action) -> Relation:
    """Give the table as queries of the document name it and its neighbours: by the flat names of the notebooks."""
    return Relation(action.name.flat, action.schema, "databricks", others=action.inputs, place=_flat)


def _flat(name: TableName, dialect: Dialect) -> str:
    return sql_name(name.flat, dialect)


def _said(rule: Rule, action: Action) -> Said:
    promise = rule.check.promise(relation(action))
    custom: dict[str, str] = {"onFail": rule.action}
    if promise is None:
        entry: dict[str, Any] = {
            "name": rule.name,
            "type": "custom",
            "engine": ENGINE,
            "implementation": rule.check.written,
        }
        return Said(rule, None, _with_custom({**entry, "severity": SEVERITY[rule.action]}, custom))
    typed = Promise(
        promise.kind, promise.says, promise.column, action.schema[promise.column].type if promise.column else ""
    )
    if check.of(typed) != rule.check:  # the standard's words say the same, but not which check it was
        custom["check"] = rule.check.written
    if promise.kind in ("relationship", "service"):
        says = promise.says
        entry = (
            {"to": f"{TableName.parse(says['table']).flat}.{says['column']}"}
            if promise.kind == "relationship"
            else dict(says)
        )
        return Said(rule, promise, _with_custom(entry, {"rule": rule.name, **custom}))
    kind = {"type": "sql"} if promise.kind == "sql" else {}
    entry = {"name": rule.name, **kind, **promise.says, "severity": SEVERITY[rule.action]}
    return Said(rule, promise, _with_custom(entry, custom))


def _with_custom(entry: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    return {
        **entry,
        "customProperties": [{"property": key, "value": value, "vendor": ENGINE} for key, value in values.items()],
    }


def _object(action: Action, said: Sequence[Said]) -> dict[str, Any]:
    quality = [each.entry for each in said if _column(each) == "" and _kind(each) in ("metric", "sql", "custom")]
    made: dict[str, Any] = {
        "name": action.name.flat,
        "physicalName": action.name.flat,
        "physicalType": "table",
        "logicalType": "object",
    }
    made |= {"description": action.table.about} if action.table.about else {}
    made |= {"properties": [_property(column, action, said) for column in action.schema]}
    return made | ({"quality": quality} if quality else {})


def _property(column: Column, action: Action, said: Sequence[Said]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": column.name, **written_type(column.type)}
    made |= {"description": column.description} if column.description else {}
    made |= {} if column.nullable else {"required": True}
    key = action.table.contract.key
    if column.name in key:
        made |= {"primaryKey": True, "primaryKeyPosition": key.index(column.name) + 1}
    own = [each for each in said if _column(each) == column.name]
    links = [each.entry for each in own if _kind(each) == "relationship"]
    quality = [each.entry for each in own if _kind(each) in ("metric", "sql")]
    return made | ({"relationships": links} if links else {}) | ({"quality": quality} if quality else {})


def _service(action: Action, said: Said) -> dict[str, Any]:
    return {**said.entry, "element": f"{action.name.flat}.{_column(said)}"}


def _kind(said: Said) -> str:
    return said.promise.kind if said.promise else "custom"


def _column(said: Said) -> str:
    return said.promise.column if said.promise else ""


def _unsaid(table: TableName, said: Sequence[Said]) -> Iterator[Unsaid]:
    for each in said:
        if each.promise is None:
            yield Unsaid(
                table, each.rule.name, f"`{each.rule.written}` has no word in the standard: others do not ask it"
            )
        if each.rule.action == "drop":
            yield Unsaid(table, each.rule.name, "the standard has no quarantine: others see a rule that must hold")

"""ODCS import: a document of the Open Data Contract Standard becomes the contracts of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from boathouse.errors import FileError, UnknownName, UserError
from boathouse.names import LAYERS, TableName, slug
from boathouse.odcs_entries import (
    Document,
    Object,
    entries_of,
    left,
    left_of_object,
    listed_at,
    physical_name,
    services_of,
)
from boathouse.odcs_quality import Entry, Unheld
from boathouse.odcs_rules import held
from boathouse.odcs_types import read_type
from boathouse.pipeline import Contract
from boathouse.quoting import Dialect, sql_name
from boathouse.relation import Relation
from boathouse.schema import Column, Schema
from boathouse.yaml_file import Path_, YamlText

READ_OF_FILE = {"apiVersion", "kind", "id", "name", "version", "status", "schema", "slaProperties", "slaDefaultElement"}

FORMS: dict[str, type] = {
    "required": bool, "unique": bool, "primaryKey": bool, "primaryKeyPosition": int, "enum": list, "logicalTypeOptions": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """A table's contract as a document has it, what its authors say of the rules, and what no run will ask."""

    table: TableName
    contract: Contract
    told: Mapping[str, str] = field(default_factory=dict)
    unheld: tuple[Unheld, ...] = ()


def read(
    text: YamlText, schemas: Mapping[TableName, Schema | None], chosen: TableName | None = None
) -> tuple[Imported, ...]:
    """Read a document for a project with these tables (and their columns, where they are known).

    `chosen` is the table that a document of one object is for.
    """
    whole = _checked(text)
    objects, strange = _objects(text, whole["schema"], tuple(schemas), chosen)
    document = Document(text, objects, tuple(schemas))
    found = [_imported(document, each, schemas) for each in objects]
    around = (*left(text, (), whole, READ_OF_FILE), *strange)
    return (replace(found[0], unheld=_ordered((*found[0].unheld, *around))), *found[1:])


def _ordered(unheld: Iterable[Unheld]) -> tuple[Unheld, ...]:
    return tuple(sorted(unheld, key=lambda left: (left.place.line, left.place.column) if left.place else (0, 0)))


def _checked(text: YamlText) -> dict[str, Any]:
    data = text.data
    if not isinstance(data, dict) or data.get("kind") != "DataContract":
        raise FileError(
            "this is no data contract",
            place=text.place(("kind",)),
            hint="the standard's begin with `kind: DataContract`",
        )
    version = str(data.get("apiVersion", ""))
    if not version.startswith("v3."):
        hint = "bring it to version 3 of the standard first"
        raise FileError(
            f"`apiVersion` is {version or 'missing'}, and v3.x is read", place=text.place(("apiVersion",)), hint=hint
        )
    _ = listed_at(text, ("schema",)), listed_at(text, ("slaProperties",))
    if not data.get("schema"):
        raise FileError("the contract has no `schema`", place=text.place(("schema",)))
    return data


def _objects(
    text: YamlText, listed: list[dict[str, Any]], known: tuple[TableName, ...], chosen: TableName | None
) -> tuple[list[Object], list[Unheld]]:
    found: list[Object] = []
    strange: list[Unheld] = []
    if chosen and len(listed) > 1:
        listed_names = [str(said.get("name")) for said in listed]
        raise UserError(
            f"the document holds {len(listed)} tables: {', '.join(listed_names)}", hint="leave --table away"
        )
    for at, said in enumerate(listed):
        path: Path_ = ("schema", at)
        name = str(said.get("physicalName") or said.get("name") or "")
        table = chosen or next((each for each in _named(said) if each in known), None) or _only(name, known)
        if table is None:
            strange.append(
                Unheld(f"the table {name}", "no table of the project is called so", text.place((*path, "name")))
            )
            continue
        if table in [each.table for each in found]:
            raise FileError(f"{table} is there twice", place=text.place((*path, "name")))
        columns = {
            _column_name(text, (*path, "properties", n), p): str(p.get("physicalName") or p["name"])
            for n, p in enumerate(listed_at(text, (*path, "properties")))
        }
        found.append(Object(path, said, table, columns))
    if not found:
        first = str(listed[0].get("physicalName") or listed[0].get("name") or "")
        error = UnknownName("table", first, map(str, known), place=text.place(("schema", 0, "name")))
        error.hint = f"{error.hint}; or say which with --table".removeprefix("; ")
        raise error
    return found, strange


def _column_name(text: YamlText, path: Path_, said: Mapping[str, Any]) -> str:
    """Give a property's name, once what it says has the form that it must have; `yes` is text in YAML 1.2, and no promise."""
    for key, kind in FORMS.items():
        if said.get(key) is not None and not isinstance(said[key], kind):
            wanted = {bool: "true or false", list: "a list", dict: "`key: value` pairs", int: "a number"}[kind]
            raise FileError(f"`{key}`: expected {wanted}, found `{said[key]}`", place=text.place((*path, key)))
    if not isinstance(said.get("name"), str) or not said["name"]:
        raise FileError("a property wants a name", place=text.place(path))
    return str(said["name"])


def _named(said: Mapping[str, Any]) -> Iterator[TableName]:
    """Read silver.customers, silver_customers and catalog.schema.silver_customers as the table that each means."""
    for key in ("physicalName", "name", "id"):
        words = str(said.get(key) or "").split(".")
        if len(words) > 1 and words[-2] in LAYERS:
            yield TableName(words[-2], words[-1])
        layer, _, table = words[-1].partition("_")
        if layer in LAYERS and table:
            yield TableName(layer, table)


def _only(name: str, known: tuple[TableName, ...]) -> TableName | None:
    """Find the one table with this name, whatever its layer."""
    same = [each for each in known if each.table == slug(name.rsplit(".", maxsplit=1)[-1])]
    return same[0] if len(same) == 1 else None


def _imported(document: Document, source: Object, schemas: Mapping[TableName, Schema | None]) -> Imported:
    written = _schema(document.text, source)
    keys = [
        (said.get("primaryKeyPosition", -1), at, physical_name(said))
        for at, said in enumerate(source.properties)
        if said.get("primaryKey") is True
    ]
    columns = written if written.columns else schemas.get(source.table) or written
    others = {str(name): schema for name, schema in schemas.items() if schema}
    entries = [*entries_of(document, source), *services_of(document, source)]
    relation = Relation(source.table.flat, columns, "databricks", others=others, place=_flat)
    made = held((each for each in entries if isinstance(each, Entry)), relation)
    unheld = (
        *made.unheld,
        *(each for each in entries if isinstance(each, Unheld)),
        *left_of_object(document.text, source),
    )
    contract = Contract(written if written.columns else None, tuple(name for _, _, name in sorted(keys)), made.rules)
    return Imported(source.table, contract, dict(made.told), _ordered(unheld))


def _flat(name: TableName, dialect: Dialect) -> str:
    return sql_name(name.flat, dialect)


def _schema(text: YamlText, source: Object) -> Schema:
    columns = []
    for at, said in enumerate(source.properties):
        kind, place = (
            read_type(said),
            text.place((*source.path, "properties", at, "physicalType" if "physicalType" in said else "name")),
        )
        if not kind:
            shown = said.get("physicalType") or said.get("logicalType") or "missing"
            raise FileError(
                f"the type of `{said['name']}` is {shown}",
                place=place,
                hint="write one of the lake's as physicalType, such as string",
            )
        columns.append(Column(physical_name(said), kind, nullable=said.get("required") is not True))
    try:
        return Schema(tuple(columns))
    except UserError as error:
        raise error.at(text.place((*source.path, "properties"))) from None

"""ODCS entries: every promise that a document of the standard makes of one table, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from boathouse.errors import FileError, Place
from boathouse.names import TableName, slug
from boathouse.odcs_quality import Entry, Unheld, action_of, custom_of, quality, snake
from boathouse.odcs_types import FORMATS, longest, read_type
from boathouse.promise import Promise
from boathouse.yaml_file import Path_, YamlText

READ_OF_OBJECT = {"id", "name", "physicalName", "physicalType", "logicalType", "properties", "quality", "relationships"}
READ_OF_PROPERTY = {"id", "name", "physicalName", "physicalType", "logicalType", "logicalTypeOptions", "required", "unique", "primaryKey",
                    "primaryKeyPosition", "enum", "quality", "relationships", "items", "map", "properties"}  # fmt: skip
SILENT: tuple[object, ...] = (None, False, -1, "", [], {})  # a key with one of these says nothing


@dataclass(frozen=True)
class Object:
    """One object of the document's schema: the table that it is, and its columns by their logical names."""

    path: Path_
    said: Mapping[str, Any]
    table: TableName
    columns: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(self.said[key]) for key in ("name", "physicalName", "id") if self.said.get(key))

    @property
    def properties(self) -> Sequence[Mapping[str, Any]]:
        return self.said.get("properties") or ()


@dataclass(frozen=True)
class Document:
    """What the entries of one object may point to: the text, all objects, and the tables of the project."""

    text: YamlText
    objects: Sequence[Object]
    tables: Sequence[TableName]

    def column(self, reference: str, near: TableName | None = None) -> tuple[TableName, str] | None:
        """Find what `users.id` or `schema/users_tbl/properties/id` is: a table, and a column by its physical name.

        Of two tables that are called so, the one in the layer of `near` is meant.
        """
        path = reference.split("/")
        if len(path) == 4 and path[::2] == ["schema", "properties"]:  # noqa: PLR2004 - schema/ID/properties/ID
            return self._by_id(path[1], path[3])
        for each in self.objects:
            for name in each.names:
                if reference.startswith(f"{name}."):
                    column = reference.removeprefix(f"{name}.")
                    return each.table, each.columns.get(column, column)
        table, _, column = reference.rpartition(".")
        same = [name for name in self.tables if table in (name.flat, str(name), name.table)]
        same = [name for name in same if len(same) == 1 or (near and name.layer == near.layer)]
        return (same[0], column) if len(same) == 1 else None

    def _by_id(self, table: str, column: str) -> tuple[TableName, str] | None:
        for each in self.objects:
            for said in each.properties:
                if each.said.get("id") == table and said.get("id") == column:
                    return each.table, physical_name(said)
        return None


def entries_of(document: Document, source: Object) -> Iterator[Entry | Unheld]:
    """Give what is promised of a table, column by column and then of all of it, in the order of the document."""
    text = document.text
    for at, said in enumerate(source.properties):
        path: Path_ = (*source.path, "properties", at)
        about = Promise("unique", {}, physical_name(said), read_type(said), source.names)
        yield from _keys(text, path, said, about)
        for n, link in enumerate(listed_at(text, (*path, "relationships"))):
            yield _link(document, link, about, source.table, text.place((*path, "relationships", n)))
        for n, entry in enumerate(listed_at(text, (*path, "quality"))):
            yield from quality(entry, text.place((*path, "quality", n)), about)
    for n, link in enumerate(listed_at(text, (*source.path, "relationships"))):
        yield _link_of_table(document, link, source, text.place((*source.path, "relationships", n)))
    for n, entry in enumerate(listed_at(text, (*source.path, "quality"))):
        about = Promise("sql", {}, names=source.names)
        yield from quality(_physical(entry, source), text.place((*source.path, "quality", n)), about)


def _keys(text: YamlText, path: Path_, said: Mapping[str, Any], about: Promise) -> Iterator[Entry | Unheld]:
    """Read unique, enum and the options of the logical type."""
    name = slug(about.column)
    if said.get("unique") is True:
        yield Entry(about, f"{name}_unique", "fail", text.place((*path, "unique")))
    if isinstance(said.get("enum"), list):
        values = [each.get("value") if isinstance(each, dict) else each for each in said["enum"]]
        yield Entry(
            replace(about, kind="enum", says={"values": values}), f"{name}_enum", "fail", text.place((*path, "enum"))
        )
    given = said.get("logicalTypeOptions")
    options = {str(key): _text(value) for key, value in given.items()} if isinstance(given, dict) else {}
    most = longest(said)
    options |= {"maxLength": most} if most is not None and "maxLength" not in options else {}
    if about.type and options.get("format") in FORMATS:
        del options["format"]
    place = text.place((*path, "logicalTypeOptions" if given else "physicalType"))
    for says in _together(options):
        yield Entry(
            replace(about, kind="option", says=says),
            f"{name}_{slug(snake(next(iter(says))))}" if len(says) == 1 else f"{name}_range",
            "fail",
            place,
        )


def _text(value: Any) -> Any:
    """Write a day or an instant, which YAML reads out of bare digits, as the text that the standard has."""
    return value.isoformat() if isinstance(value, date) else value


def _together(options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Take a minimum and a maximum as one range, and every other option by itself."""
    both = {key: options[key] for key in ("minimum", "maximum") if key in options}
    if len(both) > 1:
        yield both
    yield from ({key: value} for key, value in options.items() if len(both) == 1 or key not in both)


def _link(document: Document, link: Mapping[str, Any], about: Promise, near: TableName, place: Place) -> Entry | Unheld:
    to, custom = link.get("to"), custom_of(link)
    shown = f"relationship of {about.column} to {to}"
    if not isinstance(to, str):
        return Unheld(shown, "a check refers by one column", place)
    found = document.column(to, near)
    if found is None or found[0] not in document.tables:
        return Unheld(shown, "no table of the project is called so", place)
    says = {"table": str(found[0]), "column": found[1]}
    name = custom.get("rule") or f"{slug(about.column)}_known"
    return Entry(
        replace(about, kind="relationship", says=says), name, action_of(link), place, check=custom.get("check", "")
    )


def _link_of_table(document: Document, link: Mapping[str, Any], source: Object, place: Place) -> Entry | Unheld:
    start, to = (
        side[0] if isinstance(side, list) and len(side) == 1 else side for side in (link.get("from"), link.get("to"))
    )
    found = document.column(start, source.table) if isinstance(start, str) else None
    if found is None or found[0] != source.table:
        return Unheld(f"relationship of {start} to {to}", "a check refers by one column of its own table", place)
    return _link(
        document, {**link, "to": to}, Promise("relationship", {}, found[1], names=source.names), source.table, place
    )


def services_of(document: Document, source: Object) -> Iterator[Entry | Unheld]:
    """Give the service levels whose element is a column of this table; what names no table is for the only one."""
    text = document.text
    for at, said in enumerate(listed_at(text, ("slaProperties",))):
        place = text.place(("slaProperties", at))
        element = str(said.get("element") or text.data.get("slaDefaultElement") or "")
        found = document.column(element) if element else None
        if found is None and len(document.objects) == 1:
            found = source.table, source.columns.get(element, element)
        if (found is None and source is document.objects[0]) or (found and found[0] == source.table):
            column = found[1] if found else ""
            custom, says = (
                custom_of(said),
                {key: said[key] for key in ("property", "value", "unit") if said.get(key) is not None},
            )
            name = custom.get("rule") or f"{slug(column)}_{slug(str(said.get('property')))}"
            promise = Promise("service", says, column, names=source.names)
            yield Entry(promise, name, action_of(said), place, check=custom.get("check", ""))


def _physical(entry: Mapping[str, Any], source: Object) -> Mapping[str, Any]:
    """Call the columns of a rule of the whole table by their physical names."""
    given = entry.get("arguments")
    if not isinstance(given, dict) or not isinstance(given.get("properties"), list):
        return entry
    listed = given["properties"]
    return {
        **entry,
        "arguments": {**given, "properties": [source.columns.get(str(name), str(name)) for name in listed]},
    }


def physical_name(said: Mapping[str, Any]) -> str:
    return str(said.get("physicalName") or said["name"])


def listed_at(text: YamlText, path: Path_) -> list[dict[str, Any]]:
    """Give a list of mappings; a key that is missing has none."""
    *above, last = path
    given = text.at(tuple(above)).get(last)
    if given is None:
        return []
    if not isinstance(given, list):
        raise FileError(f"`{last}`: expected a list", place=text.place(path))
    for at, item in enumerate(given):
        if not isinstance(item, dict):
            raise FileError(f"`{last}`: expected `key: value` pairs, found `{item}`", place=text.place((*path, at)))
    return given


def left_of_object(text: YamlText, source: Object) -> Iterator[Unheld]:
    """List what is said of a table and its columns that asks nothing of rows, each key once."""
    yield from left(text, source.path, source.said, READ_OF_OBJECT)
    counts: dict[str, list[int]] = {}
    for at, said in enumerate(source.properties):
        for key in _unread(said, READ_OF_PROPERTY):
            counts.setdefault(key, []).append(at)
    for key, columns in counts.items():
        of = (
            f" of {len(columns)} columns" if len(columns) > 1 else f" of {physical_name(source.properties[columns[0]])}"
        )
        yield Unheld(f"{key}{of}", "it asks nothing of rows", text.place((*source.path, "properties", columns[0], key)))


def left(text: YamlText, path: Path_, said: Mapping[str, Any], known: set[str]) -> Iterator[Unheld]:
    for key in _unread(said, known):
        yield Unheld(key, "it asks nothing of rows", text.place((*path, key)))


def _unread(said: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    return (key for key, value in said.items() if key not in known and value not in SILENT)

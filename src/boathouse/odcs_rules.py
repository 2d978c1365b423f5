"""ODCS rules: what a data contract of the standard promises becomes rules, or is listed with the reason why it is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from boathouse import check
from boathouse.check import Check
from boathouse.errors import Place, UserError
from boathouse.names import IDENTIFIER, slug
from boathouse.odcs_export import ENGINE
from boathouse.pipeline import Rule, RuleAction
from boathouse.promise import OPERATORS, Promise
from boathouse.relation import Relation
from boathouse.step import free_name
from boathouse.yaml_line import yaml_line

ACTIONS = ("drop", "fail", "warn")
MILD = ("warning", "warn", "info", "information", "notice", "low", "minor")
SAID = {"metric": ("metric", "arguments", "unit", *OPERATORS), "sql": ("query", *OPERATORS)}
# Of 3.0, which said `rule` where 3.1 says `metric`.
OLD = {"duplicateCount": "duplicateValues", "nullCount": "nullValues", "rowCount": "rowCount"}
# Keys of an entry that are read, or that say only what the rest says too.
READ = {
    "name",
    "type",
    "rule",
    "description",
    "severity",
    "customProperties",
    "engine",
    "implementation",
    "id",
    *SAID["metric"],
    *SAID["sql"],
}


@dataclass(frozen=True)
class Unheld:
    """What a contract says and no run will ask, where it stands, and why."""

    what: str
    why: str
    place: Place | None = None


@dataclass(frozen=True)
class Entry:
    """One promise with all that stands around it: what it is called, what becomes of the run where it breaks."""

    promise: Promise
    name: str
    action: RuleAction
    place: Place
    told: str = ""  # what its author says of it
    check: str = ""  # which check of ours it was, where an export of ours says so


@dataclass(frozen=True)
class Held:
    """The rules that were made, what their authors say of them, and what is not held."""

    rules: tuple[Rule, ...] = ()
    told: tuple[tuple[str, str], ...] = ()  # a rule's name -> words
    unheld: tuple[Unheld, ...] = ()


def held(entries: Iterable[Entry], table: Relation) -> Held:
    """Make rules of promises, each tried on the columns that the contract has."""
    made = Held()
    for entry in entries:
        parts = list(entry.promise.parts())
        for at, part in enumerate(parts, start=1):
            named = entry if len(parts) == 1 else replace(entry, name=f"{entry.name}_{at}", check="")
            made = _with(made, replace(named, promise=part), table)
    return made


def _with(made: Held, entry: Entry, table: Relation) -> Held:
    try:
        found = _check(entry, table)
    except UserError as error:
        return replace(made, unheld=(*made.unheld, Unheld(_said(entry.promise), error.message, entry.place)))
    if found is None:
        return replace(made, unheld=(*made.unheld, Unheld(_said(entry.promise), _why(entry.promise), entry.place)))
    unheld, action = made.unheld, entry.action
    if action == "drop" and not found.by_row:
        action = "fail"
        unheld = (
            *unheld,
            Unheld(f"onFail: drop of {entry.name}", "it tells of no row that it is wrong, so it fails", entry.place),
        )
    taken = [rule.name for rule in made.rules]
    name = free_name(entry.name if IDENTIFIER.fullmatch(entry.name) else slug(entry.name), taken)
    told = entry.told or (entry.name if name != entry.name else "")
    rule = Rule(name, action, found, found.written)
    return Held((*made.rules, rule), (*made.told, *([(name, told)] if told else [])), unheld)


def _check(entry: Entry, table: Relation) -> Check | None:
    """Take the check that an export of ours names, while the standard's words still say the same; else what these say."""
    found = _own(entry, table) or check.of(entry.promise)
    if found is None or check.parse(found.written) != found:
        return None
    if found.reads():
        _ = [table.schema[name] for name in [entry.promise.column] if name]
    else:
        found.refuse(replace(table, dialect="duckdb"))
    return found


def _own(entry: Entry, table: Relation) -> Check | None:
    said = entry.promise
    if said.kind == "custom":
        return check.parse(entry.check)
    if not entry.check:
        return None
    try:
        named = check.parse(entry.check)
        promise = named.promise(table)
    except UserError:
        return None
    if promise is None:
        return None
    same = (promise.kind, promise.column, dict(promise.says)) == (said.kind, said.column, dict(said.says))
    return named if same else None


def quality(said: Mapping[str, Any], place: Place, about: Promise) -> Iterator[Entry | Unheld]:
    """Read one entry of `quality`; `about` says of which column and table."""
    kind = said.get("type") or "library"
    custom = custom_of(said)
    words = " ".join(str(said.get("description") or "").split())
    name = str(
        said.get("name")
        or f"{slug(about.column)}_" * bool(about.column)
        + slug(snake(str(said.get("metric") or said.get("rule") or kind)))
    )
    told = words if words != name else ""
    yield from (Unheld(f"quality.{key}", "nothing here acts on it", place) for key in said if key not in READ)
    if kind == "text":
        yield Unheld(f"text: {words or name}", "it is prose for people", place)
    elif kind == "custom":
        if said.get("engine") == ENGINE:
            promise = replace(about, kind="custom", says={"engine": ENGINE})
            yield Entry(promise, name, _action(said, custom), place, told, str(said.get("implementation", "")))
        else:
            yield Unheld(f"custom: {name}", f"it is for {said.get('engine') or 'another engine'}", place)
    elif kind in ("library", "sql"):
        metric = said.get("metric") or OLD.get(str(said.get("rule")))
        whole = {**said, "metric": metric} if kind == "library" else said
        says = {
            key: whole[key]
            for key in SAID["metric" if kind == "library" else "sql"]
            if whole.get(key) is not None and not (key == "unit" and whole[key] == "rows")
        }
        yield Entry(
            replace(about, kind="metric" if kind == "library" else "sql", says=says),
            name,
            _action(said, custom),
            place,
            told,
            custom.get("check", ""),
        )
    else:
        yield Unheld(f"quality of type {kind}", "the standard has text, library, sql and custom", place)


def custom_of(said: Mapping[str, Any]) -> dict[str, str]:
    """Read customProperties as a dict."""
    listed = said.get("customProperties")
    pairs = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {str(each.get("property")): str(each.get("value")) for each in pairs}


def _action(said: Mapping[str, Any], custom: Mapping[str, str]) -> RuleAction:
    """Say what becomes of the run: what our own exports say, or else how severe the rule is called."""
    if custom.get("onFail") in ACTIONS:
        return cast("RuleAction", custom["onFail"])
    return "warn" if str(said.get("severity", "")).lower() in MILD else "fail"


def action_of(said: Mapping[str, Any]) -> RuleAction:
    return _action(said, custom_of(said))


def snake(word: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in word)


def _said(promise: Promise) -> str:
    """Say it again on one line, as the file has it."""
    word = {"option": "logicalTypeOptions", "service": "slaProperties", "metric": "quality", "sql": "quality"}.get(
        promise.kind, promise.kind
    )
    said = yaml_line(dict(promise.says)) if promise.says else ""
    return " ".join(part for part in (word, f"of {promise.column}" if promise.column else "", said) if part)


def _why(promise: Promise) -> str:
    sign, number = promise.bound
    if promise.kind == "metric" and not promise.metric:
        return "it names no metric"
    if promise.kind in ("metric", "sql") and not sign:
        return "it compares with nothing, such as mustBe: 0"
    if promise.kind == "metric":
        return f"no check counts {promise.metric} that are {sign} {number}{' percent' if promise.in_percent else ''}"
    if promise.kind == "sql":
        return "only a query that counts the wrong rows of this table, mustBe: 0, becomes a check"
    return "no check asks that"

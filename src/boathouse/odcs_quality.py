"""ODCS quality: an entry of `quality` in a document of the standard, read as a promise with all that stands around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from boathouse.errors import Place
from boathouse.names import slug
from boathouse.odcs_export import ENGINE
from boathouse.pipeline import RuleAction
from boathouse.promise import OPERATORS, Promise

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
        yield Entry(_promise(said, about, kind), name, _action(said, custom), place, told, custom.get("check", ""))
    else:
        yield Unheld(f"quality of type {kind}", "the standard has text, library, sql and custom", place)


def _promise(said: Mapping[str, Any], about: Promise, kind: str) -> Promise:
    """Take what is promised out of an entry, in the words of today's standard."""
    metric = kind == "library"
    whole = {**said, "metric": said.get("metric") or OLD.get(str(said.get("rule")))} if metric else said
    said_here = {key: whole[key] for key in SAID["metric" if metric else "sql"] if whole.get(key) is not None}
    says = {key: value for key, value in said_here.items() if key != "unit" or value != "rows"}
    return replace(about, kind="metric" if metric else "sql", says=says)


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

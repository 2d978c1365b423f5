"""ODCS rules: what a data contract promises becomes rules, or is listed with the reason why it is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from boathouse import check
from boathouse.check import Check
from boathouse.errors import UserError
from boathouse.names import IDENTIFIER, slug
from boathouse.odcs_quality import Entry, Unheld
from boathouse.pipeline import Rule
from boathouse.promise import Promise
from boathouse.relation import Relation
from boathouse.step import free_name
from boathouse.yaml_line import yaml_line


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

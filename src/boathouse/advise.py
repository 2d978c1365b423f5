"""Advise: findings become recommendations, which a person accepts or rejects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from boathouse.errors import UnknownName
from boathouse.layout import Outline, key, layout, lookups
from boathouse.names import TableName
from boathouse.probe import ColumnProfile, MultiFindings
from boathouse.recommendation import ADVICE, PHASES, Advice, LeftOut, Phase, Recommendation, Subject
from boathouse.schema import Schema
from boathouse.table_draft import TableDraft, extend, tables_of

__all__ = ["Advice", "Recommendation", "TableDraft", "accept", "advise", "decide", "tables_of"]


# A table of more columns gets the steps that repair it, which take many columns each, and none of a column each: what
# is wide is to be narrowed first, and a chain of 30,000 steps over 10,000 columns would run for hours.
WIDE = 1000
COLUMN_BY_COLUMN: frozenset[Phase] = frozenset({
    "silver.missing", "silver.outliers", "features.dates", "features.skew", "features.encoding", "features.scaling",
})  # fmt: skip


def advise(findings: MultiFindings) -> Advice:
    """Recommend the steps of every table, phase by phase, so that each rule sees the columns that the steps before it leave."""
    lake: dict[TableName, Schema] = {}
    kept: list[Recommendation] = []
    left_out: list[LeftOut] = []
    for outline in layout(findings):
        if outline.role == "bronze":
            lake[outline.name] = outline.data.schema
            continue
        draft = _recommended(outline, findings, lake, kept)
        if draft.steps or outline.role == "silver":
            lake[outline.name] = draft.schema
        kept.extend(draft.steps)
        left_out.extend(draft.left_out)
    return Advice(_numbered(kept), tuple(left_out))


def _recommended(
    outline: Outline, findings: MultiFindings, lake: Mapping[TableName, Schema], before: Sequence[Recommendation]
) -> TableDraft:
    assert outline.reads is not None  # noqa: S101 - only bronze reads no table
    draft = TableDraft(outline.name, lake[outline.reads], outline.reads)
    start = Subject(
        outline.name,
        outline.data,
        findings,
        draft.schema,
        _fixed(outline, findings),
        lake,
        tuple(before),
        _origins(outline, findings),
    )
    for phase in PHASES:
        if phase.startswith(outline.role) and not _is_too_wide(phase, draft):
            draft = extend(draft, _proposed(phase, replace(start, schema=draft.schema)), lake)
    return _said_if_too_wide(draft, outline)


def _is_too_wide(phase: Phase, draft: TableDraft) -> bool:
    return phase in COLUMN_BY_COLUMN and len(draft.schema) > WIDE


def _said_if_too_wide(draft: TableDraft, outline: Outline) -> TableDraft:
    """Say which phases were left out of a wide table."""
    phases = [phase for phase in PHASES if phase.startswith(outline.role) and _is_too_wide(phase, draft)]
    if not phases:
        return draft
    reason = f"{len(draft.schema):,} columns are too many for a step each; choose columns first, or write the steps that you want"
    left = LeftOut(draft.name, {"steps of": [phase.rpartition(".")[2] for phase in phases]}, reason)
    draft = replace(draft, left_out=(*draft.left_out, left))
    return draft


def _fixed(outline: Outline, findings: MultiFindings) -> frozenset[str]:
    """Name the columns that no rule changes; among features, what other tables were joined by is a column like any other."""
    data = outline.data
    links = {
        column
        for link in findings.relationships
        for table, column in ((link.child, link.child_column), (link.parent, link.parent_column))
        if table == data.name
    }
    kept = {data.target, data.entity_column, key(findings, data)}
    return frozenset(name for name in kept | (links if outline.role != "features" else set()) if name)


def _proposed(phase: Phase, subject: Subject) -> list[Recommendation]:
    rules = [ADVICE.module(name) for name in ADVICE.names()]
    place = {name: at for at, name in enumerate(subject.schema.names)}
    found: list[Recommendation] = []
    for rule in rules:
        if phase == rule.PHASE:
            found.extend(sorted(rule.recommend(subject), key=lambda item: place.get(str(item.step.get("column")), -1)))
    return found


def _origins(outline: Outline, findings: MultiFindings) -> dict[str, ColumnProfile]:
    """Say what each column was in its raw table; a column that was looked up carries its table's name in front."""
    own = {column.name: column for column in outline.data.columns}
    if outline.role != "features":
        return own
    looked_up = {
        f"{lookup.prefix}{column.name}": column
        for lookup in lookups(findings)
        for column in findings.dataset(lookup.link.parent).columns
    }
    return looked_up | own


def _numbered(items: Sequence[Recommendation]) -> tuple[Recommendation, ...]:
    width = max(3, len(str(len(items))))
    return tuple(replace(item, id=f"R-{at:0{width}}") for at, item in enumerate(items, start=1))


def accept(advice: Advice, ids: Iterable[str], *, reject: Iterable[str] = ()) -> Advice:
    """Accept recommendations by their ids, and reject others; `all` accepts what nobody has rejected."""
    accepted, rejected = ([ids] if isinstance(ids, str) else list(ids)), list(reject)
    known = {item.id for item in advice.recommendations}
    for name in (*accepted, *rejected):
        if name not in known and name != "all":
            raise UnknownName("recommendation", name, known, where="advice.yml")
    items = (replace(item, accepted=_decision(item, accepted, rejected)) for item in advice.recommendations)
    return replace(advice, recommendations=tuple(items))


def _decision(item: Recommendation, accepted: Sequence[str], rejected: Sequence[str]) -> bool | None:
    if item.id in rejected or ("all" in rejected and item.id not in accepted):
        return False
    if item.id in accepted or ("all" in accepted and item.accepted is not False):
        return True
    return item.accepted


def decide(advice: Advice, earlier: Advice) -> Advice:
    """Carry over what a person decided before, matched by table and step; a decided step that is found no more stays.

    It stays behind the step that it stood behind, so that a step which a person wrote into advice.yml keeps its place.
    """
    items = list(advice.recommendations)
    place = {item.content: at for at, item in enumerate(items)}
    follows: dict[int, list[Recommendation]] = {}
    last = -1
    for old in earlier.recommendations:
        if old.content in place:
            last = place[old.content]
            items[last] = replace(items[last], accepted=old.accepted)
        elif old.accepted is not None:
            follows.setdefault(last, []).append(old)
    merged = [*follows.get(-1, ())]
    for at, item in enumerate(items):
        merged += [item, *follows.get(at, ())]
    return replace(advice, recommendations=_numbered(merged))

"""TableDraft: one table as the accepted recommendations make it, every step tried on the columns it would meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from boathouse.errors import UserError
from boathouse.layout import Outline, key, layout
from boathouse.names import TableName
from boathouse.probe import DatasetFindings, MultiFindings
from boathouse.recommendation import Advice, LeftOut, Recommendation
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.step import STEPS, Step


@dataclass(frozen=True)
class TableDraft:
    """What goes into one file under tables/."""

    name: TableName
    schema: Schema
    reads: TableName | None = None
    source: Mapping[str, Any] | None = None  # bronze
    steps: tuple[Recommendation, ...] = ()
    key: tuple[str, ...] = ()
    rejected: tuple[Recommendation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def tables_of(advice: Advice, findings: MultiFindings) -> dict[TableName, TableDraft]:
    """Make the pipeline of the accepted recommendations: bronze and silver of every raw table, gold where steps were accepted."""
    drafts: dict[TableName, TableDraft] = {}
    for outline in layout(findings):
        if outline.role == "bronze":
            drafts[outline.name] = TableDraft(outline.name, outline.data.schema, source=outline.data.source)
            continue
        draft = _draft(outline, advice, findings, {name: draft.schema for name, draft in drafts.items()})
        if draft.steps or outline.role == "silver":
            drafts[outline.name] = draft
    return drafts


def _draft(outline: Outline, advice: Advice, findings: MultiFindings, lake: Mapping[TableName, Schema]) -> TableDraft:
    assert outline.reads is not None  # noqa: S101 - only bronze reads no table
    own = [item for item in advice.recommendations if item.table == outline.name]
    start = TableDraft(outline.name, lake[outline.reads], outline.reads)
    draft = extend(start, [item for item in own if item.accepted], lake)
    if outline.role != "aggregate":
        draft = replace(draft, key=_promised_key(outline.data, draft, findings))
    return replace(draft, rejected=tuple(item for item in own if item.accepted is False))


def extend(draft: TableDraft, items: Iterable[Recommendation], lake: Mapping[TableName, Schema]) -> TableDraft:
    """Append the steps that fit, one after another; of one that does not, keep the reason."""
    for item in items:
        after = after_step(item.step, draft.schema, lake)
        if isinstance(after, Schema):
            draft = replace(draft, steps=(*draft.steps, item), schema=after)
        else:
            draft = replace(draft, left_out=(*draft.left_out, LeftOut(item.table, item.step, after)))
    return draft


def after_step(step: Mapping[str, Any], schema: Schema, lake: Mapping[TableName, Schema]) -> Schema | str:
    """Give the columns after a step, or the reason why it cannot stand here."""
    others = {str(name): columns for name, columns in lake.items()}
    try:
        made: Step = STEPS.member(str(step.get("step"))).model_validate(dict(step))
        return made.after(Relation("df", schema, others=others))
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except UserError as error:
        return str(error)


def _promised_key(data: DatasetFindings, draft: TableDraft, findings: MultiFindings) -> tuple[str, ...]:
    """Promise the key where it was measured to be one, or where the draft makes it one."""
    column = key(findings, data)
    if column is None or column not in draft.schema:
        return ()
    numbers = [found.numbers for found in data.of("keys", column)]
    unique = any(number["unique"] for number in numbers) or any(
        item.step.get("step") == "dedupe" and item.step.get("key") == [column] for item in draft.steps
    )
    present = not any(number["null_count"] for number in numbers) or any(
        item.step.get("step") == "filter_rows" for item in draft.steps
    )
    return (column,) if unique and present else ()

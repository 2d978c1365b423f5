"""Categories that are written in several ways, by case or by blanks, become one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from boathouse.probe import Finding
from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.text"


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Trim where blanks are all that differs; lower the case where it differs; the target's words stay as they are."""
    padded: list[Finding] = []
    for finding in subject.of("text_variants"):
        if subject.schema[str(finding.column)].type != "string":
            continue
        if not finding.numbers["groups"] or finding.column in subject.fixed:
            padded += [finding] if finding.numbers["padded"] else []
        else:
            case = "lower" if any(_differ_by_case(group) for group in finding.numbers["groups"]) else "keep"
            yield Recommendation(
                table=subject.table,
                step={"step": "normalize_text", "columns": [finding.column], "case": case},
                **because(finding),
                risk="two spellings that mean different things would become one, and the text is shown in lower case"
                if case == "lower" else "blanks inside the text that mean something would be lost",
                layer="bronze", category="consistency", action="normalize_lower" if case == "lower" else "normalize_blanks",
            )  # fmt: skip
    if padded:
        yield Recommendation(
            table=subject.table,
            step={"step": "trim_text", "columns": [finding.column for finding in padded]},
            **because(*padded),
            risk="text of fixed width, where blanks mean something, would change",
            layer="bronze", category="consistency", action="trim",
        )  # fmt: skip


def _differ_by_case(group: dict[str, Any]) -> bool:
    return len({" ".join(spelling.split()) for spelling in group["variants"]}) > 1

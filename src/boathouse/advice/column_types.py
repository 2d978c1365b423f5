"""Text that holds numbers or yes and no becomes what it holds."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.missing import holds_codes
from boathouse.probe import ColumnProfile, Finding, MultiFindings
from boathouse.recommendation import Phase, Recommendation, Subject, because
from boathouse.schema import is_number

PHASE: Phase = "silver.types"

CAST_READS = {"t", "true", "y", "yes", "1", "f", "false", "n", "no", "0"}


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Cast all columns that lose nothing in one step, and each column that loses values in a step of its own."""
    whole: list[tuple[Finding, str]] = []
    for finding in subject.of("column_type"):
        column = subject.data.column(str(finding.column))
        kind = _type(column, subject)
        if not kind or subject.schema[column.name].type != "string" or holds_codes(finding):
            continue
        if finding.numbers["unparsed"]:
            yield _cast(
                subject,
                {column.name: kind},
                (finding,),
                f"{finding.numbers['unparsed']:,} values that are no {kind} become NULL",
            )
        else:
            whole.append((finding, kind))
    if whole:
        columns = {str(finding.column): kind for finding, kind in whole}
        yield _cast(
            subject,
            columns,
            tuple(finding for finding, _ in whole),
            "a value of tomorrow that does not parse becomes NULL",
        )


def _cast(subject: Subject, columns: dict[str, str], findings: tuple[Finding, ...], risk: str) -> Recommendation:
    reason = because(*findings)
    if len(findings) > 1:
        kinds = sorted(set(columns.values()))
        reason["because"] = f"column_type: every value of {len(columns)} text columns is {' or '.join(kinds)}"
    step = {"step": "cast", "columns": columns}
    return Recommendation(
        table=subject.table, step=step, **reason, risk=risk, layer="bronze", category="type", action="cast"
    )


def _type(column: ColumnProfile, subject: Subject) -> str:
    """Say what to cast to; nothing where a boolean's words are none that a cast reads, or a key has another type elsewhere."""
    if column.holds == "boolean":
        found = subject.of("booleans_in_text", column.name)
        words = [word for finding in found for key in ("true_values", "false_values") for word in finding.numbers[key]]
        return "boolean" if words and {word.strip().lower() for word in words} <= CAST_READS else ""
    if not is_number(column.holds):
        return ""
    return column.holds if _key_types(subject.findings, subject.data.name, column.name) <= {column.holds} else ""


def _key_types(findings: MultiFindings, table: str, column: str) -> set[str]:
    """Give what the columns hold that this one is joined with, through any number of tables; keys that differ stay text."""
    ends = {(table, column)}
    while True:
        links = [
            {(link.child, link.child_column), (link.parent, link.parent_column)} for link in findings.relationships
        ]
        more = ends.union(*(link for link in links if link & ends))
        if more == ends:
            return {findings.dataset(name).column(end).holds for name, end in ends}
        ends = more

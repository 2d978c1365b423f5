"""Columns that are no features leave the features: names and personal data, free text, constants, and what tells the target."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.recommendation import Phase, Recommendation, Subject, because, noted

PHASE: Phase = "features.selection"

TELLS = "critical"  # a severity: an area under the curve of .9 and more, by one column alone


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Give each reason a step of its own, and each column that tells the target as well: they are to be judged one by one."""
    gone: set[str] = set()
    for finding in subject.of("leakage"):
        if finding.column not in subject.fixed and finding.severity == TELLS:
            gone.add(str(finding.column))
            yield _drop(
                subject,
                [str(finding.column)],
                because(finding),
                "if it is known in time, the best feature of all is lost",
            )
    groups = (
        (subject.of("pii"), "what a name or a number of a person tells, such as a region, is lost"),
        (subject.of("constant"), "a value that begins to vary tomorrow would not be seen"),
    )
    for findings, risk in groups:
        told = [found for found in findings if found.column not in subject.fixed | gone]
        gone |= {str(finding.column) for finding in told}
        if told:
            yield _drop(subject, [str(finding.column) for finding in told], because(*told), risk)
    yield from _never_features(subject, gone)


def _never_features(subject: Subject, gone: set[str]) -> Iterator[Recommendation]:
    for kind, why, risk in (
        (
            "identifier",
            "names rows, and says nothing about the next one",
            "an order in the numbers, such as the age of an account, is lost",
        ),
        ("text", "is free text", "what the text says is lost; a model of language could read it"),
        ("unknown", "has no values to learn from", "a source that fills it tomorrow would not be seen"),
    ):
        names = [column.name for column in subject.columns(kind) if column.name not in gone]
        names = [name for name in names if kind != "text" or subject.schema[name].type == "string"]
        if names:
            says = f"{'each of ' if len(names) > 1 else ''}{', '.join(names)} {why}"
            yield _drop(subject, names, noted(subject.data, "column_type", names, says), risk)


def _drop(subject: Subject, columns: list[str], reason: dict[str, object], risk: str) -> Recommendation:
    return Recommendation(
        table=subject.table, step={"step": "drop_columns", "columns": columns}, risk=risk,
        layer="gold", category="feature_selection", action="drop", **reason,  # type: ignore[arg-type]
    )  # fmt: skip

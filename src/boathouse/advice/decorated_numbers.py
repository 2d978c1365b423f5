"""Numbers with something around them, such as $1,234.50 or 12 %, become numbers."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.quoting import spark_reference
from boathouse.recommendation import Phase, Recommendation, Subject, because

PHASE: Phase = "silver.types"

COMMA_IS_POINT = {"decimal_comma", "thousands_point"}


def recommend(subject: Subject) -> Iterator[Recommendation]:
    """Take the decoration off and cast; where both 1,234 and 1,5 are there, nobody can tell, and nothing is recommended."""
    for finding in subject.of("numbers_in_text"):
        forms = set(finding.numbers["forms"])
        if subject.schema[str(finding.column)].type != "string" or finding.column in subject.fixed:
            continue
        if forms & COMMA_IS_POINT and "thousands" in forms:
            continue
        type_ = "decimal(18,2)" if "money" in forms else "double"
        yield Recommendation(
            table=subject.table,
            step={"step": "derive", "column": finding.column, "expression": _expression(str(finding.column), forms, type_), "type": type_},
            **because(finding),
            risk="the currency or the sign of percent is lost, and what is no number becomes NULL",
            layer="bronze", category="type", action="cast",
        )  # fmt: skip


def _expression(column: str, forms: set[str], type_: str) -> str:
    # (12.50) is how accountants write -12.50.
    signed = f"replace({spark_reference(column)}, '(', '-')"
    if forms & COMMA_IS_POINT:
        return f"try_cast(replace(regexp_replace({signed}, '[^-+0-9,]', ''), ',', '.') AS {type_})"
    return f"try_cast(regexp_replace({signed}, '[^-+0-9.]', '') AS {type_})"

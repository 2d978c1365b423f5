"""Missing: how many values of a column are NULL once placeholders and what does not parse have become NULL."""

from __future__ import annotations

import re
from dataclasses import dataclass

from boathouse.probe import ColumnProfile, DatasetFindings, Finding, percent

# C536379 among invoices of 536365 and more is a cancelled invoice, and no number that somebody mistyped.
CODE = re.compile(r"[A-Za-z]{1,3}[-_ ]?[0-9]{2,}[A-Za-z]?")


@dataclass(frozen=True)
class Missing:
    """The share of a column's rows without a value, and the findings that say so."""

    column: str
    share: float
    says: str
    findings: tuple[str, ...]


def missing(data: DatasetFindings, column: ColumnProfile) -> Missing:
    """Add up what nulls, placeholders and column_type counted; a category's own name is not counted as missing."""
    nulls = data.of("nulls", column.name)
    words = [found for found in data.of("placeholders", column.name) if found.numbers["risk"] != "high"]
    unparsed = [
        found for found in data.of("column_type", column.name) if found.numbers["unparsed"] and not holds_codes(found)
    ]
    count = sum(found.numbers["null_count"] for found in nulls) + sum(found.numbers["count"] for found in words)
    count += sum(found.numbers["unparsed"] for found in unparsed)
    found = tuple(dict.fromkeys(finding.id for finding in (*nulls, *words, *unparsed)))
    says = f"{', '.join(found)}: {percent(count, data.row_count)} % of {column.name} is missing"
    return Missing(column.name, count / data.row_count if data.row_count else 0.0, says, found)


def holds_codes(finding: Finding) -> bool:
    """Tell whether what does not parse is written like a code, so that a cast would lose what it says."""
    samples = finding.numbers.get("samples") or ()
    return bool(finding.numbers["unparsed"] and samples) and all(CODE.fullmatch(str(text).strip()) for text in samples)

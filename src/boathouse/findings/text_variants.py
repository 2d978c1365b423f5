"""Which categories are written in several ways: by case, by blanks around or within them.

numbers: groups (list of {value: the most frequent spelling, variants: {spelling: rows}}), variant_rows (rows whose spelling
is not the most frequent one), padded (rows with blanks around the value).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.profiling.text_forms import TRIM_SET

KEPT = 20


class TextVariants(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            if column.profile.type == "string" and column.holds in ("string", "boolean") and column.present:
                groups = variants(column) if column.whole else []
                padded = column.counts.get("padded", 0)
                if groups or padded:
                    yield found(table, column, groups, padded)


def variants(column: RawColumn) -> list[dict[str, Any]]:
    """Group the spellings that differ by case and blanks alone, the most frequent first."""
    spellings: dict[str, dict[str, int]] = defaultdict(dict)
    for value, count in column.top:
        spellings[" ".join(value.lower().split())][value] = count
    return [
        {"value": max(group, key=lambda v: (group[v], v)), "variants": group}
        for group in spellings.values()
        if len(group) > 1
    ]


def found(table: RawTable, column: RawColumn, groups: list[dict[str, Any]], padded: int) -> Finding:
    rows = sum(sum(group["variants"].values()) - group["variants"][group["value"]] for group in groups)
    parts = []
    if groups:
        parts.append(
            f"{len(groups):,} values of {column.name} are written in several ways, such as {', '.join(map(repr, list(groups[0]['variants'])[:4]))}"
        )
    if padded:
        parts.append(f"{padded:,} values of {column.name} have blanks around them")
    numbers = {"groups": groups[:KEPT], "variant_rows": rows, "padded": padded}
    folded = f"lower(regexp_replace(trim({column.sql}, {TRIM_SET}), '\\s+', ' ', 'g'))"
    query = (
        f"SELECT {folded} AS folded, list(DISTINCT {column.sql}) AS spellings, count(*) AS row_count FROM {table.sql} GROUP BY 1"
        f" HAVING count(DISTINCT {column.sql}) > 1 OR any_value({column.sql}) <> trim(any_value({column.sql}), {TRIM_SET})"
    )
    return Finding(
        table.name, column.name, "text_variants", "; ".join(parts), numbers, "warning" if groups else "info", query
    )

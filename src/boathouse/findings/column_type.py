"""Which type the values of a text column have, and how many of them do not have it.

Only columns whose values have another type than the lake's, and digits that are codes and have to stay text.
numbers: type, holds, reason, present, parsed, blank, unparsed, samples (values that do not parse, five at most).
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.profiling.text_forms import PLACEHOLDERS, TRIM_SET, listed

SAMPLES = 5


class ColumnType(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            if column.profile.type != column.holds or column.notes.get("code"):
                yield found(table, column)


def found(table: RawTable, column: RawColumn) -> Finding:
    blank, unparsed = column.counts.get("blank", 0), column.notes["unparsed"]
    query = failures(table, column)
    samples = [row["value"] for row in table.engine.rows(f"{query} LIMIT {SAMPLES}")] if unparsed else []
    numbers = {
        "type": column.profile.type, "holds": column.holds, "reason": column.notes["reason"], "present": column.present,
        "parsed": column.present - blank - unparsed - column.counts.get("sure_placeholder", 0) - column.counts.get("likely_placeholder", 0),
        "blank": blank, "unparsed": unparsed, "samples": samples,
    }  # fmt: skip
    return Finding(
        table.name,
        column.name,
        "column_type",
        sentence(column, blank, unparsed, samples),
        numbers,
        "warning" if unparsed else "info",
        query,
    )


def sentence(column: RawColumn, blank: int, unparsed: int, samples: list[str]) -> str:
    if column.notes.get("code"):
        return f"{column.name} has to stay text: {column.notes['reason']}"
    article = f"{column.name} is {column.profile.type} and holds {column.holds}"
    if unparsed:
        article += f"; {unparsed:,} values do not parse, such as {', '.join(repr(sample) for sample in samples)}"
    return article + (f"; {blank:,} are blank" if blank else "")


def failures(table: RawTable, column: RawColumn) -> str:
    """Write the query of the values that are there, mean something, and are not of the type."""
    trimmed = f"trim({column.sql}, {TRIM_SET})"
    told = f"{trimmed} <> '' AND NOT {listed(PLACEHOLDERS, f'lower({trimmed})')}"
    return f"SELECT {column.sql} AS value, count(*) AS row_count FROM {table.sql} WHERE {told} AND ({column.value}) IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"

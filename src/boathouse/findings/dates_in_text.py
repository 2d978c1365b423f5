"""Which text columns hold dates, in which patterns, and which values are none.

numbers: formats (Databricks pattern -> rows, in the order to try them), type (date or timestamp), unparsed, samples,
ambiguous (no value tells day from month), two_digit_years, min_date, max_date.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.profiling.text_forms import PLACEHOLDERS, TRIM_SET, listed

SAMPLES = 5


class DatesInText(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        yield from (found(table, column) for column in table.columns if column.formats)


def found(table: RawTable, column: RawColumn) -> Finding:
    unparsed = column.notes["unparsed"]
    query = failures(table, column)
    samples = [row["value"] for row in table.engine.rows(f"{query} LIMIT {SAMPLES}")] if unparsed else []
    metrics = column.profile.type_metrics
    two_digits = any("yyyy" not in pattern for pattern in column.formats)
    numbers = {
        "formats": dict(column.formats), "type": column.holds, "unparsed": unparsed, "samples": samples,
        "ambiguous": column.notes["ambiguous"], "two_digit_years": two_digits,
        "min_date": metrics.get("min_date"), "max_date": metrics.get("max_date"),
    }  # fmt: skip
    says = f"{column.name} holds {column.holds}s as text: " + ", ".join(
        f"{pattern} ({count:,})" for pattern, count in column.formats.items()
    )
    says += "; the years have two digits" if two_digits else ""
    says += "; no value tells the day from the month" if column.notes["ambiguous"] else ""
    says += f"; {unparsed:,} values are no dates, such as {', '.join(map(repr, samples))}" if unparsed else ""
    worse = unparsed or column.notes["ambiguous"] or len(column.formats) > 1
    return Finding(table.name, column.name, "dates_in_text", says, numbers, "warning" if worse else "info", query)


def failures(table: RawTable, column: RawColumn) -> str:
    trimmed = f"trim({column.sql}, {TRIM_SET})"
    told = f"{trimmed} <> '' AND NOT {listed(PLACEHOLDERS, f'lower({trimmed})')}"
    return f"SELECT {column.sql} AS value, count(*) AS row_count FROM {table.sql} WHERE {told} AND ({column.value}) IS NULL GROUP BY 1 ORDER BY 2 DESC, 1"

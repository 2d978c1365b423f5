"""Which text columns hold yes and no, and how they spell it.

numbers: true_values, false_values (the spellings that occur), true_count, false_count.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable


class BooleansInText(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        yield from (found(table, column) for column in table.columns if any(column.notes.get("booleans", ())))


def found(table: RawTable, column: RawColumn) -> Finding:
    true, false = column.notes["booleans"]
    counts = dict(column.top)
    numbers = {
        "true_values": list(true), "false_values": list(false),
        "true_count": sum(counts[value] for value in true), "false_count": sum(counts[value] for value in false),
    }  # fmt: skip
    says = f"{column.name} says {' / '.join([*true, *false])}: {numbers['true_count']:,} true, {numbers['false_count']:,} false"
    query = f"SELECT {column.sql} AS value, count(*) AS row_count FROM {table.sql} GROUP BY 1 ORDER BY 2 DESC, 1"
    return Finding(table.name, column.name, "booleans_in_text", says, numbers, "info", query)

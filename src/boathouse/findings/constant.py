"""Which columns have one value in all rows, or none: they tell nothing.

numbers: value (None where all are null), all_null, null_count.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable


class Constant(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        if table.row_count > 1:
            yield from (found(table, column) for column in table.columns if column.distinct <= 1)


def found(table: RawTable, column: RawColumn) -> Finding:
    value = column.top[0][0] if column.top else None
    says = f"{column.name} is empty in all {table.row_count:,} rows"
    if column.present:
        says = f"{column.name} has one value, {value!r}, in {column.present:,} of {table.row_count:,} rows"
    return Finding(
        table.name,
        column.name,
        "constant",
        says,
        {"value": value, "all_null": not column.present, "null_count": column.nulls},
        "warning",
        f"SELECT {column.sql} AS value, count(*) AS row_count FROM {table.sql} GROUP BY {column.sql}",
    )

"""Which columns have missing values, and what share.

numbers: null_count, null_percentage, row_count.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawTable, Severity, percent

CRITICAL, WARNING = 50.0, 20.0  # percent, as the seed has it


class Nulls(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            if column.nulls:
                share = percent(column.nulls, table.row_count)
                yield Finding(
                    table.name,
                    column.name,
                    "nulls",
                    f"{column.nulls:,} of {table.row_count:,} values of {column.name} are missing ({share} %)",
                    {"null_count": column.nulls, "null_percentage": share, "row_count": table.row_count},
                    severity(share),
                    f"SELECT count(*) AS null_count FROM {table.sql} WHERE {column.sql} IS NULL",
                )


def severity(share: float) -> Severity:
    return "critical" if share > CRITICAL else "warning" if share > WARNING else "info"

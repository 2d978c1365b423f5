"""How many rows are there more than once, equal in every column.

numbers: duplicate_rows (beyond the first of each), duplicate_percentage, row_count.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawTable, percent
from boathouse.quoting import sql_name

CRITICAL = 10.0  # percent: DQ011 of the seed's catalogue


class Duplicates(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        if any(column.distinct == table.row_count for column in table.columns) or not table.row_count:
            return  # a column without any repeated value: no two rows are equal
        names = ", ".join(sql_name(name, "duckdb") for name in table.schema.names)
        # Different hashes prove different rows; only where some are equal are the rows themselves compared.
        hashes = table.engine.rows(f"SELECT count(DISTINCT hash({names})) AS n FROM {table.sql}")[0]["n"]
        if hashes == table.row_count:
            return
        query = f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM {table.sql})) AS duplicate_rows FROM {table.sql}"
        count = table.engine.rows(query)[0]["duplicate_rows"]
        if count:
            share = percent(count, table.row_count)
            numbers = {"duplicate_rows": count, "duplicate_percentage": share, "row_count": table.row_count}
            says = f"{count:,} of {table.row_count:,} rows repeat an earlier row in every column ({share} %)"
            yield Finding(
                table.name, None, "duplicates", says, numbers, "critical" if share > CRITICAL else "warning", query
            )

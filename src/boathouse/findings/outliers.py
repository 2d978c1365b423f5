"""Which numbers lie beyond 1.5 interquartile ranges from the quartiles.

numbers: iqr_count, iqr_percentage, zscore_count, lower, upper (the fences), p01, p99, min_value, max_value.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.quoting import sql_literal

WARNING = 10.0  # percent, as the seed has it


class Outliers(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            measured = column.notes.get("numbers", {})
            # Where the quartiles are equal, every other value would be an outlier, and none is.
            if column.kind.startswith("numeric") and measured and measured["outlier_count_iqr"] and measured["iqr"] > 0:
                yield found(table, column)


def found(table: RawTable, column: RawColumn) -> Finding:
    m = column.notes["numbers"]
    count, share = m["outlier_count_iqr"], m["outlier_percentage"]
    lower, upper = m["lower_fence"], m["upper_fence"]
    numbers = {
        "iqr_count": count, "iqr_percentage": share, "zscore_count": m["outlier_count_zscore"], "lower": lower, "upper": upper,
        "p01": m["p01"], "p99": m["p99"], "min_value": m["min_value"], "max_value": m["max_value"],
    }  # fmt: skip
    says = f"{count:,} values of {column.name} ({share} %) lie beyond the fences {lower:g} and {upper:g}; they reach from {m['min_value']:g} to {m['max_value']:g}"
    x = column.value
    query = f"SELECT count(*) AS iqr_count FROM {table.sql} WHERE {x} < {sql_literal(lower, 'duckdb')} OR {x} > {sql_literal(upper, 'duckdb')}"
    return Finding(table.name, column.name, "outliers", says, numbers, "warning" if share > WARNING else "info", query)

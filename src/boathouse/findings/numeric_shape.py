"""How the numbers of a column lie: mean, spread, quartiles, skew, zeros, negatives; all exact.

numbers: mean, std, min_value, max_value, median, q1, q3, iqr, p01, p99, skewness, kurtosis, zero_count, zero_percentage,
negative_count, inf_count.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable

KEYS = ("mean", "std", "min_value", "max_value", "median", "q1", "q3", "iqr", "p01", "p99", "skewness", "kurtosis",
        "zero_count", "zero_percentage", "negative_count", "inf_count")  # fmt: skip
STRONG, SOME = 1.0, 0.5  # of skew, as the seed has it


class NumericShape(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        yield from (
            found(table, column)
            for column in table.columns
            if column.kind.startswith("numeric") and column.notes.get("numbers")
        )


def found(table: RawTable, column: RawColumn) -> Finding:
    measured = column.notes["numbers"]
    numbers = {key: measured[key] for key in KEYS}
    skew = abs(numbers["skewness"])
    words = "strongly skewed" if skew > STRONG else "somewhat skewed" if skew > SOME else "not skewed"
    says = (
        f"{column.name} lies between {numbers['min_value']:g} and {numbers['max_value']:g}, half of it between"
        f" {numbers['q1']:g} and {numbers['q3']:g}; it is {words} ({numbers['skewness']:.2f})"
    )
    x = f"CAST({column.value} AS DOUBLE)"
    query = (
        f"SELECT avg({x}) AS mean, stddev_samp({x}) AS std, min({x}) AS min_value, max({x}) AS max_value,"
        f" quantile_cont({x}, [0.25, 0.5, 0.75]) AS quartiles, skewness({x}) AS skewness FROM {table.sql}"
    )
    return Finding(table.name, column.name, "numeric_shape", says, numbers, "info", query)

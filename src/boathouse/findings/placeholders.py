"""Which values stand for "nothing": words such as ? and N/A, blanks, and numbers such as -999 that stand apart.

numbers: values (value as text -> rows), count, percentage, numeric (the values are numbers),
risk: low (surely nothing), medium (a number that stands apart), high (may be a category's own name).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from boathouse.probe import Finding, Probe, RawColumn, RawTable, percent
from boathouse.profiling.text_forms import LIKELY_PLACEHOLDERS, PLACEHOLDERS, TRIM_SET, listed
from boathouse.quoting import sql_literal

WARNING = 1.0  # percent of the rows of text; among numbers and dates a single one keeps the column from being cast
SENTINEL = re.compile(r"-?9{2,}|-[19]|-?10{3,}")  # -1, -9, 99, 999, -999, -1000000
ZERO_GAP = 10  # a zero stands apart from values that begin here, as in ages of 16 to 80
ZEROS = 3
DIGIT = re.compile(r"\d")
LONE = {"0", "-1", "99", "999"}


class Placeholders(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        for column in table.columns:
            if (
                column.counts.get("sure_placeholder")
                or column.counts.get("likely_placeholder")
                or column.counts.get("blank")
            ):
                yield words_found(table, column)
            lone = lone_digits(column)
            if lone:
                told = ", ".join(sql_literal(value, "duckdb") for value in lone)
                query = f"SELECT {column.sql} AS value, count(*) AS row_count FROM {table.sql} WHERE {column.sql} IN ({told}) GROUP BY 1"
                yield finding(table, column, lone, "medium", numeric=False, query=query)
            sentinels = sentinels_of(column)
            if sentinels:
                yield numbers_found(table, column, sentinels)


def words_found(table: RawTable, column: RawColumn) -> Finding:
    trimmed = f"trim({column.sql}, {TRIM_SET})"
    query = (
        f"SELECT {column.sql} AS value, count(*) AS row_count FROM {table.sql}"
        f" WHERE {trimmed} = '' OR {listed(PLACEHOLDERS, f'lower({trimmed})')} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    values = {row["value"]: row["row_count"] for row in table.engine.rows(query)}
    likely = all(value.strip().lower() in LIKELY_PLACEHOLDERS for value in values)
    risk = "high" if likely and column.holds == "string" else "low"
    return finding(table, column, values, risk, numeric=False, query=query)


def numbers_found(table: RawTable, column: RawColumn, sentinels: dict[float, int]) -> Finding:
    values = {f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}": count for value, count in sentinels.items()}  # noqa: PLR2004
    told = ", ".join(sql_literal(value, "duckdb") for value in sentinels)
    query = f"SELECT {column.value} AS value, count(*) AS row_count FROM {table.sql} WHERE {column.value} IN ({told}) GROUP BY 1 ORDER BY 1"
    return finding(table, column, values, "medium", numeric=True, query=query)


def finding(
    table: RawTable, column: RawColumn, values: dict[str, int], risk: str, *, numeric: bool, query: str
) -> Finding:
    count = sum(values.values())
    share = percent(count, table.row_count)
    named = ", ".join(f"{value!r} ({rows:,})" for value, rows in list(values.items())[:5])
    doubt = (
        "; it may be a category of its own"
        if risk == "high"
        else "; it stands apart from all other values"
        if numeric
        else ""
    )
    numbers = {"values": values, "count": count, "percentage": share, "risk": risk, "numeric": numeric}
    says = f"{count:,} values of {column.name} stand for nothing: {named}{doubt}"
    return Finding(
        table.name,
        column.name,
        "placeholders",
        says,
        numbers,
        "warning" if risk != "high" and (share > WARNING or column.holds != "string") else "info",
        query,
    )


def sentinels_of(column: RawColumn) -> dict[float, int]:
    """Find the numbers at either end that look written by hand and stand apart from their neighbours."""
    m = column.notes.get("numbers", {})
    if column.kind not in ("numeric_continuous", "numeric_discrete") or not m or m["after_min"] is None:
        return {}
    found: dict[float, int] = {}
    low, high, spread = m["min_value"], m["max_value"], m["q3"] - m["q1"]
    if low < 0 <= m["after_min"] and SENTINEL.fullmatch(f"{low:.0f}") and low == int(low):
        found[low] = m["min_count"]
    if low == 0 and m["min_count"] >= ZEROS and m["after_min"] >= ZERO_GAP and column.distinct > ZERO_GAP and near(m):
        found[low] = m["min_count"]
    if (
        high > 0
        and SENTINEL.fullmatch(f"{high:.0f}")
        and high == int(high)
        and high - m["before_max"] > 3 * max(spread, m["before_max"] - m["q3"], 1)
    ):
        found[high] = m["max_count"]
    return found


def near(m: Mapping[str, float]) -> bool:
    """Tell a gap after zero from one among many: the rest begins close to where its bulk is."""
    return m["after_min"] > 0.3 * m["q1"] and m["min_count"] < 0.1 * m["count"]


def lone_digits(column: RawColumn) -> dict[str, int]:
    """Find a number among words, such as a day's name of 0: only where no other value holds a digit."""
    if column.holds != "string" or not column.whole or column.notes.get("code"):
        return {}
    lone = {value: count for value, count in column.top if value.strip() in LONE}
    others = [value for value, _ in column.top if value not in lone]
    return lone if len(others) > 1 and not any(DIGIT.search(value) for value in others) else {}

"""Measure numeric and date columns, all in one query: moments, exact quartiles, fences and what lies beyond them.

The values are first laid out long, as (c, x) with c the column's position: one SELECT with the aggregates of 1,000 columns takes
DuckDB 2.0 36 s to plan, and 400 columns cost 1.9 CPU s by forty at a time, but 0.2 s long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from boathouse.probe import Engine, percent
from boathouse.profiling.texts import UNPIVOT

# Values laid out at once; more columns than that come in several rounds, so that memory stays flat.
CELLS = 20_000_000

# The fourth power of a larger number is no double, and DuckDB raises an error.
HUGE = "1e75"
QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)
FENCE, Z_FENCE = 1.5, 3.0

PLAIN = f"""
    count(f) AS count, min(f) AS min_value, max(f) AS max_value, avg(f) AS mean, coalesce(stddev_samp(f), 0) AS std,
    skewness(f) AS skewness, kurtosis_pop(f) AS kurtosis, quantile_cont(f, {list(QUANTILES)}) AS q,
    count(*) FILTER (x = 0) AS zero_count, count(*) FILTER (x < 0) AS negative_count, count(x) - count(f) AS inf_count"""
BEYOND = f"""
    count(*) FILTER (x < q[2] - {FENCE} * (q[4] - q[2]) OR x > q[4] + {FENCE} * (q[4] - q[2])) AS outlier_count_iqr,
    count(*) FILTER (abs(x - mean) > {Z_FENCE} * std) AS outlier_count_zscore,
    count(*) FILTER (x = min_value) AS min_count, count(*) FILTER (x = max_value) AS max_count,
    min(x) FILTER (x > min_value) AS after_min, max(x) FILTER (x < max_value) AS before_max"""


def measure_numbers(engine: Engine, table: str, values: Mapping[str, str], rows: int) -> dict[str, dict[str, Any]]:
    """Measure columns whose values are numbers; `values` gives each one's SQL."""
    found: dict[str, dict[str, Any]] = {}
    finite = f"SELECT c, x, CASE WHEN abs(x) < {HUGE} THEN x END AS f FROM temp.explored_numbers"
    for names in rounds(values, rows):
        lay_out(engine, table, {name: f"CAST({values[name]} AS DOUBLE)" for name in names}, "explored_numbers")
        answers = engine.rows(
            f"WITH plain AS (SELECT c, {PLAIN} FROM ({finite}) GROUP BY c), beyond AS (SELECT c, {BEYOND}"
            " FROM temp.explored_numbers JOIN plain USING (c) GROUP BY c) SELECT * FROM plain JOIN beyond USING (c) WHERE count > 0 ORDER BY c"
        )
        found |= {names[row.pop("c")]: number_metrics(row) for row in answers}
    return found


def lay_out(engine: Engine, table: str, values: Mapping[str, str], name: str) -> None:
    """Keep the values long, under a name, as (c, x)."""
    columns = ", ".join(f'{sql} AS "{at}"' for at, sql in enumerate(values.values()))
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {UNPIVOT.format(columns=columns, table=table)}")


def number_metrics(row: dict[str, Any]) -> dict[str, Any]:
    """Name the numbers as the seed does; what probes need beyond that stands behind."""
    p01, q1, median, q3, p99 = row.pop("q")
    return {
        **row, "range_value": row["max_value"] - row["min_value"],
        "median": median, "q1": q1, "q3": q3, "iqr": q3 - q1, "p01": p01, "p99": p99,
        "skewness": moment(row["skewness"]), "kurtosis": moment(row["kurtosis"]),
        "zero_percentage": percent(row["zero_count"], row["count"]),
        "outlier_percentage": percent(row["outlier_count_iqr"], row["count"]),
        "lower_fence": q1 - FENCE * (q3 - q1), "upper_fence": q3 + FENCE * (q3 - q1),
    }  # fmt: skip


def moment(value: float | None) -> float:
    """Give a moment that a constant column does not have as zero, as the seed's files do."""
    return 0.0 if value is None or value != value else value  # noqa: PLR0124 - NaN is not itself


def measure_days(engine: Engine, table: str, values: Mapping[str, str], rows: int) -> dict[str, dict[str, Any]]:
    """Measure columns whose values are dates or timestamps; times are given in UTC, and left off where there are none."""
    found: dict[str, dict[str, Any]] = {}
    for names in rounds(values, rows):
        lay_out(engine, table, {name: f"CAST({values[name]} AS TIMESTAMPTZ)" for name in names}, "explored_days")
        answers = engine.rows(
            "SELECT c, count(*) AS n, CAST(min(x) AS VARCHAR) AS low, CAST(max(x) AS VARCHAR) AS high, date_diff('day', min(x), max(x)) AS days,"
            " count(*) FILTER (x > now()) AS future, count(*) FILTER (isodow(x) >= 6) AS weekend,"
            " count(*) FILTER (CAST(x AS DATE) IN ('1900-01-01', '1970-01-01', '9999-12-31', '2099-12-31')) AS placeholder"
            " FROM temp.explored_days GROUP BY c ORDER BY c"
        )
        found |= {names[row["c"]]: day_metrics(row) for row in answers}
    return found


def day_metrics(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "min_date": row["low"].removesuffix("+00").removesuffix(" 00:00:00"),
        "max_date": row["high"].removesuffix("+00").removesuffix(" 00:00:00"),
        "date_range_days": row["days"], "future_date_count": row["future"], "placeholder_count": row["placeholder"],
        "weekend_percentage": percent(row["weekend"], row["n"]),
    }  # fmt: skip


def rounds(names: Mapping[str, str], rows: int) -> Iterator[list[str]]:
    """Split the columns so that no round lays out too many values."""
    rest = iter(names)
    while some := list(islice(rest, max(1, CELLS // max(rows, 1)))):
        yield some

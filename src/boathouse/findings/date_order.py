"""Which two dates of a row are nearly always in one order, and in how many rows they are not.

The finding stands at the later column. numbers: earlier, later, violations, compared, percentage.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from boathouse.probe import Finding, Probe, RawColumn, RawTable, percent

NEARLY = 95.0  # percent of the rows in one order make it a rule; a rule without exception needs no finding
STRICT = 50.0  # percent in which the earlier is really earlier, and not the same day
MOST_COLUMNS = 8
LEAST_ROWS = 20


class DateOrder(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        dates = [column for column in table.columns if column.holds in ("date", "timestamp")][:MOST_COLUMNS]
        pairs = list(permutations(dates, 2))
        if not pairs:
            return
        row = table.engine.rows(
            f"SELECT {', '.join(counts(at, *pair) for at, pair in enumerate(pairs))} FROM {table.sql}"
        )[0]
        for at, (earlier, later) in enumerate(pairs):
            violations, compared, strict = row[f"v{at}"], row[f"n{at}"], row[f"s{at}"]
            kept = percent(compared - violations, compared)
            if violations and compared >= LEAST_ROWS and kept >= NEARLY and percent(strict, compared) >= STRICT:
                yield found(table, earlier, later, violations, compared)


def counts(at: int, earlier: RawColumn, later: RawColumn) -> str:
    a, b = earlier.value, later.value
    return f"count(*) FILTER ({a} > {b}) AS v{at}, count(*) FILTER ({a} < {b}) AS s{at}, count(*) FILTER ({a} <= {b} OR {a} > {b}) AS n{at}"


def found(table: RawTable, earlier: RawColumn, later: RawColumn, violations: int, compared: int) -> Finding:
    share = percent(violations, compared)
    numbers = {
        "earlier": earlier.name,
        "later": later.name,
        "violations": violations,
        "compared": compared,
        "percentage": share,
    }
    says = f"{earlier.name} is after {later.name} in {violations:,} of {compared:,} rows ({share} %), and never in the others"
    query = f"SELECT count(*) AS violations FROM {table.sql} WHERE {earlier.value} > {later.value}"
    return Finding(table.name, later.name, "date_order", says, numbers, "warning", query)

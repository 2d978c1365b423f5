"""Which single columns nearly tell the target: they may not be known when it has to be predicted.

The area under the ROC curve of one column: of a number by its rank, of a category by the target's share in the other half of
the rows (so that a category of one row tells nothing), and of whether a value is missing. Several classes: the smallest against the rest.
numbers: auc, method (rank, groups or missing), target, class, threshold.
"""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.quoting import sql_text
from boathouse.schema import is_number

CRITICAL, WARNING = 0.9, 0.8  # LD030, LD031 of the seed's catalogue
MOST_ROWS = 200_000  # every k-th row of a longer table tells the same to two digits
SMOOTHING = 10  # rows of the whole table's share that each category is given
MISSING = 0.01


class Leakage(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        target = table.by_name.get(table.target or "")
        smallest = str(target.profile.type_metrics.get("minority_class", "")) if target else ""
        if not target or not smallest or target.distinct < 2:  # noqa: PLR2004 - nothing to tell apart
            return
        for column in table.columns:
            if column is target or column.kind in ("identifier", "unknown"):
                continue
            tried = [
                (method, query, auc_of(table, query))
                for method, query in queries(table, column, target, smallest).items()
            ]
            method, query, auc = max(tried, key=lambda entry: entry[2], default=("", "", 0.0))
            if auc >= WARNING:
                yield found(table, column, target, smallest, (method, query, auc))


def queries(table: RawTable, column: RawColumn, target: RawColumn, smallest: str) -> dict[str, str]:
    """Choose the questions that fit what the column holds."""
    y = f"CAST({target.sql} AS VARCHAR) = {sql_text(smallest, 'duckdb')}"
    step = table.row_count // MOST_ROWS + 1
    some = f" AND rowid % {step} = 0" if step > 1 else ""
    pairs = f"SELECT rowid AS row_number, {{v}} AS v, {y} AS y FROM {table.sql} WHERE {target.sql} IS NOT NULL{some}"
    asked: dict[str, str] = {}
    if is_number(column.holds) or column.holds in ("date", "timestamp"):
        asked["rank"] = rank_query(pairs.format(v=column.value))
    elif column.whole:
        asked["groups"] = groups_query(pairs.format(v=column.sql))
    if MISSING * table.row_count < column.nulls < (1 - MISSING) * table.row_count:
        asked["missing"] = rank_query(pairs.format(v=f"CAST({column.sql} IS NULL AS INT)"))
    return asked


def rank_query(pairs: str) -> str:
    """Count, for each positive row, the negative ones below it; ties count half."""
    return (
        f"WITH pairs AS ({pairs}),"
        " counted AS (SELECT v, count(*) FILTER (y) AS p, count(*) FILTER (NOT y) AS q FROM pairs WHERE v IS NOT NULL GROUP BY v),"
        " ordered AS (SELECT p, q, sum(q) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING) - q / 2.0 AS below FROM counted)"
        " SELECT sum(p * below) / nullif(sum(p) * sum(q), 0) AS auc FROM ordered"
    )


def groups_query(pairs: str) -> str:
    """Give each row the target's share of its category in the other half, then rank by it."""
    return (
        f"WITH all_pairs AS ({pairs}),"
        " halves AS (SELECT coalesce(v, '(null)') AS v, y, hash(row_number) % 2 AS half FROM all_pairs),"
        " groups AS (SELECT v, half, count(*) FILTER (y) AS p, count(*) FILTER (NOT y) AS q FROM halves GROUP BY v, half),"
        " shares AS (SELECT g.p, g.q, (coalesce(o.p, 0) + s.share * {k}) / (coalesce(o.p + o.q, 0) + {k}) AS v FROM groups AS g"
        " LEFT JOIN groups AS o ON o.v = g.v AND o.half <> g.half CROSS JOIN (SELECT sum(p) / sum(p + q) AS share FROM groups) AS s),"
        " counted AS (SELECT v, sum(p) AS p, sum(q) AS q FROM shares GROUP BY v),"
        " ordered AS (SELECT p, q, sum(q) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING) - q / 2.0 AS below FROM counted)"
        " SELECT sum(p * below) / nullif(sum(p) * sum(q), 0) AS auc FROM ordered"
    ).replace("{k}", str(SMOOTHING))


def auc_of(table: RawTable, query: str) -> float:
    auc = table.engine.rows(query)[0]["auc"]
    return 0.0 if auc is None else max(float(auc), 1 - float(auc))


def found(
    table: RawTable, column: RawColumn, target: RawColumn, smallest: str, best: tuple[str, str, float]
) -> Finding:
    method, query, auc = best
    threshold = CRITICAL if auc >= CRITICAL else WARNING
    how = "whether it is missing" if method == "missing" else "it"
    says = f"{column.name} alone tells {target.name}: AUC {auc:.3f} by {how}; make sure that it is known before {target.name} is"
    numbers = {"auc": round(auc, 4), "method": method, "target": target.name, "class": smallest, "threshold": threshold}
    return Finding(
        table.name, column.name, "leakage", says, numbers, "critical" if auc >= CRITICAL else "warning", query
    )

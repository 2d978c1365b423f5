"""Which columns, or pairs of columns, name a row; and which nearly do, with what stands in the way.

Always counted, never estimated: a sketch of 1.5M values is off by tens of thousands.
numbers: columns (the key), unique, duplicate_values (values that are there more than once), duplicate_rows (rows beyond the
first of each), null_count, conflicting_values (values whose rows differ in some other column). column is None for a pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from boathouse.probe import Finding, Probe, RawColumn, RawTable
from boathouse.profiling.column_types import FEW_ROWS, ID_WORDS, NEARLY_UNIQUE
from boathouse.profiling.name_words import words

PAIR_COLUMNS = 10  # with most distinct values: 45 pairs at most
PAIRS = 3
LOOK = 20_000  # rows that rule most pairs out before all rows are counted


class Keys(Probe):
    def findings(self, table: RawTable) -> Iterator[Finding]:
        if table.row_count < 2:  # noqa: PLR2004 - one row needs no name
            return
        unique = [column for column in table.columns if is_key(table, column)]
        nearly = [column for column in table.columns if is_nearly_key(table, column)]
        yield from (key_found(table, column) for column in unique)
        yield from (nearly_found(table, column) for column in nearly)
        if not unique and not nearly:
            yield from (pair_found(table, pair) for pair in unique_pairs(table))


def is_key(table: RawTable, column: RawColumn) -> bool:
    """Take only identifiers and e-mail addresses for keys: a measurement may be unique by accident."""
    likely = column.kind == "identifier" or column.counts.get("email", 0) == table.row_count
    own = table.row_count >= FEW_ROWS or set(words(column.name)) <= ID_WORDS
    return likely and own and column.distinct == table.row_count


def is_nearly_key(table: RawTable, column: RawColumn) -> bool:
    rows, phone = table.row_count, column.counts.get("phone", 0) > column.present / 2
    if column.kind != "identifier" or column.notes.get("code") or phone or rows < FEW_ROWS:
        return False
    return NEARLY_UNIQUE * rows <= column.distinct < rows


def key_found(table: RawTable, column: RawColumn) -> Finding:
    numbers = {
        "columns": [column.name],
        "unique": True,
        "duplicate_values": 0,
        "duplicate_rows": 0,
        "null_count": 0,
        "conflicting_values": 0,
    }
    query = f"SELECT count(*) - count(DISTINCT {column.sql}) AS repeated FROM {table.sql}"
    return Finding(
        table.name,
        column.name,
        "keys",
        f"{column.name} names each of the {table.row_count:,} rows",
        numbers,
        "info",
        query,
    )


def nearly_found(table: RawTable, column: RawColumn) -> Finding:
    x = column.sql
    query = f"SELECT {x} AS value, count(*) AS row_count FROM {table.sql} WHERE {x} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1"
    conflicts = f"SELECT {x} FROM (SELECT DISTINCT * FROM {table.sql} WHERE {x} IN (SELECT value FROM ({query}))) GROUP BY 1 HAVING count(*) > 1"
    row = table.engine.rows(
        f"SELECT (SELECT count(*) FROM ({query})) AS duplicate_values, (SELECT count(*) FROM ({conflicts})) AS conflicting_values"
    )[0]
    numbers = {
        "columns": [column.name], "unique": False, "duplicate_values": row["duplicate_values"],
        "duplicate_rows": column.present - column.distinct, "null_count": column.nulls, "conflicting_values": row["conflicting_values"],
    }  # fmt: skip
    says = f"{column.name} nearly names a row: {numbers['duplicate_values']:,} values are there more than once"
    says += f" ({numbers['conflicting_values']:,} of them with different rows), {column.nulls:,} are missing"
    return Finding(table.name, column.name, "keys", says, numbers, "warning", query)


def unique_pairs(table: RawTable) -> list[tuple[RawColumn, RawColumn]]:
    """Find the first pairs, one of them an identifier, whose values together name a row."""
    fitting = [
        column
        for column in table.columns
        if not column.nulls and column.distinct > 1 and column.kind != "numeric_continuous"
    ]
    fitting = sorted(fitting, key=lambda column: -column.distinct)[:PAIR_COLUMNS]
    found: list[tuple[RawColumn, RawColumn]] = []
    for pair in combinations(fitting, 2):
        enough = pair[0].distinct * pair[1].distinct >= table.row_count >= FEW_ROWS
        if enough and "identifier" in (pair[0].kind, pair[1].kind) and is_unique(table, pair):
            found.append(pair)
            if len(found) == PAIRS:
                break
    return found


def is_unique(table: RawTable, pair: tuple[RawColumn, RawColumn]) -> bool:
    names = f"{pair[0].sql}, {pair[1].sql}"
    for rows, limit in ((min(LOOK, table.row_count), f" LIMIT {LOOK}"), (table.row_count, "")):
        inner = f"SELECT {names} FROM {table.sql}{limit}"
        if table.engine.rows(f"SELECT count(*) AS n FROM (SELECT DISTINCT * FROM ({inner}))")[0]["n"] < rows:
            return False
    return True


def pair_found(table: RawTable, pair: tuple[RawColumn, RawColumn]) -> Finding:
    names = [column.name for column in pair]
    numbers = {
        "columns": names,
        "unique": True,
        "duplicate_values": 0,
        "duplicate_rows": 0,
        "null_count": 0,
        "conflicting_values": 0,
    }
    query = f"SELECT count(*) AS repeated FROM (SELECT 1 FROM {table.sql} GROUP BY {pair[0].sql}, {pair[1].sql} HAVING count(*) > 1)"
    says = f"{names[0]} and {names[1]} together name each of the {table.row_count:,} rows"
    return Finding(table.name, None, "keys", says, numbers, "info", query)

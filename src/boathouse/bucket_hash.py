"""Bucket hash: 256 rows that tell what a table holds, by DuckDB's own hash, for two tables in one session.

It sees what the portable fingerprint sees but for the columns, and takes an eighth of the time: 0.09 s of CPU against
0.66 s for a million rows of 12 columns. No other engine has this hash, and no other version of DuckDB need have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from boathouse.engines.duckdb import DuckDB
from boathouse.fingerprint import BUCKETS
from boathouse.relation import Relation

Hashes = Mapping[int, tuple[int, int, int]]


def bucket_hashes(engine: DuckDB, table: Relation, key: tuple[str, ...] = ()) -> Hashes:
    """Give of each bucket its rows and two sums: a row that is there twice counts twice, where XOR would cancel it."""
    names = table.schema.names
    # A row's hash is linear in that of its last column, so it is hashed once more; the second sum turns the columns round.
    first, second = f"hash(hash({table.columns(names)}))", f"hash(1, hash(2, {table.columns(reversed(names))}))"
    sums = f"count(*) AS row_count, sum({first}) AS one, sum({second}) AS two"
    found = engine.rows(f"SELECT {_bucket(table, key)} AS bucket, {sums} FROM {table.name} GROUP BY ALL")
    return {row["bucket"]: (row["row_count"], row["one"], row["two"]) for row in found}


def bucket_rows_sql(table: Relation, key: tuple[str, ...], buckets: Iterable[int]) -> str:
    """Write the SELECT of all columns of the rows that fall into these buckets."""
    chosen = ", ".join(str(int(bucket)) for bucket in buckets)
    return f"SELECT * FROM {table.name} WHERE {_bucket(table, key)} IN ({chosen})"


def _bucket(table: Relation, key: tuple[str, ...]) -> str:
    return f"CAST(hash({table.columns(key or table.schema.names)}) % {BUCKETS} AS INTEGER)"

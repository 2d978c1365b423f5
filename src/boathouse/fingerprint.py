"""Fingerprint: 256 rows that tell what a table holds, by one scan and one text that DuckDB and Spark answer alike.

Each row of the table falls into a bucket by its key (without a key: by all its columns). Of a bucket: its rows, for
each column a sum, and a sum over whole rows modulo another prime. A value adds itself, as an integer, times a number
made of its row's key: so a value that moves to another key is seen, and a row that is there twice counts twice, where
XOR would cancel it. Two different tables have all 256 rows in common with a chance of about 2 to the -62.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boathouse.errors import UserError
from boathouse.integer_view import has_view, layers, text_sql
from boathouse.relation import Relation

FORMULA = 1  # part of every fingerprint; another number is another formula, and tells nothing of this one
BUCKETS = 256
LOW = (1 << 31) - 1
# Both of 31 bits: products stay within a bigint, which overflows with an error on both engines.
PRIMES = {"a": LOW, "b": LOW - 18}
# The high part of NULL; that of a bigint is -2^32 ... 2^32 - 1, so no value has it.
NULL = (1 << 32) + 715_827_883
TOGETHER = 64  # columns whose products, of 56 bits, are summed before a remainder is taken


@dataclass(frozen=True)
class Bucket:
    """What the fingerprint says of one bucket; `columns` has one number a column, in the schema's order."""

    rows: int
    whole: int
    columns: tuple[int, ...]


Fingerprint = Mapping[int, Bucket]


def fingerprint_sql(table: Relation, key: tuple[str, ...] = ()) -> str:
    """Write the SELECT that gives bucket, row_count, whole, c1, c2 ... in the dialect of the table."""
    sums = [f"sum((l{at} * wa + h{at} * ha) % {LOW}) AS c{at}" for at in _positions(table).values()]
    whole = f"sum((row_b % {PRIMES['b']}) * wb % {PRIMES['b']}) AS whole"
    # DuckDB's sums are HUGEINT.
    named = ", ".join(f"CAST({name} AS BIGINT) AS {name}" for name in names(table))
    counted = f"SELECT bucket, count(*) AS row_count, {', '.join([whole, *sums])}"
    summed = f"{counted} FROM ({_weighted_sql(table, key)}) AS weighted GROUP BY bucket"
    return f"SELECT bucket, row_count, {named} FROM ({summed}) AS summed ORDER BY bucket"


def rows_sql(table: Relation, key: tuple[str, ...], buckets: Iterable[int]) -> str:
    """Write the SELECT of the rows of these buckets; Databricks gives them as texts t1, t2 ... that tell all of a value."""
    shown = [
        table.either(
            duckdb=f"x{at} AS {table.name_of(name)}", databricks=f"{text_sql(at, table.schema[name].type)} AS t{at}"
        )
        for name, at in _positions(table).items()
    ]
    chosen = ", ".join(str(int(bucket)) for bucket in buckets)
    return f"SELECT {', '.join(shown)} FROM ({_weighted_sql(table, key)}) AS weighted WHERE bucket IN ({chosen})"


def names(table: Relation) -> list[str]:
    """Name the numbers of a bucket: columns by position, since their own names may be anything."""
    return ["whole", *(f"c{at}" for at in range(1, len(table.schema) + 1))]


def read_fingerprint(rows: Iterable[Mapping[str, Any]]) -> Fingerprint:
    """Make the fingerprint of the rows that its SELECT gave, here or elsewhere."""
    return {
        int(row["bucket"]): Bucket(
            int(row["row_count"]),
            int(row["whole"]),
            tuple(int(row[f"c{at}"]) for at in range(1, len(row) + 1) if f"c{at}" in row),
        )
        for row in rows
    }


def differing(left: Mapping[int, Any], right: Mapping[int, Any]) -> list[int]:
    """List the buckets that are not the same on both sides."""
    return sorted(bucket for bucket in {*left, *right} if left.get(bucket) != right.get(bucket))


def asked(table: Relation, key: tuple[str, ...]) -> str:
    """Say what a fingerprint is of: only those that answer the same question can be held against each other."""
    columns = [[column.name, column.type] for column in table.schema]
    question = json.dumps({"fingerprint": FORMULA, "columns": columns, "key": list(key)})
    return hashlib.sha256(question.encode()).hexdigest()  # it stands in all 256 rows, and columns may be thousands


def _weighted_sql(table: Relation, key: tuple[str, ...]) -> str:
    """Write the rows with their integers, their bucket, and the numbers that their values are multiplied with."""
    positions = _positions(table)
    text = table.only({f"x{at}": table.column(name) for name, at in positions.items()})
    kinds = {at: table.schema[name].type for name, at in positions.items()}
    key_ats = [positions[name] for name in key or table.schema.names]
    for layer in (*layers(table, kinds), _halves(table, positions.values()), *_weights(table, key_ats, list(kinds))):
        more = ", ".join(f"{expression} AS {name}" for name, expression in layer.items())
        text = f"SELECT *, {more} FROM ({text}) AS layer"
    return text


def _positions(table: Relation) -> dict[str, str]:
    for column in table.schema:
        if not has_view(column.type):
            raise UserError(f"`{column.name}` is {column.type}, of which there is no fingerprint")
    return {name: str(at) for at, name in enumerate(table.schema.names, start=1)}


def _halves(table: Relation, ats: Iterable[str]) -> dict[str, str]:
    """Take the low 31 bits of each value, and the high 33 with their sign."""
    ats = list(ats)
    low = {f"l{at}": f"coalesce(v{at} & {LOW}, 0)" for at in ats}
    return low | {f"h{at}": f"coalesce({table.shifted(f'v{at}', 31)}, {NULL})" for at in ats}


def _weights(table: Relation, key: Sequence[str], every: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Two hashes of the key: sums with fixed factors, then to the fifth power, so that near keys lie far apart."""
    # The fixed start: a key of zeros would weigh nothing, and what changes beside it would not be seen.
    remainders = {f"k{half}": f"({_factor(half)} + {_sum(key, half)}) % {prime}" for half, prime in PRIMES.items()}
    squares = {f"q{half}": f"k{half} * k{half} % {prime}" for half, prime in PRIMES.items()}
    fifth = {f"w{half}": f"(q{half} * q{half} % {prime}) * k{half} % {prime}" for half, prime in PRIMES.items()}
    # 33 bits times 28: with the product of the low part, the sum stays within a bigint.
    high = table.shifted(f"(wa * {_factor('high')} % {LOW})", 3)
    last = {"bucket": f"CAST(wb & {BUCKETS - 1} AS INT)", "ha": high, "row_b": _sum(every, "row")}
    return remainders, squares, fifth, last


def _sum(ats: Sequence[str], use: str) -> str:
    """Sum the values with fixed factors, of 24 bits for the low part and 22 for the high one."""
    terms = [f"l{at} * {_factor(use, at, 'low') >> 7} + h{at} * {_factor(use, at, 'high') >> 9}" for at in ats]
    together = [terms[start : start + TOGETHER] for start in range(0, len(terms), TOGETHER)]
    return " + ".join(f"({' + '.join(some)}) % {LOW if use == 'a' else PRIMES['b']}" for some in together)


def _factor(*use: str) -> int:
    """Choose a fixed number of 31 bits for each use."""
    return int.from_bytes(hashlib.sha256(".".join(use).encode()).digest()[:4], "big") % (LOW - 1) + 1

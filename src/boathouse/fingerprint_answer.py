"""Fingerprint answer: a fingerprint that was taken elsewhere: the statement that asks for it, and what it answers."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boathouse.comparison import Comparison
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.fingerprint import BUCKETS, Bucket, Fingerprint, asked, differing, fingerprint_sql, read_fingerprint
from boathouse.quoting import sql_name, sql_text
from boathouse.reconciliation import Question
from boathouse.relation import Relation
from boathouse.schema import FLOATS, Schema

NAME = re.compile(r"`(?:[^`]|``)+`|[^`.]+")
HEADER = ("bucket", "row_count", "whole")
PARTS = 3  # catalog, schema, table
REMOTE = "databricks:"


@dataclass(frozen=True)
class Answer:
    """What the statement gave: the buckets, and of which columns, types and key they are."""

    buckets: Fingerprint
    asked: str = ""
    types: str = ""


def statement(table: str, schema: Schema, key: tuple[str, ...]) -> str:
    """Write the statement that a person runs in Databricks SQL over catalog.schema.table, and whose result is the file."""
    relation = remote(table, schema)
    name = relation.name
    question = sql_text(asked(relation, key), "databricks")
    types = ", ".join(f"typeof({relation.column(column)})" for column in schema.names)
    # md5() of a number would quietly be that of its text: so the answer says which types it found.
    found = f"(SELECT concat_ws(', ', {types}) FROM {name} LIMIT 1)"
    return f"SELECT fingerprint.*, {question} AS asked, {found} AS types\nFROM ({fingerprint_sql(relation, key)}) AS fingerprint\nORDER BY bucket"


def remote(table: str, schema: Schema) -> Relation:
    """Name a table in Databricks, which is said to have these columns."""
    return Relation(".".join(sql_name(part, "databricks") for part in name_parts(table)), schema, "databricks")


def name_parts(table: str) -> list[str]:
    """Split main.shop.`my table` at its dots."""
    parts = NAME.findall(table)
    if not 1 <= len(parts) <= PARTS or ".".join(parts) != table:
        raise UserError(f"`{table}` is no name of a table in Databricks", hint="write catalog.schema.table")
    return [part[1:-1].replace("``", "`") if part.startswith("`") else part for part in parts]


def is_elsewhere(said: str) -> bool:
    """Tell whether a side is asked for its fingerprint: databricks:c.s.t, or a file that holds such an answer."""
    path = Path(said)
    if said.startswith(REMOTE) or path.suffix.lower() == ".csv":
        return True
    return path.suffix.lower() == ".parquet" and path.is_file() and _columns(path)[:3] == list(HEADER)


def answer(said: str, schema: Schema, key: tuple[str, ...], engine: DuckDB) -> Answer:
    """Get the answer to a table's columns and key: from Databricks now, or from the file that it was saved as."""
    if said.startswith(REMOTE):
        return _answer(ask(statement(said.removeprefix(REMOTE), schema, key)), said)
    path = Path(said)
    if not path.is_file():
        raise UserError(f"there is no file {path}")
    if path.suffix.lower() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if list(reader.fieldnames or ())[:3] == list(HEADER):
                return _answer(list(reader), said)
        raise _no_fingerprint(said)
    return _answer(engine.rows(f"SELECT * FROM read_parquet({sql_text(str(path), 'duckdb')})"), said)


def ask(sql: str) -> list[dict[str, Any]]:
    """Send one statement to Databricks."""
    from boathouse.engines.sql_warehouse import SqlWarehouse

    return SqlWarehouse.from_environment().rows(sql)


def _answer(rows: Sequence[Mapping[str, Any]], said: str) -> Answer:
    try:
        told = {(str(row["asked"]), str(row["types"])) for row in rows} or {("", "")}
        ((question, types),) = told
        return Answer(read_fingerprint(rows), question, types)
    except (KeyError, ValueError, TypeError):
        raise _no_fingerprint(said) from None


def _no_fingerprint(said: str) -> UserError:
    hint = "save the result of `boathouse reconcile ... --sql databricks` as it is; a csv is only ever that"
    return UserError(f"{said} is no fingerprint", hint=hint)


def difference(here: Fingerprint, there: Answer, schema: Schema, question: Question) -> Comparison:
    """Hold a table's fingerprint against an answer."""
    rows = _rows(there.buckets)
    if there.buckets and there.asked != asked(Relation("", schema), question.key):
        said = "the fingerprint is of other columns, types or another key; ask for it anew with --sql databricks"
        return Comparison("NOT COMPARABLE", said, right_rows=rows)
    types = ", ".join(column.type for column in schema)
    if there.buckets and there.types != types:
        return Comparison("DIFFERENT", f"the types are {types} here and {there.types} there", right_rows=rows)
    counted = Comparison("PROVEN", "", _rows(here), rows)
    return _told(counted, schema, question, (here, there.buckets)) if differing(here, there.buckets) else counted


def _told(counted: Comparison, schema: Schema, question: Question, both: tuple[Fingerprint, Fingerprint]) -> Comparison:
    """Say which columns differ; where a number may be off by a little, a fingerprint cannot tell noise from change."""
    apart, empty = differing(*both), Bucket(0, 0, (0,) * len(schema))
    pairs = [tuple(side.get(bucket, empty) for side in both) for bucket in apart]
    counts = {name: sum(one.columns[at] != two.columns[at] for one, two in pairs) for at, name in enumerate(schema.names)}  # fmt: skip
    columns = [name for name, count in counts.items() if count]
    named = ", ".join(f"{name} ({counts[name]})" for name in columns) or "whole rows"
    said = f"{len(apart)} of {BUCKETS} buckets differ, in {named}"
    loose = {column.name for column in schema if column.type in FLOATS} | question.tolerance.keys()
    if loose & {*(question.key or schema.names)}:
        # Noise moves a row to another bucket then, and all of its columns with it.
        unsure, why = counted.left_rows == counted.right_rows, "name a --key without doubles, which tells more"
    else:
        unsure = loose.issuperset(columns or ["?"]) and all(one.rows == two.rows for one, two in pairs)
        why = "numbers only, and a fingerprint cannot tell noise from change"
    return replace(counted, verdict="NOT COMPARABLE" if unsure else "DIFFERENT", why=said + f": {why}" * unsure)


def _rows(buckets: Fingerprint) -> int:
    return sum(bucket.rows for bucket in buckets.values())


def _columns(path: Path) -> list[str]:
    rows = DuckDB().rows(f"DESCRIBE SELECT * FROM read_parquet({sql_text(str(path), 'duckdb')})")
    return [row["column_name"] for row in rows]

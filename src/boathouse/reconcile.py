"""Reconcile: hold two tables against each other by what costs least, until a tier proves them equal or tells how they differ.

metadata (no data is read) -> fingerprint (one scan a side, 256 rows) -> rows (of the buckets that differ, joined by key).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from boathouse.bucket_hash import bucket_hashes, bucket_rows_sql
from boathouse.comparison import Comparison, compare_rows
from boathouse.config import Project
from boathouse.elsewhere import Elsewhere
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.fingerprint import BUCKETS, differing
from boathouse.fingerprint_answer import is_elsewhere, statement
from boathouse.integer_view import has_view
from boathouse.quoting import sql_name
from boathouse.reconciliation import Question, Reconciliation
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.shared_columns import cast_sql, nullability, schema_differences, shared_columns
from boathouse.side import Side, open_side

FEW = BUCKETS // 2  # buckets that are worth a copy; of more, the tables are compared as they are


def reconcile(left: str, right: str, project: Project, question: Question | None = None) -> Reconciliation:
    """Compare two tables, or a table with the fingerprint of one that is elsewhere."""
    clock, engine, asked = time.perf_counter(), DuckDB(), question or Question()
    elsewhere = [said for said in (left, right) if is_elsewhere(said)]
    if len(elsewhere) > 1:
        raise UserError("both sides are elsewhere", hint="one of them has to be a table that can be read here")
    if elsewhere:
        found = _elsewhere(left, right, engine, project, asked)
    else:
        sides = open_side(left, "l", engine, project), open_side(right, "r", engine, project)
        found = _Tables(engine, *sides, asked).reconcile()
    return replace(found, seconds=time.perf_counter() - clock)


def remote_statement(left: str, right: str, project: Project, key: tuple[str, ...]) -> str:
    """Write the statement that asks a table in Databricks for the fingerprint that a table here is held against."""
    here = open_side(left, "l", DuckDB(), project)
    Question(key).check(here.schema)
    return statement(right, here.schema, key)


@dataclass(frozen=True)
class _Tables:
    """Two tables in one DuckDB session, as side.l and side.r."""

    engine: DuckDB
    left: Side
    right: Side
    asked: Question

    def reconcile(self) -> Reconciliation:
        differences = schema_differences(self.left.schema, self.right.schema)
        shared = shared_columns(self.left.schema, self.right.schema)
        self.asked.check(shared)
        notes = nullability(self.left, self.right)
        found = Reconciliation(
            self.left.name, self.right.name, "metadata", Comparison("PROVEN"), self.asked.key, differences, notes=notes
        )
        if not len(shared):
            return replace(found, comparison=Comparison("NOT COMPARABLE", "the tables have no column in common"))
        if why := self._same_by_metadata():
            return _judged(found, self._counted(Comparison("PROVEN", why)))
        return self._by_rows(self._by_fingerprint(found, shared), shared)

    def _same_by_metadata(self) -> str:
        if self.left.files and self.left.files == self.right.files:
            return "both are the same files of one Delta table"
        return "" if self.left.rows or self.right.rows else "neither has a row"

    def _by_fingerprint(self, found: Reconciliation, shared: Schema) -> Reconciliation:
        """Name the shared columns of both sides, then take the fingerprints; `buckets` stays None where there are none."""
        for name, side in (("l", self.left), ("r", self.right)):
            self.engine.view("side", name, cast_sql(side, shared))
        beyond = [f"`{column.name}` is {column.type}" for column in shared if not has_view(column.type)]
        if beyond:
            return replace(found, notes=(*found.notes, f"no fingerprint: {', '.join(beyond)}; all rows were compared"))
        left, right = (bucket_hashes(self.engine, Relation(f"side.{name}", shared), self.asked.key) for name in "lr")
        apart = differing(left, right)
        self._keep(apart, shared)
        return replace(found, tier="fingerprint", buckets=len(apart))

    def _keep(self, apart: list[int], shared: Schema) -> None:
        """Make side.l and side.r the rows of the buckets that differ, where these are few."""
        if not 0 < len(apart) <= FEW:
            return
        for name, side in (("l", self.left), ("r", self.right)):
            table = Relation(f"({cast_sql(side, shared)}) AS whole", shared)
            self.engine.execute(f"CREATE TABLE side.few_{name} AS {bucket_rows_sql(table, self.asked.key, apart)}")
            self.engine.view("side", name, f"SELECT * FROM side.few_{name}")

    def _by_rows(self, found: Reconciliation, shared: Schema) -> Reconciliation:
        if found.buckets == 0:
            return _judged(found, self._counted(Comparison("PROVEN")))
        key, tolerance, noise = self.asked.key, self.asked.tolerance, self.asked.noise
        compared = compare_rows(self.engine, shared, key=key, tolerance=tolerance, noise=noise)
        twice = self._duplicates() if key and not compared.equal else None
        return _judged(replace(found, tier="rows", duplicate_keys=twice), self._counted(compared))

    def _duplicates(self) -> tuple[int, int]:
        by = ", ".join(sql_name(name, "duckdb") for name in self.asked.key)
        counts = [
            self.engine.row(
                f"SELECT count(*) AS n FROM (SELECT 1 FROM ({side.scan}) AS t GROUP BY {by} HAVING count(*) > 1)"
            )
            for side in (self.left, self.right)
        ]
        return counts[0]["n"], counts[1]["n"]

    def _counted(self, compared: Comparison) -> Comparison:
        return replace(compared, left_rows=self.left.rows, right_rows=self.right.rows)


def _judged(found: Reconciliation, compared: Comparison) -> Reconciliation:
    """Equal rows under other columns or types are a difference still, and the sentence says that it is the only one."""
    if not found.schema_differences:
        return replace(found, comparison=compared)
    said = "; ".join(each.sentence for each in found.schema_differences)
    rest = "the values of the columns they share are equal" if compared.equal else compared.why
    return replace(found, comparison=replace(compared, verdict="DIFFERENT", why=f"{said}; {rest}"))


def _elsewhere(left: str, right: str, engine: DuckDB, project: Project, asked: Question) -> Reconciliation:
    swapped = is_elsewhere(left)
    here = open_side(right if swapped else left, "here", engine, project)
    asked.check(here.schema)
    return Elsewhere(engine, here, left if swapped else right, asked, swapped).reconcile()

"""Elsewhere: a table here held against one that only answers statements, or has answered one already."""

from __future__ import annotations

from dataclasses import dataclass, replace

from boathouse.comparison import Comparison, compare_rows
from boathouse.engines.duckdb import DuckDB
from boathouse.fingerprint import differing, fingerprint_sql, read_fingerprint, rows_sql
from boathouse.fingerprint_answer import REMOTE, Answer, answer, ask, difference, remote
from boathouse.integer_view import value_sql
from boathouse.quoting import sql_name
from boathouse.reconciliation import Question, Reconciliation
from boathouse.relation import Relation
from boathouse.shared_columns import cast_sql
from boathouse.side import Side

MOST = 500_000  # values that are fetched; the service sends 25 MiB at most in one answer


@dataclass(frozen=True)
class Elsewhere:
    """A table that was opened here, and what a person wrote for the other; both sides of one DuckDB session."""

    engine: DuckDB
    here: Side
    said: str
    asked: Question
    swapped: bool = False  # the table here is the right one

    def reconcile(self) -> Reconciliation:
        """Compare fingerprints and then, where Databricks can be asked again, the rows of the buckets that differ."""
        view, schema = "r" if self.swapped else "l", self.here.schema
        told = answer(self.said, schema, self.asked.key, self.engine)
        self.engine.view("side", view, cast_sql(self.here, schema))
        table = Relation(f"side.{view}", schema)
        own = read_fingerprint(self.engine.rows(fingerprint_sql(table, self.asked.key)))
        compared = difference(own, told, schema, self.asked)
        if self.swapped:
            compared = replace(compared, left_rows=compared.right_rows, right_rows=compared.left_rows)
        names = (self.said, self.here.name) if self.swapped else (self.here.name, self.said)
        found = Reconciliation(*names, "fingerprint", compared, self.asked.key)
        if None in (compared.left_rows, compared.right_rows):  # it was another question that was answered
            return found
        apart = differing(own, told.buckets)
        found = replace(found, buckets=len(apart))
        if not self._can_fetch(told, apart):
            return found
        return replace(found, tier="rows", comparison=self._rows(table, apart, compared))

    def _can_fetch(self, told: Answer, apart: list[int]) -> bool:
        rows = sum(told.buckets[bucket].rows for bucket in apart if bucket in told.buckets)
        return 0 < rows * len(self.here.schema) <= MOST and self.said.startswith(REMOTE)

    def _rows(self, table: Relation, apart: list[int], compared: Comparison) -> Comparison:
        """Fetch the rows of the buckets that differ, and tell them apart."""
        key, engine, there = self.asked.key, self.engine, "l" if self.swapped else "r"
        engine.execute(f"CREATE TABLE side.few AS {rows_sql(table, key, apart)}")
        engine.execute(f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM side.few")
        rows = ask(rows_sql(remote(self.said.removeprefix(REMOTE), table.schema), key, apart))
        texts = [f"t{at}" for at in range(1, len(table.schema) + 1)]
        engine.keep_texts("side", "fetched", {text: [row[text] for row in rows] for text in texts})
        values = [
            f"{value_sql(text, column.type)} AS {sql_name(column.name, 'duckdb')}"
            for text, column in zip(texts, table.schema, strict=True)
        ]
        engine.view("side", there, f"SELECT {', '.join(values)} FROM side.fetched")
        found = compare_rows(engine, table.schema, key=key, tolerance=self.asked.tolerance, noise=self.asked.noise)
        if found.verdict == "PROVEN" and not found.why:
            found = replace(found, verdict="NOT COMPARABLE", why="the table changed between two statements; ask again")
        return replace(found, left_rows=compared.left_rows, right_rows=compared.right_rows)

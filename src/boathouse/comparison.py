"""Comparison: two Delta tables held against each other, row by row, and what differs told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from boathouse.change_kind import change_kind_sql
from boathouse.closeness import NOISE, near_sql
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.quoting import sql_name, sql_text
from boathouse.schema import FLOATS, Schema, is_number

Verdict = Literal["PROVEN", "EQUAL WITHIN TOLERANCE", "DIFFERENT", "NOT COMPARABLE"]


@dataclass(frozen=True)
class Change:
    """One way in which values of a column differ; each sample is (row, left, right)."""

    kind: str
    rows: int
    samples: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ColumnDifference:
    """A column that differs in rows that both sides have; each sample is (row, left, right)."""

    column: str
    rows: int
    samples: tuple[tuple[str, str, str], ...]
    largest: float | None = None  # the largest relative difference, where both sides are numbers
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two tables held against each other: left is what was built, right is what the other engine made."""

    verdict: Verdict
    why: str = ""
    left_rows: int | None = None
    right_rows: int | None = None
    aligned_by: tuple[str, ...] = ()
    missing: int = 0  # rows that only left has
    extra: int = 0  # rows that only right has
    changed: int = 0  # rows that both have and that differ
    missing_samples: tuple[str, ...] = ()
    extra_samples: tuple[str, ...] = ()
    columns: tuple[ColumnDifference, ...] = ()

    @property
    def equal(self) -> bool:
        return self.verdict in ("PROVEN", "EQUAL WITHIN TOLERANCE")


def compare(
    left: Path,
    right: Path,
    *,
    key: tuple[str, ...] = (),
    tolerance: Mapping[str, float] | None = None,
    without: tuple[str, ...] = (),
) -> Comparison:
    """Compare two Delta tables: columns with names, order and types, then rows as a multiset.

    NULL equals NULL only, NaN equals NaN only. Doubles equal within 1e-12 relative; `tolerance` widens that for a
    column, and then the verdict says so. `without` leaves columns out, and then the others may stand in any order.
    """
    one, other = delta.schema(left), delta.schema(right)
    if without:
        one, other = _kept(one, without, one), _kept(other, without, one)
    if differs := schema_difference(one, other):
        return Comparison("DIFFERENT", differs)
    engine = DuckDB()
    for name, path in (("l", left), ("r", right)):
        _show(engine, name, path, one.names)
    return compare_rows(engine, one, key=key, tolerance=tolerance)


def compare_rows(
    engine: DuckDB,
    schema: Schema,
    *,
    key: tuple[str, ...] = (),
    tolerance: Mapping[str, float] | None = None,
    noise: float = NOISE,
) -> Comparison:
    """Compare the rows of side.l and side.r, which have these columns, in a session; `noise` is what sums may differ by."""
    return _Rows(engine, schema, key, tolerance or {}, noise).compare()


def schema_difference(left: Schema, right: Schema) -> str:
    """Say the first thing that two schemas differ in, or nothing."""
    for name in left.names:
        if name not in right:
            return f"the column `{name}` is missing on the other side"
        if left[name].type != right[name].type:
            return f"`{name}` is {left[name].type} here and {right[name].type} there"
    for name in right.names:
        if name not in left:
            return f"the column `{name}` is there only on the other side"
    return "" if left.names == right.names else f"the columns stand in another order: {', '.join(right.names)}"


def _kept(schema: Schema, without: tuple[str, ...], order: Schema) -> Schema:
    """Keep the columns that are compared, in the order that the left side has them."""
    names = [*(name for name in order.names if name in schema), *(name for name in schema.names if name not in order)]
    return schema.keep(name for name in names if name not in without)


def _show(engine: DuckDB, name: str, path: Path, columns: tuple[str, ...]) -> None:
    scan = delta.scan(path)
    if not scan:
        engine.register("whole", name, delta.arrow(path))
        scan = f"SELECT * FROM whole.{name}"
    engine.view("side", name, f"SELECT {', '.join(map(_quoted, columns))} FROM ({scan})")


@dataclass(frozen=True)
class _Rows:
    """The rows of side.l and side.r in one DuckDB session."""

    engine: DuckDB
    schema: Schema
    key: tuple[str, ...]
    tolerance: Mapping[str, float]
    noise: float = NOISE

    def compare(self) -> Comparison:
        counts = self.engine.row("SELECT (SELECT count(*) FROM side.l) AS l, (SELECT count(*) FROM side.r) AS r")
        counted = Comparison("PROVEN", left_rows=counts["l"], right_rows=counts["r"])
        if not self._keep_unmatched():
            return counted
        by = self._align()
        counted = replace(counted, aligned_by=by)
        (missing, only_left), (extra, only_right) = self._only("l", by), self._only("r", by)
        changed = self.engine.row(f"SELECT count(*) AS n FROM pairs WHERE {self._any_differs(by)}")["n"]
        if missing or extra or changed:
            columns = tuple(found for name in self._compared(by) if (found := self._column(name, by)))
            return replace(
                counted, verdict="DIFFERENT", why="the rows differ", missing=missing, missing_samples=only_left,
                extra=extra, extra_samples=only_right, changed=changed, columns=columns,
            )  # fmt: skip
        if wider := self._wider(by):
            return replace(counted, verdict="EQUAL WITHIN TOLERANCE", why=wider)
        return replace(counted, why=f"doubles differ by less than {NOISE:g} relative")

    def _keep_unmatched(self) -> int:
        """Keep the rows that have no equal on the other side, counting duplicates; mostly there are none, and all is said."""
        for here, there in ("lr", "rl"):
            self.engine.execute(
                f"CREATE TEMP TABLE only_{here} AS SELECT * FROM side.{here} EXCEPT ALL SELECT * FROM side.{there}"
            )
        return int(self.engine.row("SELECT (SELECT count(*) FROM only_l) + (SELECT count(*) FROM only_r) AS n")["n"])

    def _align(self) -> tuple[str, ...]:
        """Pair the unmatched rows: by the key, else by all columns that are no doubles; equals by their order."""
        exact = tuple(column.name for column in self.schema if column.type not in FLOATS)
        by = self.key or exact
        # Single precision, so that noise in the first double does not decide the order by the next.
        order = [f"TRY_CAST({_quoted(c.name)} AS FLOAT)" for c in self.schema if c.type in FLOATS]
        order += [_quoted(c.name) for c in self.schema if c.name not in by]
        window = " ".join([_clause("PARTITION BY", map(_quoted, by)), _clause("ORDER BY", order)])
        for side in "lr":
            self.engine.execute(
                f"CREATE TEMP TABLE numbered_{side} AS SELECT *, row_number() OVER ({window}) AS {NUMBER} FROM only_{side}"
            )
        on = " AND ".join(f"l.{name} IS NOT DISTINCT FROM r.{name}" for name in [*map(_quoted, by), NUMBER])
        columns = [
            f"l.{_quoted(n)} AS {_quoted('l.' + n)}, r.{_quoted(n)} AS {_quoted('r.' + n)}" for n in self.schema.names
        ]
        joined = f"l.{NUMBER} AS in_l, r.{NUMBER} AS in_r, {', '.join(columns)} FROM numbered_l l FULL JOIN numbered_r r ON {on}"
        self.engine.execute(f"CREATE TEMP TABLE pairs AS SELECT {joined}")
        return by

    def _compared(self, by: tuple[str, ...]) -> list[str]:
        return [name for name in self.schema.names if name not in by]

    def _wider(self, by: tuple[str, ...]) -> str:
        """Name the columns that are equal only because more than the noise of sums was allowed."""
        widened = [name for name in self._compared(by) if self._tolerated(name) and self._widened(name)]
        declared = ", ".join(f"{name} to {self.tolerance[name]:g}" for name in widened if name in self.tolerance)
        noisy = ", ".join(name for name in widened if name not in self.tolerance)
        said = (
            f"as declared: {declared}" * bool(declared),
            f"noise below {self.noise:g} relative: {noisy}" * bool(noisy),
        )
        return "; ".join(filter(None, said))

    def _tolerated(self, name: str) -> bool:
        return name in self.tolerance or (self.noise > NOISE and self.schema[name].type in FLOATS)

    def _differs(self, name: str, wide: float | None = None) -> str:
        left, right = _quoted("l." + name), _quoted("r." + name)
        differs = f"{left} IS DISTINCT FROM {right}"
        kind = self.schema[name].type
        if kind in FLOATS or (is_number(kind) and name in self.tolerance):
            declared = self.tolerance.get(name, self.noise) if wide is None else wide
            # Below one, a declared tolerance is absolute: a sum that should be zero has no relative error.
            absolute = wide is None and self.tolerance.get(name, 0) > NOISE
            near = near_sql((left, right), (_quoted(name), "side.l"), declared, absolute=absolute)
            differs += f" AND NOT coalesce({near}, FALSE)"
        return f"(in_l IS NOT NULL AND in_r IS NOT NULL AND {differs})"

    def _any_differs(self, by: tuple[str, ...]) -> str:
        return " OR ".join(map(self._differs, self._compared(by))) or "FALSE"

    def _widened(self, name: str) -> bool:
        """Tell whether the column is equal only because of its declared tolerance."""
        return bool(self.engine.row(f"SELECT count(*) AS n FROM pairs WHERE {self._differs(name, NOISE)}")["n"])

    def _column(self, name: str, by: tuple[str, ...]) -> ColumnDifference | None:
        left, right = _quoted("l." + name), _quoted("r." + name)
        relative = "NULL"
        if self.schema[name].type in FLOATS:
            # Divided first: the difference of two doubles may be infinite, which JSON has no word for.
            size = f"nullif(greatest(abs({left}), abs({right})), 0)"
            finite = f"isfinite({left}) AND isfinite({right})"
            relative = f"max(abs({left} / {size} - {right} / {size})) FILTER ({finite})"
        where = f"WHERE {self._differs(name)}"
        found = self.engine.row(f"SELECT count(*) AS rows, {relative} AS largest FROM pairs {where}")
        if not found["rows"]:
            return None
        changes = self._changes(name, by, where)
        return ColumnDifference(name, found["rows"], self._samples(name, by, where), found["largest"], changes)

    def _changes(self, name: str, by: tuple[str, ...], where: str) -> tuple[Change, ...]:
        """Tell the ways in which values of the column differ, the commonest first."""
        kind = change_kind_sql(self.schema[name].type, _quoted("l." + name), _quoted("r." + name))
        counted = self.engine.rows(
            f"SELECT {kind} AS kind, count(*) AS n FROM pairs {where} GROUP BY 1 ORDER BY n DESC, kind"
        )
        return tuple(
            Change(
                row["kind"],
                row["n"],
                self._samples(name, by, f"{where} AND {kind} = {sql_text(row['kind'], 'duckdb')}"),
            )
            for row in counted
        )

    def _samples(self, name: str, by: tuple[str, ...], where: str) -> tuple[tuple[str, str, str], ...]:
        left, right = _quoted("l." + name), _quoted("r." + name)
        query = f"SELECT {_row(by, 'l.')} AS at, {left} AS l, {right} AS r FROM pairs {where} ORDER BY ALL LIMIT 3"
        return tuple((str(row["at"]), _text(row["l"]), _text(row["r"])) for row in self.engine.rows(query))

    def _only(self, side: str, by: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        where = f"WHERE in_{'r' if side == 'l' else 'l'} IS NULL"
        count = self.engine.row(f"SELECT count(*) AS n FROM pairs {where}")["n"]
        shown = (
            self.engine.rows(f"SELECT {_row(by, side + '.')} AS at FROM pairs {where} ORDER BY ALL LIMIT 3")
            if count
            else []
        )
        return count, tuple(str(sample["at"]) for sample in shown)


NUMBER = '"row number among equals"'


def _quoted(name: str) -> str:
    return sql_name(name, "duckdb")


def _clause(words: str, items: Any) -> str:
    listed = ", ".join(items)
    return f"{words} {listed}" if listed else ""


def _row(by: tuple[str, ...], prefix: str) -> str:
    """Write the text that names a row in samples: customer_id=7, month=2024-01-01."""
    if not by:
        return "''"
    parts = [
        f"{sql_text(f'{name}=', 'duckdb')} || coalesce(CAST({_quoted(prefix + name)} AS VARCHAR), 'NULL')"
        for name in by[:6]
    ]
    return " || ', ' || ".join(parts)


def _text(value: Any) -> str:
    return "NULL" if value is None else repr(value) if isinstance(value, str | float) else str(value)

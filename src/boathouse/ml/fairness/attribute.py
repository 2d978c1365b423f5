"""Attribute: by what people are told apart: values, bands of a number, what is missing, and several attributes together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UserError
from boathouse.ml.fairness.criteria import FairnessCriteria
from boathouse.quoting import sql_literal, sql_text
from boathouse.schema import Schema

Attribute = tuple[str, ...]  # one column, or several that are looked at together
JOINT = " & "  # between the names of attributes, or of groups, that are looked at together
VALUES = 10  # a number of so few distinct values is no number to make bands of
NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp")


@dataclass(frozen=True)
class Grouping:
    """One column of the data, as the SQL that names each row's group; NULL where the value is missing."""

    name: str
    column: str  # in DuckDB
    sql: str
    bands: tuple[str, ...] = ()  # in their order; none where values are the groups


def groupings(names: Sequence[str], columns: Schema, engine: DuckDB, criteria: FairnessCriteria) -> list[Grouping]:
    """Decide how the rows of `people` are told apart by each column, which is a0, a1 ... there."""
    numeric = [at for at, column in enumerate(columns) if _is_number(column.type)]
    known = _quantiles(engine, columns, numeric, criteria.band_count)
    made = []
    for at, name in enumerate(names):
        edges = criteria.edges(name)
        if edges and at not in numeric:
            raise UserError(f"`{name}` is no number, so it has no bands", hint="leave it out of `bands`")
        value = _present(f"a{at}", columns.types[f"a{at}"])
        values, quantiles = known.get(at, (0, ()))
        if at in numeric and (edges or (values > VALUES and quantiles)):
            sql, bands = _bands(value, edges or quantiles)
        else:
            sql, bands = f"CAST({value} AS VARCHAR)", ()
        made.append(Grouping(name, f"a{at}", sql, bands))
    return made


def _is_number(kind: str) -> bool:
    return kind in NUMBERS or kind.startswith("decimal")


def _present(column: str, kind: str) -> str:
    """Read NaN as what it means: no value."""
    return f"CASE WHEN NOT isnan({column}) THEN {column} END" if kind in ("float", "double") else column


def _quantiles(
    engine: DuckDB, columns: Schema, numeric: Sequence[int], bands: int
) -> dict[int, tuple[int, tuple[Any, ...]]]:
    """Ask how many values each number has, and which of them part it into bands of equal size."""
    if not numeric:
        return {}
    shares = [at / bands for at in range(1, bands)]
    asked = []
    for at in numeric:
        value = _present(f"a{at}", columns.types[f"a{at}"])
        asked += [f"count(DISTINCT {value}) AS n{at}", f"min({value}) AS low{at}"]
        asked += [f"quantile_disc({value}, {shares}) AS q{at}"] if shares else [f"NULL AS q{at}"]
    row = engine.row(f"SELECT {', '.join(asked)} FROM main.people")
    return {at: (row[f"n{at}"], _above(row[f"low{at}"], row[f"q{at}"] or ())) for at in numeric}


def _above(low: Any, edges: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted({edge for edge in edges if edge > low}))


def _bands(value: str, edges: Sequence[Any]) -> tuple[str, tuple[str, ...]]:
    """Name the band of a value: `below 35`, `35 to under 52`, `52 and over`."""
    names = [f"below {_said(edges[0])}"]
    names += [f"{_said(low)} to under {_said(high)}" for low, high in pairwise(edges)]
    over = f"{_said(edges[-1])} and over"
    cases = [f"WHEN {value} IS NULL THEN NULL"]
    cases += [
        f"WHEN {value} < {sql_literal(edge, 'duckdb')} THEN {sql_text(name, 'duckdb')}"
        for edge, name in zip(edges, names, strict=True)
    ]
    return f"CASE {' '.join(cases)} ELSE {sql_text(over, 'duckdb')} END", (*names, over)


def _said(edge: Any) -> str:
    if isinstance(edge, datetime | date):
        return edge.isoformat()
    return str(int(edge)) if isinstance(edge, float) and edge.is_integer() else str(edge)

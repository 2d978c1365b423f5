"""Feature bins: into which bins the reference parts a feature, so that each holds about as many of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nextafter
from typing import Any

from boathouse.engines.duckdb import DuckDB
from boathouse.quoting import sql_literal
from boathouse.schema import Schema

MISSING, UNSEEN = -1, -2  # bins of their own: no value; a value that the reference does not have, or no number
LEVELS = 50  # the most frequent values of a category have a bin each, all other known ones share one
WHOLE = ("tinyint", "smallint", "int", "bigint")
NUMBERS = (*WHOLE, "float", "double")
TIMES = ("date", "timestamp")


@dataclass(frozen=True)
class FeatureBins:
    """How one feature is parted: a number at its quantiles, or by each of its values where these are few; all else by value."""

    name: str
    column: str  # in DuckDB: f0, f1 ...
    kind: str  # number, time or category
    edges: tuple[float, ...] = ()
    spikes: tuple[float, ...] = ()  # edges that so many rows equal, that the value is a bin of its own
    values: tuple[float, ...] = ()  # of a number that has only few

    @property
    def is_joined(self) -> bool:
        """Tell whether its bins stand in a table of levels."""
        return self.kind == "category"

    @property
    def levels(self) -> str:
        return f"main.levels_{self.column}"

    def ends(self, *, is_whole: bool) -> tuple[float, ...]:
        """Give the upper ends of the bins of a number; a value that is a bin of its own has an end just below it, too."""
        alone = self.values or self.spikes
        below = (value - 1 if is_whole else nextafter(value, -inf) for value in alone)
        ends = sorted(end for end in {*self.edges, *self.values, *below} if isfinite(end))
        return tuple(map(int, ends) if is_whole else ends)

    def value(self, kind: str) -> str:
        """Write the value that is put into a bin, from a column that may by now have another type than it had."""
        column = self.column
        if self.kind == "category":
            return f"CAST({column} AS VARCHAR)"
        if self.kind == "time":
            at = column if kind in TIMES else f"TRY_CAST(CAST({column} AS VARCHAR) AS TIMESTAMP)"
            return f"epoch(CAST({at} AS TIMESTAMP))"
        is_number = kind in NUMBERS or kind.startswith("decimal") or kind == "boolean"
        return f"CAST({column} AS DOUBLE)" if is_number else f"TRY_CAST(CAST({column} AS VARCHAR) AS DOUBLE)"

    def bin(self, value: str) -> str:
        """Write the number of a value's bin, for a feature whose bins stand in no table; NaN is missing."""
        if self.values:
            cases = [f"WHEN {sql_literal(one, 'duckdb')} THEN {at}" for at, one in enumerate(self.values)]
            inside = f"CASE {value} {' '.join(cases)} ELSE {UNSEEN} END"
        else:
            above = [f"CAST({value} > {sql_literal(edge, 'duckdb')} AS TINYINT)" for edge in self.edges]
            above += [f"CAST({value} >= {sql_literal(edge, 'duckdb')} AS TINYINT)" for edge in self.spikes]
            inside = " + ".join(above) if above else str(UNSEEN)
        missing = f"WHEN {self.column} IS NULL THEN {MISSING} WHEN {value} IS NULL THEN {UNSEEN}"
        return f"CASE {missing} WHEN isnan({value}) THEN {MISSING} ELSE {inside} END"


def fitted(engine: DuckDB, names: Sequence[str], schema: Schema, bins: int) -> list[FeatureBins]:
    """Learn the bins of each feature of main.reference, and put the levels of categories into tables."""
    made = [FeatureBins(name, f"f{at}", _kind(schema.types[f"f{at}"])) for at, name in enumerate(names)]
    quantiles = _quantiles(engine, [one for one in made if not one.is_joined], schema, bins)
    for one in made:
        if one.is_joined:
            engine.execute(
                f"CREATE TABLE {one.levels} AS SELECT level, n, least(row_number() OVER (ORDER BY n DESC, level) - 1, {LEVELS}) AS bin "
                f"FROM (SELECT {one.value('')} AS level, count(*) AS n FROM main.reference WHERE {one.column} IS NOT NULL GROUP BY level)"
            )
    return [one if one.is_joined else _numeric(one, quantiles) for one in made]


def _kind(kind: str) -> str:
    if kind in NUMBERS or kind.startswith("decimal"):
        return "number"
    return "time" if kind in TIMES else "category"


def _quantiles(engine: DuckDB, features: Sequence[FeatureBins], schema: Schema, bins: int) -> dict[str, Any]:
    """Ask the inner quantiles of all numbers, and their values where these are few."""
    if not features:
        return {}
    shares = [at / bins for at in range(1, bins)]
    asked = []
    for one in features:
        value = one.value(schema.types[one.column])
        known = f"FILTER (NOT isnan({value}))"
        asked.append(f"quantile_disc({value}, {shares}) {known} AS q_{one.column}")
        # Exact where it matters: the sketch is far off for no number of values that is near so few.
        asked.append(f"approx_count_distinct({value}) {known} AS n_{one.column}")
    found = engine.row(f"SELECT {', '.join(asked)} FROM main.reference")
    for one in features:
        if found[f"n_{one.column}"] <= 4 * bins:
            value = one.value(schema.types[one.column])
            rows = engine.rows(
                f"SELECT DISTINCT {value} AS v FROM main.reference WHERE NOT isnan({value}) ORDER BY v LIMIT {bins + 1}"
            )
            found[f"v_{one.column}"] = tuple(row["v"] for row in rows)
    return found


def _numeric(feature: FeatureBins, found: dict[str, Any]) -> FeatureBins:
    edges = Counter(found[f"q_{feature.column}"] or ())
    values = found.get(f"v_{feature.column}", ())
    if 0 < len(values) <= len(found[f"q_{feature.column}"] or ()) + 1:
        return FeatureBins(feature.name, feature.column, feature.kind, values=values)
    spikes = tuple(edge for edge, times in edges.items() if times > 1)
    return FeatureBins(feature.name, feature.column, feature.kind, tuple(edges), spikes)

"""Measure the columns that arrived with a type: nulls, exact distinct values, and the few values of a category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from boathouse.probe import Engine
from boathouse.profiling.texts import TOP
from boathouse.quoting import sql_name

CHUNK = 40  # columns in a query: its plan's cost grows with their square


@dataclass(frozen=True)
class TypedEvidence:
    present: int
    distinct: int
    top: tuple[tuple[str, int], ...] = ()


def measure_typed(engine: Engine, table: str, names: Sequence[str]) -> dict[str, TypedEvidence]:
    """Measure typed columns; the values themselves only where there are few."""
    found: dict[str, TypedEvidence] = {}
    for chunk in chunks(names):
        quoted = [sql_name(name, "duckdb") for name in chunk]
        counts = ", ".join(f"count({x}) AS n{at}, count(DISTINCT {x}) AS d{at}" for at, x in enumerate(quoted))
        row = engine.rows(f"SELECT {counts} FROM {table}")[0]
        few = [at for at in range(len(chunk)) if 0 < row[f"d{at}"] <= TOP]
        top = top_values(engine, table, {at: quoted[at] for at in few})
        found |= {
            name: TypedEvidence(row[f"n{at}"], row[f"d{at}"], tuple(top.get(at, ()))) for at, name in enumerate(chunk)
        }
    return found


def chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + CHUNK] for start in range(0, len(names), CHUNK))


def top_values(engine: Engine, table: str, columns: dict[int, str]) -> dict[int, list[tuple[str, int]]]:
    if not columns:
        return {}
    each = [
        f"SELECT {at} AS c, CAST({x} AS VARCHAR) AS v, count(*) AS n FROM {table} WHERE {x} IS NOT NULL GROUP BY ALL"
        for at, x in columns.items()
    ]
    found: dict[int, list[tuple[str, int]]] = {}
    for row in engine.rows(f"{' UNION ALL '.join(each)} ORDER BY c, n DESC, v"):
        found.setdefault(row["c"], []).append((row["v"], row["n"]))
    return found

"""Bin counts: how many rows of a table lie in each bin of each feature, for all rows or chunk by chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from boathouse.engines.duckdb import DuckDB
from boathouse.ml.drift.feature_bins import MISSING, UNSEEN, FeatureBins
from boathouse.schema import Schema

Counts = Mapping[int, int]  # of rows, by the number of the bin


def bin_counts(
    engine: DuckDB, features: Sequence[FeatureBins], table: str, schema: Schema, chunk: str = "0"
) -> dict[int, dict[str, Counts]]:
    """Count in one query: by the number of the chunk, then by the feature."""
    parts = []
    for at, one in enumerate(features):
        value = one.value(schema.types[one.column])
        query = _joined(one, value, table, chunk) if one.is_joined else _parted(one, value, table, chunk)
        parts.append(f"SELECT {at} AS feature, * FROM ({query})")
    found: dict[int, dict[str, Any]] = defaultdict(lambda: {one.name: {} for one in features})
    for row in engine.rows(" UNION ALL ".join(parts)):
        found[row["chunk"]][features[row["feature"]].name][row["bin"]] = row["n"]
    return dict(found)


def _parted(feature: FeatureBins, value: str, table: str, chunk: str) -> str:
    return f"SELECT {chunk} AS chunk, {feature.bin(value)} AS bin, count(*) AS n FROM {table} GROUP BY 1, 2"


def _joined(feature: FeatureBins, value: str, table: str, chunk: str) -> str:
    """Count values first, and find the bins of these alone."""
    values = f"SELECT {chunk} AS chunk, {value} AS level, count(*) AS n FROM {table} GROUP BY 1, 2"
    bin_ = f"coalesce(levels.bin, CASE WHEN v.level IS NULL THEN {MISSING} ELSE {UNSEEN} END)"
    return (
        f"SELECT v.chunk AS chunk, CAST({bin_} AS INTEGER) AS bin, CAST(sum(v.n) AS BIGINT) AS n "
        f"FROM ({values}) AS v LEFT JOIN {feature.levels} AS levels ON levels.level = v.level GROUP BY 1, 2"
    )

"""PSI monitor: whether rows have drifted from a reference, feature by feature, and since which chunk of time or rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from boathouse.check import CHECKS
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.ml.drift.bin_counts import bin_counts
from boathouse.ml.drift.chunk import Chunks, by_period, by_rows
from boathouse.ml.drift.distance import kolmogorov_smirnov
from boathouse.ml.drift.drift_document import drift_document, mean_psi
from boathouse.ml.drift.drift_report import write_report
from boathouse.ml.drift.feature_bins import LEVELS, WHOLE, fitted
from boathouse.ml.drift.feature_drift import FeatureDrift
from boathouse.ml.drift.feature_table import feature_table
from boathouse.population_stability import CONFIDENCE
from boathouse.schema import Schema

MINOR, MAJOR = 0.1, 0.2  # the bands that the field uses


class PSIMonitor:
    """Hold rows against a reference: an array of n rows by d features, or a frame of any kind.

    >>> monitor = PSIMonitor(training_rows)
    >>> monitor.detect_drift(todays_rows)["drift_status"]
    'stable'
    """

    def __init__(
        self, reference_data: Any, num_bins: int = 10, feature_names: Sequence[str] | None = None, *,
        confidence: float = CONFIDENCE,
    ) -> None:  # fmt: skip
        if num_bins < 2:  # noqa: PLR2004 - one bin holds all rows, wherever they are
            raise UserError(f"num_bins is {num_bins}", hint="at least 2; 10 is usual")
        if not 0 < confidence < 1:
            raise UserError(f"confidence is {confidence}", hint="it lies between 0 and 1; 0.99 is usual")
        self.num_bins, self.confidence = num_bins, confidence
        table = feature_table(reference_data, feature_names)
        if not table.num_columns:
            raise UserError("the reference has no features")
        self.feature_names = tuple(table.column_names)
        self._engine = DuckDB()
        self._schema = self._keep("reference", table)
        self._features = fitted(self._engine, self.feature_names, self._schema, num_bins)
        counts = bin_counts(self._engine, self._features, "main.reference", self._schema)
        self._reference = counts.get(0, {name: {} for name in self.feature_names})
        self._seen_once = {one.name: self._once(one.levels) for one in self._features if one.is_joined}

    def calculate_psi(self, current: Any) -> dict[str, float]:
        """Give each feature's index; never NaN."""
        return {drift.feature: drift.psi for drift in self._held(current)[0]}

    def calculate_overall_psi(self, current: Any) -> float:
        """Give the mean over the features; one broken column among many hides in it, so no verdict rests on it."""
        return mean_psi(self._held(current)[0])

    def detect_drift(
        self, current: Any, minor_threshold: float = MINOR, major_threshold: float = MAJOR
    ) -> dict[str, Any]:
        """Say which features have drifted, by more than chance, and how far."""
        return drift_document(self._held(current)[0], minor_threshold, major_threshold)

    def detect_drift_over_time(
        self, current: Any, *, rows: int | None = None, period: str | None = None, time_column: str = "timestamp",
        minor_threshold: float = MINOR, major_threshold: float = MAJOR,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Say the same of each chunk: of so many `rows` in their order, or of each hour, day, week, month, quarter, year."""
        if (rows is None) == (period is None):
            raise UserError("chunks are of so many rows, or of a period", hint="rows=5000 or period='week'")
        table = feature_table(current, self.feature_names, where="the current rows")
        chunks = (
            by_rows(table.num_rows, rows)
            if rows is not None
            else by_period(self._engine, current, time_column, str(period))
        )
        schema = self._keep("current", table, chunks)
        counts = bin_counts(self._engine, self._features, "main.current", schema, "chunk")
        return [
            {"chunk": name, **drift_document(self._made(counts[at]), minor_threshold, major_threshold)}
            for at, name in enumerate(chunks.names)
            if at in counts
        ]

    def calculate_distances(self, current: Any) -> dict[str, dict[str, float | None]]:
        """Give each feature's distances: Jensen and Shannon's by its bins; Kolmogorov and Smirnov's by the values of a number."""
        return self._distances(*self._held(current))

    def generate_drift_report(self, current: Any, output_dir: Path | str) -> Path:
        """Write drift_report.md and drift_report.json into a folder; give the page's path."""
        drifts, schema = self._held(current)
        document = drift_document(drifts, MINOR, MAJOR)
        for name, each in self._distances(drifts, schema).items():
            document["features"][name] |= each
        return write_report(document, Path(output_dir))

    def check(self, feature: str, reference: str, bound: float = MAJOR) -> str:
        """Write the check that asks a table's contract the same, of a reference table that has these rows: psi(...) <= 0.2."""
        one = next((one for one in self._features if one.name == feature), None)
        if one is None:
            raise UnknownName("feature", feature, self.feature_names)
        kind = self._schema.types[one.column]
        if one.kind == "time" or (one.is_joined and kind != "string"):
            raise UserError(f"`{feature}` is no number and no text", hint="a contract asks numbers and texts")
        levels = f"SELECT level FROM {one.levels} WHERE bin < {LEVELS} ORDER BY bin" if one.is_joined else ""
        bins = tuple(row["level"] for row in self._engine.rows(levels)) if levels else one.ends(is_whole=kind in WHOLE)
        if not bins:
            raise UserError(f"the reference has no values of `{feature}`")
        asked = CHECKS.member("psi")(column=feature, table=reference, bins=bins, operator="<=", bound=bound)
        return str(asked.written)

    # ---- rows in DuckDB ----------------------------------------------------------------------------------------------

    def _keep(self, name: str, table: pa.Table, chunks: Chunks | None = None) -> Schema:
        columns = [*table.columns, *([chunks.numbers] if chunks else [])]
        names = [*(f"f{at}" for at in range(table.num_columns)), *(["chunk"] if chunks else [])]
        self._engine.register("main", name, pa.table(columns, names=names))
        return self._engine.describe(f"SELECT * FROM main.{name}")

    def _held(self, current: Any) -> tuple[list[FeatureDrift], Schema]:
        """Count the current rows; their columns may have other types than the reference's."""
        schema = self._keep("current", feature_table(current, self.feature_names, where="the current rows"))
        counts = bin_counts(self._engine, self._features, "main.current", schema)
        return self._made(counts.get(0, {name: {} for name in self.feature_names})), schema

    def _distances(self, drifts: Sequence[FeatureDrift], current: Schema) -> dict[str, dict[str, float | None]]:
        found: dict[str, dict[str, float | None]] = {}
        for one, drift in zip(self._features, drifts, strict=True):
            sides = (("reference", self._schema), ("current", current))
            values = [_numbers(one.value(schema.types[one.column]), table) for table, schema in sides]
            distance = None if one.is_joined else kolmogorov_smirnov(self._engine, *values)
            statistic, p_value = distance or (None, None)
            found[one.name] = {
                "jensen_shannon": drift.jensen_shannon, "kolmogorov_smirnov": statistic, "kolmogorov_smirnov_p_value": p_value,
            }  # fmt: skip
        return found

    def _made(self, counts: Any) -> list[FeatureDrift]:
        return [
            FeatureDrift(name, self._reference[name], counts[name], self._seen_once.get(name, 0), self.confidence)
            for name in self.feature_names
        ]

    def _once(self, levels: str) -> int:
        return int(self._engine.row(f"SELECT count(*) FILTER (n = 1) AS n FROM {levels}")["n"])


def _numbers(value: str, table: str) -> str:
    return f"SELECT {value} AS v FROM main.{table} WHERE NOT isnan({value})"

"""A million rows of thirteen features held against a million, beside one bare DuckDB query that counts the same: CPU seconds."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import duckdb
import numpy as np
import pyarrow as pa

from boathouse.ml.drift.psi_monitor import PSIMonitor

ROWS, ROUNDS, PROMISED = 1_000_000, 3, 2.0
NUMBERS, TEXTS = 7, 6
SHARES = [at / 10 for at in range(1, 10)]


def claims(seed: int, shift: float) -> pa.Table:
    random = np.random.default_rng(seed)
    numbers = {f"f{at}": random.gamma(2, 100, ROWS) + shift for at in range(NUMBERS)}
    levels = pa.array([f"level {at}" for at in range(12)])
    texts = {f"f{NUMBERS + at}": levels.take(pa.array(random.integers(0, 12, ROWS))) for at in range(TEXTS)}
    return pa.table({name: pa.array(values) for name, values in (numbers | texts).items()})


def bare_query() -> str:
    """Part each number at the deciles of the reference, and each text by its values; count both tables."""
    edges = ", ".join(f"quantile_disc(f{at}, {SHARES}) AS q{at}" for at in range(NUMBERS))
    parts = []
    for table in ("reference", "current"):
        for at in range(NUMBERS):
            bin_ = " + ".join(f"CAST(f{at} > q{at}[{edge}] AS TINYINT)" for edge in range(1, 10))
            counted = f"SELECT CAST({bin_} AS VARCHAR) AS bin, 1 AS n FROM {table}, edges"
            parts.append(f"SELECT '{table}' AS rows, {at} AS feature, bin, count(*) AS n FROM ({counted}) GROUP BY bin")
        parts += [
            f"SELECT '{table}', {at}, f{at}, count(*) FROM {table} GROUP BY f{at}"
            for at in range(NUMBERS, NUMBERS + TEXTS)
        ]
    return f"WITH edges AS MATERIALIZED (SELECT {edges} FROM reference) {' UNION ALL '.join(parts)}"


def seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def main() -> None:
    reference, current = claims(1, 0.0), claims(2, 1.0)

    def bare() -> None:
        session = duckdb.connect()
        session.register("reference", reference)
        session.register("current", current)
        session.execute(bare_query()).fetchall()

    def monitor() -> None:
        PSIMonitor(reference).calculate_psi(current)

    fitted = PSIMonitor(reference)
    found = {
        name: min(seconds(work) for _ in range(ROUNDS))
        for name, work in (
            ("one query", bare),
            ("PSIMonitor", monitor),
            ("a further batch", lambda: fitted.calculate_psi(current)),
        )
    }
    print(f"{'1M x 13 against 1M x 13':28}{'CPU s':>8}{'factor':>10}{'promised':>12}")
    for name, spent in found.items():
        promised = f"<= {PROMISED:.1f} x" if name == "PSIMonitor" else ""
        print(f"{name:28}{spent:8.2f}{spent / found['one query']:8.2f} x{promised:>12}")


if __name__ == "__main__":
    main()

"""Two equal tables of a million rows and twelve columns, in another order, reconciled: CPU seconds, the best of three."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
from deltalake import write_deltalake
from measure import cpu_seconds

from boathouse import config

ROUNDS = 3
ROWS = 1_000_000
PROMISED = 2.0
ORDERS = f"""
    SELECT i AS id, i % 977 AS customer, i % 3 = 0 AS gift, CAST((i * 7919 % 10000000) / 100.0 AS DECIMAL(12,2)) AS amount,
        CAST(i % 100000 AS DECIMAL(38,10)) AS exact, sin(i) AS score, CAST(i / 7.0 AS DOUBLE) AS ratio,
        'name ' || (i % 5000) AS name, ['basic', 'pro', 'max'][1 + i % 3] AS plan,
        TIMESTAMPTZ '2020-01-01' + i * INTERVAL 37 SECOND AS ordered_at, DATE '2000-01-01' + CAST(i % 9000 AS INT) AS born,
        CASE WHEN i % 5 > 0 THEN CAST(i % 50 AS INT) END AS age
    FROM range({ROWS}) AS orders(i)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        config.create(root, "orders")
        session = duckdb.connect()
        session.execute("SET TimeZone = 'UTC'")
        for name, order in (("left", "i"), ("right", "i % 977, i")):
            write_deltalake(root / name, session.sql(f"{ORDERS} ORDER BY {order}"))
        command: list[str | Path] = ["-m", "boathouse", "reconcile", root / "left", root / "right", "--project", root]
        seconds = {
            "by key": min(cpu_seconds([*command, "--key", "id"]) for _ in range(ROUNDS)),
            "without a key": min(cpu_seconds(command) for _ in range(ROUNDS)),
        }
    print(f"{'reconcile, 1M rows each':24}{'CPU s':>8}{'promised':>12}")
    for name, best in seconds.items():
        print(f"{name:24}{best:8.2f}{f'<= {PROMISED}':>12}")


if __name__ == "__main__":
    main()

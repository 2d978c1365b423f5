"""A run of a project of fifty tables in which nothing has changed: CPU seconds, the best of five, beside a bare start."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import cpu_seconds

from boathouse import config
from boathouse.workbench import Workbench

ROUNDS = 5
ROWS = 200
PROMISED = 0.8
COLUMNS = {
    "id": "bigint not null", "customer": "int", "amount": "decimal(12,2)", "placed": "date", "seen": "timestamp",
    "name": "string", "plan": "string", "score": "double", "gift": "boolean", "note": "string",
}  # fmt: skip
PROMISES = "\n    ".join(f"{name}: {kind}" for name, kind in COLUMNS.items())
BRONZE = f"""\
source: {{format: csv, path: raw/orders_%d.csv}}
columns: {{{", ".join(f"{name}: string" for name in COLUMNS)}}}
"""
SILVER = f"""\
reads: %s
steps:
  - {{step: trim_text, columns: [name, plan, note], empty: "null"}}
  - {{step: cast, columns: {{id: bigint, customer: int, amount: "decimal(12,2)", placed: date, seen: timestamp, score: double, gift: boolean}}}}
  - {{step: dedupe, key: [id], latest_by: seen}}
contract:
  key: [id]
  columns:
    {PROMISES}
  drop: {{positive: amount >= 0}}
  fail: {{known_plan: "accepted(plan, 'basic', 'pro')", enough: row_count() >= 1}}
  warn: {{named: not_null(name)}}
"""
TOTALS = """\
SELECT o.customer, count(*) AS orders, sum(o.amount) AS spent, max(o.placed) AS last_placed, avg(o.score) AS score
FROM silver.orders_{0} AS o JOIN silver.gifts_{0} AS g ON g.id = o.id
WHERE o.plan = 'pro' OR NOT o.gift
GROUP BY o.customer
"""
RANKED = """\
WITH recent AS (
  SELECT *, row_number() OVER (PARTITION BY customer ORDER BY seen DESC, id) AS place FROM silver.orders_{0}
)
SELECT r.customer, r.name, coalesce(r.note, '') AS note, t.spent, date_trunc('month', r.placed) AS month
FROM recent AS r LEFT JOIN gold.totals_{0} AS t ON t.customer = r.customer
WHERE r.place = 1
"""


def files(times: int = 10) -> Iterator[tuple[str, str]]:
    """Give so many times: one bronze table, two silver ones after each other, two gold ones in SQL."""
    for at in range(times):
        lines = [
            f"{i},{i % 17},{i * 7 % 900}.25,2024-01-{1 + i % 28:02},2024-01-01 10:{i % 60:02}:00,name {i},{('basic', 'pro')[i % 2]},{i / 3},{i % 3 == 0},"
            for i in range(ROWS)
        ]
        yield f"raw/orders_{at}.csv", "\n".join([",".join(COLUMNS), *lines, ""])
        yield f"tables/bronze/orders_{at}.yml", BRONZE % at
        yield f"tables/silver/orders_{at}.yml", SILVER % f"bronze.orders_{at}"
        yield (
            f"tables/silver/gifts_{at}.yml",
            f"reads: silver.orders_{at}\nsteps: [{{step: filter_rows, where: gift}}]\n",
        )
        yield f"tables/gold/totals_{at}.sql", TOTALS.format(at)
        yield f"tables/gold/ranked_{at}.sql", RANKED.format(at)


def project(root: Path, times: int = 10) -> Path:
    config.create(root, "orders")
    for name, text in files(times):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = project(Path(folder))
        built = Workbench(root).run()
        same = Workbench(root).run()
        commands = {name: ["-m", "boathouse", name, "--project", root] for name in ("run", "plan")}
        seconds = {name: min(cpu_seconds(command) for _ in range(ROUNDS)) for name, command in commands.items()}
    print(f"{f'{len(built.tables)} tables, {len(same.tables)} to build':24}{'CPU s':>8}{'promised':>12}")
    print(f"{'boathouse run':24}{seconds['run']:8.2f}{f'<= {PROMISED}':>12}")
    print(f"{'boathouse plan':24}{seconds['plan']:8.2f}")


if __name__ == "__main__":
    main()

"""Small projects for tests: files by path, and the verbs on them."""

from __future__ import annotations

from pathlib import Path

from boathouse import config
from boathouse.workbench import Workbench

CUSTOMERS = "id,fee,plan\n1,10,a\n2,20,b\n2,20,b\n3,,a\n4,9999,c\n5,12,a\n"
CHURN = {
    "raw/customers.csv": CUSTOMERS,
    "tables/bronze/customers.yml": "source: {format: csv, path: raw/customers.csv}\n",
    "tables/silver/customers.yml": """\
reads: bronze.customers
steps:
  - {step: cast, columns: {id: int, fee: double}}
  - {step: dedupe}
  - {step: fill_nulls, column: fee, using: median}  # because: nulls.fee 16.7 %
contract:
  key: [id]
  columns: {id: bigint not null, fee: "decimal(10,2)", plan: string}
""",
    "tables/gold/spend.sql": """\
/*
about: Spend by plan
steps:
  - {step: scale, column: total, method: standard}
*/
SELECT plan, CAST(sum(fee) AS DOUBLE) AS total, count(*) AS customers -- how many
FROM silver.customers
GROUP BY plan
""",
}  # fmt: skip


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def project(folder: Path, files: dict[str, str] | None = None) -> Workbench:
    """Make a project of these files; by default a small one with a table in each layer."""
    config.create(folder)
    write(folder, CHURN if files is None else files)
    return Workbench(folder)

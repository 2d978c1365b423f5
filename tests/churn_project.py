"""A small project with what exports and proofs have to get right, in a folder of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import config, export, table_load, world
from boathouse.plan import plan

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.config import Project
    from boathouse.plan import Plan

FILES = {
    "raw/customers.csv": """customer_id,plan,age,monthly_charges,signed_up,note
1,Basic,34,20.5,2024-01-05,"says ""hi"", twice"
2,pro,,80.25,2024-02-11,
3,PRO ,51,79.75,2024-02-30,naïve
3,pro,51,79.75,2024-02-28,newer
4,basic,29,950.0,2023-12-31,{braces} \\ and 'quotes'
5,gone,44,,2023-11-01,
""",
    "raw/plans.csv": "plan,seats\nbasic,1\npro,5\n",
    "tables/bronze/customers.yml": """about: Customers as the shop's export has them
source: {format: csv, path: raw/customers.csv}
""",
    "tables/bronze/plans.yml": "source: {format: csv, path: raw/plans.csv}\n",
    "tables/silver/customers.yml": """about: One clean row per customer
reads: bronze.customers
steps:
  - {step: cast, columns: {customer_id: bigint, age: int, monthly_charges: double, signed_up: date}}
  - {step: dedupe, key: [customer_id], latest_by: signed_up}  # because: duplicates 1 key is there twice
  - {step: map_values, column: plan, values: {Basic: basic, PRO: pro, 'PRO ': pro}}
  - {step: fill_nulls, column: age, using: median}  # because: nulls.age 16.7 %
  - {step: cap_outliers, column: monthly_charges}
contract:
  key: [customer_id]
  columns: {customer_id: bigint not null, plan: string not null, age: double, monthly_charges: double, signed_up: date, note: string}
  drop: {valid_age: age BETWEEN 18 AND 120}
  warn: {has_note: null_share(note) <= 0.5, usual: "volume(change => 0.2)", drift: schema_drift()}
""",
    "tables/silver/plans.yml": """reads: bronze.plans
steps:
  - {step: cast, columns: {seats: int}}
contract: {key: [plan]}
""",
    "tables/gold/customer_features.yml": """reads: silver.customers
steps:
  - {step: join, with: silver.plans, on: [plan]}
  - {step: fill_nulls, column: monthly_charges, using: mean}
contract:
  key: [customer_id]
  warn: {known_plan: "references(plan, silver.plans)"}
""",
    "tables/gold/spend.sql": """/*
about: What each plan brings in
contract: {columns: {plan: string, customers: bigint, spend: double, remark: string}}
*/
-- {CATALOG} stays a comment, and so does \"\"\"this\"\"\"
WITH customers AS (SELECT * FROM silver.customers)
SELECT c.plan, count(*) AS customers, sum(c.monthly_charges) AS spend, '{a} \\\\ "b"' AS remark
FROM customers AS c
LEFT JOIN silver.plans AS p ON p.plan = c.plan
GROUP BY c.plan
""",
}


def make(root: Path, changed: dict[str, str] | None = None) -> Project:
    """Write the project; `changed` replaces or adds files."""
    project = config.create(root)
    for path, text in {**FILES, **(changed or {})}.items():
        file = project.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return project


def planned(project: Project) -> Plan:
    return plan(table_load.load(project), world.look(project))


def exported(plan: Plan, target: str = "databricks", catalog: str = "main", **options: str) -> dict[str, str]:
    """Write a plan's export, the schema named churn."""
    return export.target(target, options).files(export.Export(plan, catalog, "churn"))

"""A small shop with people, orders and contracts of all kinds: what exports of text have to say."""

from __future__ import annotations

from pathlib import Path

from boathouse import config, export_files
from boathouse.export import target
from boathouse.workbench import Workbench

NAMES = (
    "Ada Adams",
    "Ben Brown",
    "Chloe Castro",
    "Dev Diaz",
    "Elif Evans",
    "Femi Fischer",
    "Grace Garcia",
    "Hugo Haas",
)
CITIES = ("Kiel", "Lyon", "Oslo", "Kiel")
PEOPLE = "".join(
    f"{number},{name},{name.split()[0].lower()}@mail{number % 3}.example,+1 212 555 01{number:02d},{CITIES[number % 4]}\n"
    for number, name in enumerate(NAMES, 1)
)
ORDERS = "".join(
    f"O{number:02d},{number % 8 + 1},{number * 7 % 50}.{number % 10}0,2024-{number % 6 + 1:02d}-{number:02d}T10:00:00Z\n"
    for number in range(1, 25)
)
FILES = {
    "raw/people.csv": f"person_id,full_name,email,phone,city\n{PEOPLE}",
    "raw/orders.csv": f"order_id,person_id,amount,ordered_at\n{ORDERS}O25,3,-1.00,2024-03-09T10:00:00Z\n",
    "tables/bronze/people.yml": "about: People as the shop's \"export\" has them\nsource: {format: csv, path: raw/people.csv}\n",
    "tables/bronze/orders.yml": "source: {format: csv, path: raw/orders.csv}\n",
    "tables/silver/people.yml": """\
about: One row per person
reads: bronze.people
steps:
  - {step: cast, columns: {person_id: bigint}}
  - {step: derive, column: has_email, expression: email IS NOT NULL, type: boolean}
contract:
  key: [person_id]
  columns: {person_id: bigint not null, full_name: string, email: string, phone: string, city: string, has_email: boolean}
  drop: {named: full_name <> ''}
  fail: {enough: row_count() >= 5, has_at: "email LIKE '%@%' -- or none", known_city: "accepted(city, 'Kiel', 'Lyon', 'Oslo')"}
  warn: {cities: null_share(city) <= 0.1, usual: "volume(change => 0.2)", drift: schema_drift()}
""",
    "tables/silver/orders.yml": """\
about: >-
  Orders; "quoted", 'once' and `back`
reads: bronze.orders
steps:
  - {step: cast, columns: {person_id: bigint, amount: "decimal(10,2)", ordered_at: timestamp}}
contract:
  key: [order_id]
  columns: {order_id: string not null, person_id: bigint, amount: "decimal(10,2)", ordered_at: timestamp}
  drop: {positive: amount > 0}
  fail: {whose: "references(person_id, silver.people)"}
  warn: {fresh: "fresh(ordered_at, '30 days')"}
""",
    "tables/gold/fct_order.sql": """\
/*
about: An order with who made it
contract: {key: [order_id], columns: {order_id: string not null, ordered_at: timestamp, amount: "decimal(10,2)", city: string, email: string}}
*/
SELECT o.order_id, o.ordered_at, o.amount, p.city, p.email
FROM silver.orders AS o
JOIN silver.people AS p ON p.person_id = o.person_id
""",
    "tables/gold/city_month.sql": """\
SELECT city, CAST(trunc(ordered_at, 'MONTH') AS DATE) AS month, sum(amount) AS amount, count(DISTINCT email) AS people
FROM gold.fct_order
GROUP BY city, CAST(trunc(ordered_at, 'MONTH') AS DATE)
""",
}  # fmt: skip


def make(root: Path, changed: dict[str, str] | None = None) -> Workbench:
    """Write the project and look at its raw files; `changed` replaces or adds files."""
    project = config.create(root)
    for path, text in {**FILES, **(changed or {})}.items():
        file = project.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    bench = Workbench(root)
    bench.explore([root / "raw"])
    return bench


def exported(bench: Workbench, name: str, catalog: str = "dev_main", **options: object) -> dict[str, str]:
    """Make the files of a target."""
    asked = export_files.asked(bench.project, bench.plan(), catalog=catalog)
    return target(name, options).files(asked)

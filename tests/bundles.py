"""Bundles of small projects, as files and in folders, for the tests of what a bundle holds and of what it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from boathouse import config, table_load, world
from boathouse.export import Export, target
from boathouse.plan import plan
from projects import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.plan import Plan

STYLES = ("notebooks", "modules")
# Names that mean something to Python, and columns that no one should have.
HOSTILE = {
    "raw/class.csv": 'id,"we ""ird""",dot.ted,it\'s,{braces},F\n1,a,b,c,d,1.5\n2,,x,y,z,\n',
    "tables/bronze/class.yml": "about: 'Quotes \"\"\" and \\ and {braces}'\nsource: {format: csv, path: raw/class.csv}\n",
    "tables/silver/list.yml": "reads: bronze.class\nsteps:\n  - {step: cast, columns: {id: bigint, F: double}}\n",
    "tables/silver/check.yml": "reads: silver.list\ncontract: {key: [id], drop: {known: \"`dot.ted` <> '{CATALOG}.{SCHEMA}'\"}}\n",
    "tables/gold/date.sql": "SELECT id, F AS f, '{id}' AS text FROM silver.check\n",
    "tables/gold/constants.sql": "SELECT 1 AS one, DATE '2024-01-31' AS day, CAST(NULL AS string) AS nothing\n",
}  # fmt: skip


def files_of(of: Plan, schema: str = "churn", **options: str) -> dict[str, str]:
    return target("bundle", options).files(Export(of, "main", schema))


def yaml_of(files: dict[str, str], path: str) -> Any:
    return yaml.safe_load(files[path])


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write an export into a folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def planned(root: Path, files: dict[str, str]) -> Plan:
    """Make a project of these files, and its plan."""
    config.create(root)
    write(root, files)
    project = config.find(root)
    return plan(table_load.load(project), world.look(project))


def wide(root: Path, times: int) -> Plan:
    """Make a project of four tables, so many times."""
    return planned(root, {path: text for at in range(times) for path, text in _four_tables(at, times)})


def _four_tables(at: int, times: int) -> Iterator[tuple[str, str]]:
    rows = "".join(f"{row},{row}.5,p{row % 3},{row + 20},2024-01-0{row + 1}\n" for row in range(9))
    yield f"raw/t{at}.csv", f"id,fee,plan,age,signed_up\n{rows}"
    yield f"tables/bronze/t{at}.yml", f"source: {{format: csv, path: raw/t{at}.csv}}\n"
    yield (
        f"tables/silver/t{at}.yml",
        f"""\
reads: bronze.t{at}
steps:
  - {{step: cast, columns: {{id: bigint, fee: double, age: int, signed_up: date}}}}
  - {{step: dedupe, key: [id], latest_by: signed_up}}
  - {{step: fill_nulls, column: age, using: median}}
  - {{step: cap_outliers, column: fee}}
contract: {{key: [id], drop: {{old: age < 120}}}}
""",
    )
    join = f"{{step: join, with: silver.t{(at + 1) % times}, on: [id], prefix: o_}}"
    yield f"tables/silver/u{at}.yml", f"reads: silver.t{at}\nsteps: [{join}]\n"
    yield f"tables/gold/g{at}.sql", f"SELECT plan, sum(fee) AS fee, count(*) AS n FROM silver.u{at} GROUP BY plan\n"

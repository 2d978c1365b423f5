"""A shop whose names and texts try to leave their quotes, in each place where an export writes one."""

from __future__ import annotations

import json
from pathlib import Path

import shop_project
from boathouse.workbench import Workbench

COLUMN = """a`b'c"d--e/*$"""
HEADER = COLUMN.replace('"', '""')
ABOUT = "It's; \"so\"\n`it` -- is \\' /* here */ {x} ${y} %(z)s"
QUOTED = "`" + COLUMN.replace("`", "``") + "`"
DROP = json.dumps(QUOTED + r" <> 'it\'s; -- no'")
OTHER = f"{COLUMN}_of_no_person"
ROWS = "".join(
    f"{number},ada{number}@mail.example,{'xy'[number % 2]},{number}.50,2024-01-0{number}\n" for number in range(1, 9)
)
FILES = {
    "raw/odd.csv": f'id,"{HEADER}","{HEADER}_of_no_person",amount,day\n{ROWS}',
    "tables/bronze/odd.yml": f"about: {json.dumps(ABOUT)}\nsource: {{format: csv, path: raw/odd.csv}}\n",
    "tables/silver/odd.yml": f"""\
about: {json.dumps(ABOUT)}
reads: bronze.odd
steps:
  - {{step: cast, columns: {{id: bigint, amount: "decimal(10,2)", day: date}}}}
contract:
  key: [id]
  columns: {{id: bigint not null, {json.dumps(COLUMN)}: string, {json.dumps(OTHER)}: string, amount: "decimal(10,2)", day: date}}
  drop: {{no_quote: {DROP}}}
  fail: {{positive: "amount > 0 -- a comment"}}
""",
    "tables/gold/odd.yml": f"about: {json.dumps(ABOUT)}\nreads: silver.odd\n",
}


def make(root: Path) -> Workbench:
    return shop_project.make(root, FILES)

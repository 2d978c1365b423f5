"""A small project whose names and values try to be something else: keywords, quotes, Jinja, YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import config

if TYPE_CHECKING:
    from pathlib import Path

    from boathouse.config import Project

FILES = {
    "raw/odd.csv": 'id,select,a b,"quo""te",back`tick,dot.ted,Größe,it\'s,back\\slash,{{ brace }},%s,on\n1,x,1,{{ v }},b\\n,c\'d,2.5,l1,7,{% x %},p,yes\n2,y,2,"q""r",\\,d,3.5,,8,{# c #},q,no\n3,z,,w,,,4.5,n,9,,r,1:30\n',
    "tables/bronze/odd.yml": "about: 'Raw {{ jinja }} and {% tags %}, {# and comments'\nsource: {format: csv, path: raw/odd.csv}\n",
    "tables/silver/odd.yml": """about: "Odd {{ names }} -- and 'quotes' {%"
reads: bronze.odd
steps:
  - {step: cast, columns: {id: bigint, "a_b": int, "Größe": double}, misfits: quarantine}  # because: {{ jinja }} in a comment
  - {step: map_values, column: 'back`tick', values: {"b\\\\n": "{{ x }}", "\\\\": "it's"}}
  - {step: cap_outliers, column: "Größe"}
contract:
  key: [id, 'quo"te']
  columns: {id: bigint not null, select: string, a_b: int, 'quo"te': string, 'back`tick': string, dot.ted: string, "Größe": double, "it's": string, 'back\\slash': string, '_brace_': string, '%s': string, 'on': string}
  drop: {small: "`Größe` < 4.0"}
  warn: {odd_on: "`on` IN ('yes', 'no', '{{ }}')", acc: "accepted(`select`, 'x', 'y', '{{ z }}', 'q\\\\\\\\r')", some: row_count() >= 1, ref: "references(`it's`, silver.other, `it's`)", vol: volume(0.5)}
""",
    "tables/silver/other.yml": "reads: bronze.odd\nsteps:\n  - {step: keep_columns, columns: [\"it's\", 'on']}\n  - {step: dedupe, key: [\"it's\"], keep: first}\n",
    "tables/gold/odd.sql": """-- {{ jinja }} {% x %} {# y
SELECT o.id, '{{ not jinja }}' AS a, "it's {% raw %}" AS b, 'back\\\\slash' AS c, `select` AS `order`, '\\n' AS newline, count(*) OVER (PARTITION BY o.`on`) AS n
FROM silver.odd o LEFT JOIN silver.other AS `t t` ON `t t`.`on` <=> o.`on` WHERE o.id != 99 -- last
""",
}


def make(root: Path) -> Project:
    project = config.create(root)
    for path, text in FILES.items():
        file = project.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return project

"""The line items of TPC-H, and twenty rules that hold of them: as a contract, and as one query by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from boathouse import config

CONTRACT = """\
reads: bronze.lineitem
contract:
  fail:
    line: unique(l_orderkey, l_linenumber)
    order: not_null(l_orderkey)
    has_part: not_null(l_partkey)
    part: between(l_partkey, 1, 200000)
    supplier: between(l_suppkey, 1, 10000)
    number: between(l_linenumber, 1, 7)
    quantity: between(l_quantity, 1, 50)
    price: l_extendedprice > 0
    discount: between(l_discount, 0, 0.10)
    tax: between(l_tax, 0, 0.08)
    flag: "accepted(l_returnflag, 'A', 'N', 'R')"
    status: "accepted(l_linestatus, 'F', 'O')"
    shipped: "between(l_shipdate, '1992-01-01', '1998-12-31')"
    committed: "between(l_commitdate, '1992-01-01', '1998-12-31')"
    received: l_receiptdate > l_shipdate
    told: not_null(l_comment)
  warn:
    mode: "accepted(l_shipmode, 'AIR', 'FOB', 'MAIL', 'RAIL', 'REG AIR', 'SHIP', 'TRUCK')"
    instruction: "matches(l_shipinstruct, '[A-Z]+( [A-Z]+)*')"
    comment: length(l_comment) <= 44
    enough: row_count() >= 1000
"""
# Each answer is how many rows are wrong; the last is how many there are.
BY_HAND = """
SELECT count(*) - count(DISTINCT (l_orderkey, l_linenumber)),
    count(*) FILTER (l_orderkey IS NULL),
    count(*) FILTER (l_partkey IS NULL),
    count(*) FILTER (l_partkey NOT BETWEEN 1 AND 200000),
    count(*) FILTER (l_suppkey NOT BETWEEN 1 AND 10000),
    count(*) FILTER (l_linenumber NOT BETWEEN 1 AND 7),
    count(*) FILTER (l_quantity NOT BETWEEN 1 AND 50),
    count(*) FILTER (l_extendedprice <= 0),
    count(*) FILTER (l_discount NOT BETWEEN 0 AND 0.10),
    count(*) FILTER (l_tax NOT BETWEEN 0 AND 0.08),
    count(*) FILTER (l_returnflag NOT IN ('A', 'N', 'R')),
    count(*) FILTER (l_linestatus NOT IN ('F', 'O')),
    count(*) FILTER (l_shipdate NOT BETWEEN DATE '1992-01-01' AND DATE '1998-12-31'),
    count(*) FILTER (l_commitdate NOT BETWEEN DATE '1992-01-01' AND DATE '1998-12-31'),
    count(*) FILTER (l_receiptdate <= l_shipdate),
    count(*) FILTER (l_comment IS NULL),
    count(*) FILTER (l_shipmode NOT IN ('AIR', 'FOB', 'MAIL', 'RAIL', 'REG AIR', 'SHIP', 'TRUCK')),
    count(*) FILTER (NOT regexp_full_match(l_shipinstruct, '[A-Z]+( [A-Z]+)*')),
    count(*) FILTER (length(l_comment) > 44),
    count(*)
FROM lineitem
"""


def lineitem_project(root: Path, scale: float) -> Path:
    """Make a project whose one raw file is lineitem of a scale factor: 6M rows at 1."""
    tool = Path(sys.executable).with_name("tpchgen-cli")
    options = ["--scale-factor", str(scale), "--tables", "lineitem", "--output-dir", str(root / "raw")]
    subprocess.run([tool, "parquet", *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    config.create(root, "tpch")
    written = {"bronze": "source: {format: parquet, path: raw/lineitem.parquet}\n", "silver": CONTRACT}
    for layer, text in written.items():
        (root / "tables" / layer).mkdir()
        (root / "tables" / layer / "lineitem.yml").write_text(text, encoding="utf-8")
    return root

"""The twenty rules of lineitem.py in Great Expectations and in pandera: python contract_peers.py TOOL FILE.

Each gets the frame that it likes best, with doubles for decimals, since objects of Python would be ten times slower.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FLAGS, STATES = ["A", "N", "R"], ["F", "O"]
MODES = ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]
PHRASE = "[A-Z]+( [A-Z]+)*"
FIRST, LAST = date(1992, 1, 1), date(1998, 12, 31)
LEAST, LONGEST = 1000, 44
BETWEEN: dict[str, tuple[Any, Any]] = {
    "l_partkey": (1, 200000), "l_suppkey": (1, 10000), "l_linenumber": (1, 7), "l_quantity": (1, 50),
    "l_discount": (0, 0.10), "l_tax": (0, 0.08), "l_shipdate": (FIRST, LAST), "l_commitdate": (FIRST, LAST),
}  # fmt: skip


def great_expectations(table: pa.Table) -> bool:
    """Validate a pandas frame; the answer for all rules together."""
    import great_expectations as gx
    import great_expectations.expectations as ge
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("tpch").add_dataframe_asset("lineitem")
    frame = table.to_pandas(date_as_object=False)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    bounds = {
        name: tuple(pd.Timestamp(b) if isinstance(b, date) else b for b in both) for name, both in BETWEEN.items()
    }
    rules = [
        ge.ExpectCompoundColumnsToBeUnique(column_list=["l_orderkey", "l_linenumber"]),
        *(ge.ExpectColumnValuesToNotBeNull(column=name) for name in ("l_orderkey", "l_partkey", "l_comment")),
        *(
            ge.ExpectColumnValuesToBeBetween(column=n, min_value=low, max_value=high)
            for n, (low, high) in bounds.items()
        ),
        ge.ExpectColumnValuesToBeBetween(column="l_extendedprice", min_value=0, strict_min=True),
        ge.ExpectColumnValuesToBeInSet(column="l_returnflag", value_set=FLAGS),
        ge.ExpectColumnValuesToBeInSet(column="l_linestatus", value_set=STATES),
        ge.ExpectColumnValuesToBeInSet(column="l_shipmode", value_set=MODES),
        ge.ExpectColumnPairValuesAToBeGreaterThanB(column_A="l_receiptdate", column_B="l_shipdate"),
        ge.ExpectColumnValuesToMatchRegex(column="l_shipinstruct", regex=f"^(?:{PHRASE})$"),
        ge.ExpectColumnValueLengthsToBeBetween(column="l_comment", max_value=LONGEST),
        ge.ExpectTableRowCountToBeBetween(min_value=LEAST),
    ]
    return bool(batch.validate(gx.ExpectationSuite(name="lineitem", expectations=rules)).success)


def pandera(table: pa.Table) -> bool:
    """Validate a polars frame; a rule that breaks is an exception at the end."""
    import pandera.polars as pr
    import polars as pl

    checks: dict[str, list[Any]] = {name: [pr.Check.in_range(*both)] for name, both in BETWEEN.items()}
    checks |= {
        "l_orderkey": [], "l_extendedprice": [pr.Check.gt(0)], "l_returnflag": [pr.Check.isin(FLAGS)],
        "l_linestatus": [pr.Check.isin(STATES)], "l_shipmode": [pr.Check.isin(MODES)],
        "l_shipinstruct": [pr.Check.str_matches(f"^(?:{PHRASE})$")],
        "l_comment": [pr.Check.str_length(max_value=LONGEST)],
    }  # fmt: skip
    never = ("l_orderkey", "l_partkey", "l_comment")
    schema = pr.DataFrameSchema(
        {name: pr.Column(checks=each, nullable=name not in never) for name, each in checks.items()},
        checks=[
            pr.Check(lambda data: data.lazyframe.select(pl.col("l_receiptdate") > pl.col("l_shipdate"))),
            pr.Check(lambda data: data.lazyframe.select(pl.len() >= LEAST)),
        ],
        unique=["l_orderkey", "l_linenumber"],
    )
    frame = pl.from_arrow(table)
    return len(schema.validate(frame, lazy=True)) == len(frame)


def read(file: str) -> pa.Table:
    table = pq.read_table(file)
    doubles = [f.with_type(pa.float64()) if pa.types.is_decimal(f.type) else f for f in table.schema]
    return table.cast(pa.schema(doubles))


if __name__ == "__main__":
    held = {"great_expectations": great_expectations, "pandera": pandera}[sys.argv[1]](read(sys.argv[2]))
    sys.exit(0 if held else "a rule does not hold")

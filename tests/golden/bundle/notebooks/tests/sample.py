"""The sample: a dozen invented rows for each raw table, and what Boathouse's local engine made of them, table by table.

Change a transformation, and its test says which rows are others now; if they are right, write them into sample/.
"""

from __future__ import annotations

import json
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

FOLDER = Path(__file__).parent / "sample"
TABLES = sorted(f"{file.parent.name}.{file.stem}" for file in FOLDER.glob("*/*.json"))


def columns_of(table: str) -> dict[str, str]:
    """Give a table's columns with their types."""
    return _read(table)["columns"]


def rows_of(table: str) -> list[list[str | None]]:
    """Give a table's rows as texts."""
    return _read(table)["rows"]


def refused_by(table: str) -> list[str]:
    """Name the rules that so few rows break, such as `at least a hundred`: the table is not written, and says so."""
    return _read(table).get("refused_by", [])


def frame_of(spark: SparkSession, table: str) -> DataFrame:
    """Give a table's rows in their types."""
    columns = columns_of(table)
    places = [f"c{at}" for at in range(len(columns))]
    texts = spark.createDataFrame(rows_of(table), ", ".join(f"{place} string" for place in places))
    named = zip(places, columns.items(), strict=True)
    return texts.select(*[_value(F.col(place), kind).alias(name) for place, (name, kind) in named])


def _value(text: Column, kind: str) -> Column:
    if kind == "binary":
        return F.unhex(text)
    return F.from_json(text, kind) if "<" in kind else text.cast(kind)


def _read(table: str) -> dict:
    layer, name = table.split(".")
    return json.loads((FOLDER / layer / f"{name}.json").read_text(encoding="utf-8"))

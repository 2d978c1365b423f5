"""Cells: an action as PySpark text, as a person would write it in a notebook."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from boathouse import auto_loader, contract_cells
from boathouse.action import Action, Stage
from boathouse.destination import Destination
from boathouse.dialect import tables_read, with_aliases
from boathouse.landing import Landing
from boathouse.names import TableName
from boathouse.quoting import python_column, python_text
from boathouse.step import LINE, FittedStep

# What the cells may import, by the name they use it under. Nothing of ours: the text stands alone on Databricks.
IMPORTS = {
    "F": "from pyspark.sql import functions as F",
    "T": "from pyspark.sql import types as T",
    "Window": "from pyspark.sql.window import Window",
    "Decimal": "from decimal import Decimal",
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
    "UTC": "from datetime import UTC",
    "math": "import math",
    "mlflow": "import mlflow",
    "os": "import os",
    "shutil": "import shutil",
    "sqlite3": "import sqlite3",
    "tempfile": "import tempfile",
    "closing": "from contextlib import closing",
    "uuid4": "from uuid import uuid4",
    "reduce": "from functools import reduce",
    "DeltaTable": "from delta.tables import DeltaTable",
    "DataFrame": "from pyspark.sql import DataFrame",
    "dlt": "import dlt",
    "dp": "from pyspark import pipelines as dp",
    **{
        name: f"from pyspark.ml.feature import {name}"
        for name in (
            "Bucketizer",
            "Imputer",
            "MinMaxScaler",
            "OneHotEncoder",
            "StandardScaler",
            "StringIndexer",
            "VectorAssembler",
        )
    },
}
RUN = 'RUN_ID = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"'
# A job gives these; a notebook that is run by hand has the values that stand here.
PARAMETERS = """\
dbutils.widgets.text("catalog", {})
dbutils.widgets.text("schema", {})
CATALOG = dbutils.widgets.get("catalog")
SCHEMA = dbutils.widgets.get("schema")"""
JOB_RUN = """\
dbutils.widgets.text("run_id", "")
RUN_ID = dbutils.widgets.get("run_id") or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}\""""
MERGED = "Of a change feed most rows stay as they are: these are not written again, and readers of changes see none."
MERGE = """\
if spark.catalog.tableExists(table) and spark.table(table).dtypes == df.dtypes:
    same = " AND ".join(f"old.`{{name}}` <=> new.`{{name}}`" for name in df.columns)
    df.createOrReplaceTempView("new_rows")
    spark.sql(f\"\"\"
        MERGE INTO {{table}} AS old USING new_rows AS new ON {on}
        WHEN MATCHED AND NOT ({{same}}) THEN UPDATE SET *
        WHEN NOT MATCHED THEN INSERT *
        WHEN NOT MATCHED BY SOURCE THEN DELETE
    \"\"\")
else:
    df.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(table)"""
STANDARD = ("contextlib", "datetime", "decimal", "functools", "math", "os", "shutil", "sqlite3", "tempfile", "uuid")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook: what it does in a few words, why, and its statements."""

    title: str
    comment: str
    code: str

    @property
    def text(self) -> str:
        """The cell as it is written: its comments, then its code."""
        comments = [f"# {line}" for line in lines_of(self.title, self.comment)]
        return "\n".join([*comments, self.code])


def cells(action: Action, to: Destination) -> tuple[Cell, ...]:
    """Write an action as cells: imports, configuration, read, one for each step, the final cast, the contract, the write."""
    reads_file = action.table.source is not None
    constants = configuration(to, reads_file=reads_file, numbers_runs=bool(action.rules) or action.drops)
    if action.landing is not None and to.is_stream:
        folder = action.name.table if to.by_layer else action.name.flat
        checkpoint = f'CHECKPOINT_PATH = f"{to.constants.volume("checkpoints")}/{folder}"'
        constants = replace(constants, code=f"{constants.code}\n{checkpoint}")
    return with_imports([constants, *body(action, to)])


def with_imports(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Put the imports that cells need before them."""
    cells = tuple(cells)
    imports = import_lines(cell.code for cell in cells)
    return (Cell("", "", "\n".join(imports)), *cells) if imports else cells


def configuration(to: Destination, *, reads_file: bool = False, numbers_runs: bool = False) -> Cell:
    """Write the constants that a notebook's other cells speak of, which whoever runs it elsewhere changes."""
    lines = (
        PARAMETERS.format(python_text(to.catalog), python_text(to.schema)).splitlines()
        if to.widgets
        else [
            f"CATALOG = {python_text(to.catalog)}",
            f"SCHEMA = {python_text(to.schema)}",
        ]
    )
    if reads_file:
        lines.append(f"SOURCE_PATH = {'f' if to.widgets else ''}{python_text(to.source_path)}")
    if numbers_runs:
        lines.append(JOB_RUN if to.widgets else RUN)
    return Cell("Configuration", "", "\n".join(lines))


def body(action: Action, to: Destination) -> Iterator[Cell]:
    """Write the cells of one table, from read to write; they rely on the imports and the configuration."""
    if action.landing is not None:
        yield from _ingest(action, action.landing, to)
        return
    yield _read(action, to)
    yield from steps(action, to)
    if action.final_cast:
        yield final_cast(action)
    if action.drop_rules:
        yield _cell(contract_cells.drop_cell(action, to))
    yield from map(_cell, contract_cells.check_cells(action, to))
    if action.drops:
        yield _cell(contract_cells.quarantine_cell(action, _save(action.name.quarantine, to)))
    yield _merge(action, to) if action.merge_key and to.records else _write(action, to)


def _ingest(action: Action, landing: Landing, to: Destination) -> Iterator[Cell]:
    adds = landing.source.new_columns == "add" and to.is_stream
    reading = auto_loader.read(landing, action.schema, is_stream=to.is_stream)
    yield Cell("Read what has arrived", auto_loader.READ if to.is_stream else "", reading)
    yield Cell("Say of each row when it came, in which run, and from which file", "", auto_loader.tell(landing))
    yield Cell(
        "Write to Delta table",
        auto_loader.RESTART if adds else "",
        auto_loader.write(to.text(action.name), is_stream=to.is_stream),
    )


def _read(action: Action, to: Destination) -> Cell:
    table = action.table
    if table.source is not None:
        return Cell("Read source data", "", table.source.pyspark(action.start))
    if table.sql:
        names = dict.fromkeys(name for name, _, _ in tables_read(table.sql))
        return Cell(
            f"Select from {', '.join(names)}" if names else "Select", "", f"df = spark.sql({sql_text(table.sql, to)})"
        )
    assert table.reads is not None  # noqa: S101 - the loader sees to it
    return Cell(f"Read {table.reads}", "", f"df = spark.table({to.text(table.reads)})")


def steps(action: Action, to: Destination, *, lazy: bool = False) -> Iterator[Cell]:
    """Write a cell for each step; lazy ones run no query by themselves."""
    names = iter(contract_cells.misfits_names(action))
    for stage in action.stages:
        cell = _step(stage, to, lazy=lazy)
        yield replace(cell, code=f"{cell.code}\n{contract_cells.part(next(names))}") if stage.misfits else cell


def _step(stage: Stage, to: Destination, *, lazy: bool) -> Cell:
    notes = [f"because: {stage.step.because}"] if stage.step.because else []
    if isinstance(stage.step, FittedStep) and stage.step.is_to_freeze():
        notes.append("learnt here until a run has frozen the numbers: run the pipeline, then export again")
    table = replace(stage.table, name="df", dialect="databricks", place=to.place, models=to.models)
    write = stage.step.pyspark_lazy if lazy else stage.step.pyspark
    return Cell(stage.step.title(), "\n".join(notes), write(table))


def final_cast(action: Action) -> Cell:
    """Write the cast to the columns that the table is to have."""
    columns = [f"    {python_column(column.name)}.cast({python_text(column.type)})," for column in action.schema]
    why = (
        "Final cast: the columns that the contract promises"
        if action.table.contract.columns
        else "Final cast: the columns of the plan"
    )
    return Cell(why, "", "\n".join(["df = df.select(", *columns, ")"]))


def _cell(written: tuple[str, str]) -> Cell:
    title, code = written
    return Cell(title, "", code)


def _write(action: Action, to: Destination) -> Cell:
    start = 'df.write.format("delta").mode("overwrite").option("overwriteSchema", "true")'
    return Cell("Write to Delta table", "", f"{start}{_save(action.name, to, len(start))}")


def _merge(action: Action, to: Destination) -> Cell:
    on = " AND ".join(f"old.`{column}` <=> new.`{column}`" for column in action.merge_key)
    return Cell("Merge into Delta table", MERGED, f"table = {to.text(action.name)}\n{MERGE.format(on=on)}")


def _save(name: TableName, to: Destination, start: int = LINE) -> str:
    """Write the end of a write: where the table goes, on a line of its own where there is no room."""
    place = PurePosixPath(to.location).with_name(name.table) if to.location else ""
    options = f'.option("path", {python_text(str(place))})' if place else ""
    table = to.text(name)
    short = f"{options}.saveAsTable({table})"
    return short if start + len(short) <= LINE else f"{options}.saveAsTable(\n    {table}\n)"


def sql_text(sql: str, to: Destination) -> str:
    """Write a user's SELECT as Python text with its tables named as they are there; all else stays as it was written."""
    sql = with_aliases(sql)
    reads = sorted(tables_read(sql), key=lambda read: read[1])
    places = [to.place(TableName.parse(name), "databricks") for name, _, _ in reads]
    braces = any("{" in place for place in places)  # the names of constants, so that it is an f-string
    parts, at = [], 0
    for place, (_, start, end) in zip(places, reads, strict=True):
        parts += [_escaped(sql[at:start], braces=braces), place]
        at = end
    return f'{"f" if braces else ""}"""\n{"".join(parts)}{_escaped(sql[at:], braces=braces)}\n"""'


def _escaped(text: str, *, braces: bool = False) -> str:
    """Escape what a triple-quoted string would read: backslashes, quotes, braces, and a notebook's own marks."""
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = text.replace("{", "{{").replace("}", "}}") if braces else text
    text = text.replace("\r\n", "\n").replace("\r", "\\r").replace("\0", "\\x00")
    return re.sub(r"^#", r"\\x23", text, flags=re.MULTILINE)


def lines_of(*texts: str) -> Iterator[str]:
    """Split comments into lines, none of which Databricks reads as the start of a cell or as a magic."""
    for text in texts:
        for line in text.splitlines():
            yield f"- {line}" if re.match(r"\s*(COMMAND|MAGIC|DBTITLE)\b", line) else line


def import_lines(codes: Iterable[str]) -> list[str]:
    """Write the imports for the names that the cells use and do not make, as a formatter sorts them."""
    known = set(dir(builtins))
    used: set[str] = set()
    for code in codes:
        names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
        known |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        used |= {node.id for node in names if isinstance(node.ctx, ast.Load)}
    lines = _merged(IMPORTS[name] for name in sorted(used - known, key=str.lower) if name in IMPORTS)
    standard = [line for line in lines if line.split()[1].split(".")[0] in STANDARD]
    others = [line for line in lines if line not in standard]
    return [*standard, *([""] if standard and others else []), *others]


def _merged(lines: Iterable[str]) -> list[str]:
    """Join `from a import b` and `from a import c` into one line."""
    merged: dict[str, list[str]] = {}
    for line in lines:
        module, _, name = (line, "", "") if " as " in line else line.partition(" import ")
        merged.setdefault(module, []).append(name)
        merged[module].sort(key=lambda name: not name.isupper())  # constants first, as formatters have it
    whole = [f"{module} import {', '.join(names)}" if names != [""] else module for module, names in merged.items()]
    return sorted(whole, key=lambda line: (line.startswith("from"), line.split()[1]))

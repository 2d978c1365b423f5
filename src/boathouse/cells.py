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
from boathouse.dialect import tables_read
from boathouse.landing import Landing
from boathouse.names import TableName
from boathouse.quoting import python_column, python_text
from boathouse.step import LINE, FittedStep, other_frame

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
    "os": "import os",
    "shutil": "import shutil",
    "sqlite3": "import sqlite3",
    "tempfile": "import tempfile",
    "closing": "from contextlib import closing",
    "uuid4": "from uuid import uuid4",
    "reduce": "from functools import reduce",
    "DeltaTable": "from delta.tables import DeltaTable",
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


@dataclass(frozen=True)
class Destination:
    """Where the cells read and write: one schema of a catalog, and the raw file."""

    catalog: str
    schema: str
    source_path: str = ""  # bronze
    location: str = ""  # the folder of the table's files, where the catalog is not to choose it


def cells(action: Action, to: Destination) -> tuple[Cell, ...]:
    """Write an action as cells: imports, configuration, read, one for each step, the final cast, the contract, the write."""
    reads_file = action.table.source is not None
    constants = configuration(to, reads_file=reads_file, numbers_runs=action.drops)
    if action.landing is not None:
        checkpoint = f'CHECKPOINT_PATH = f"/Volumes/{{CATALOG}}/{{SCHEMA}}/checkpoints/{action.name.flat}"'
        constants = replace(constants, code=f"{constants.code}\n{checkpoint}")
    return with_imports([constants, *body(action, to)])


def with_imports(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Put the imports that cells need before them."""
    cells = tuple(cells)
    imports = import_lines(cell.code for cell in cells)
    return (Cell("", "", "\n".join(imports)), *cells) if imports else cells


def configuration(to: Destination, *, reads_file: bool = False, numbers_runs: bool = False) -> Cell:
    """Write the constants that a notebook's other cells speak of, which whoever runs it elsewhere changes."""
    constants = {"CATALOG": to.catalog, "SCHEMA": to.schema}
    if reads_file:
        constants["SOURCE_PATH"] = to.source_path
    lines = [f"{name} = {python_text(value)}" for name, value in constants.items()]
    if numbers_runs:
        lines.append('RUN_ID = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"')
    return Cell("Configuration", "", "\n".join(lines))


def body(action: Action, to: Destination) -> Iterator[Cell]:
    """Write the cells of one table, from read to write; they rely on the imports and the configuration."""
    if action.landing is not None:
        yield from _ingest(action, action.landing)
        return
    yield _read(action)
    yield from _steps(action)
    if action.final_cast:
        yield _final_cast(action)
    if any(rule.action == "drop" for rule in action.rules):
        yield _cell(contract_cells.drop_cell(action))
    if any(rule.action != "drop" for rule in action.rules):
        yield _cell(contract_cells.check_cell(action))
    if action.drops:
        yield _cell(contract_cells.quarantine_cell(action, _save(action.name.quarantine, to)))
    yield _write(action, to)


def _ingest(action: Action, landing: Landing) -> Iterator[Cell]:
    adds = landing.source.new_columns == "add"
    yield Cell("Read what has arrived", auto_loader.READ, auto_loader.read(landing, action.schema))
    yield Cell("Say of each row when it came, in which run, and from which file", "", auto_loader.tell(landing))
    table = f'f"{{CATALOG}}.{{SCHEMA}}.{action.name.flat}"'
    yield Cell("Write to Delta table", auto_loader.RESTART if adds else "", auto_loader.write(table))


def landing(path: str, catalog: str, schema: str) -> str:
    """Say where a raw file lies on Databricks: in the volume `landing` of the pipeline's schema."""
    return f"/Volumes/{catalog}/{schema}/landing/{PurePosixPath(path.replace(chr(92), '/')).name}"


def _read(action: Action) -> Cell:
    table = action.table
    if table.source is not None:
        return Cell("Read source data", "", table.source.pyspark(action.start))
    if table.sql:
        names = dict.fromkeys(name for name, _, _ in tables_read(table.sql))
        return Cell(
            f"Select from {', '.join(names)}" if names else "Select", "", f"df = spark.sql({sql_text(table.sql)})"
        )
    assert table.reads is not None  # noqa: S101 - the loader sees to it
    return Cell(f"Read {table.reads}", "", f"df = {other_frame(str(table.reads))}")


def _steps(action: Action) -> Iterator[Cell]:
    names = iter(contract_cells.misfits_names(action))
    for stage in action.stages:
        cell = _step(stage)
        yield replace(cell, code=f"{cell.code}\n{contract_cells.part(next(names))}") if stage.misfits else cell


def _step(stage: Stage) -> Cell:
    notes = [f"because: {stage.step.because}"] if stage.step.because else []
    if isinstance(stage.step, FittedStep) and stage.step.is_to_freeze():
        notes.append("learnt here until a run has frozen the numbers: run the pipeline, then export again")
    return Cell(
        stage.step.title(), "\n".join(notes), stage.step.pyspark(replace(stage.table, name="df", dialect="databricks"))
    )


def _final_cast(action: Action) -> Cell:
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


def _save(name: TableName, to: Destination, start: int = LINE) -> str:
    """Write the end of a write: where the table goes, on a line of its own where there is no room."""
    place = PurePosixPath(to.location).with_name(name.table) if to.location else ""
    options = f'.option("path", {python_text(str(place))})' if place else ""
    table = f'f"{{CATALOG}}.{{SCHEMA}}.{name.flat}"'
    short = f"{options}.saveAsTable({table})"
    return short if start + len(short) <= LINE else f"{options}.saveAsTable(\n    {table}\n)"


def sql_text(sql: str) -> str:
    """Write a user's SELECT as Python text whose tables are three-level names; all else stays as it was written."""
    reads = sorted(tables_read(sql), key=lambda read: read[1])
    if not reads:
        return f'"""\n{_escaped(sql)}\n"""'
    parts, at = [], 0
    for name, start, end in reads:
        parts += [_escaped(sql[at:start], braces=True), f"{{CATALOG}}.{{SCHEMA}}.{TableName.parse(name).flat}"]
        at = end
    return f'f"""\n{"".join(parts)}{_escaped(sql[at:], braces=True)}\n"""'


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
        module, _, name = line.partition(" import ")
        merged.setdefault(module, []).append(name)
        merged[module].sort(key=lambda name: not name.isupper())  # constants first, as formatters have it
    whole = [f"{module} import {', '.join(names)}" if names != [""] else module for module, names in merged.items()]
    return sorted(whole, key=lambda line: (line.startswith("from"), line.split()[1]))

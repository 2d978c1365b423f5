"""Transformation: a table as a Python module, one pure function from frames to a frame, that tests and jobs call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import indent

from boathouse import auto_loader, contract_cells
from boathouse.action import Action
from boathouse.bundle.python_name import function_name
from boathouse.cells import Cell, final_cast, import_lines, sql_text, steps
from boathouse.destination import Destination
from boathouse.dialect import tables_read
from boathouse.landing import Landing
from boathouse.names import TableName
from boathouse.quoting import Dialect, python_text
from boathouse.step import LINE

# The bodies are written for 120 columns, as notebooks have them, and stand four further in.
WIDTH = LINE + 4
OTHER_FRAME = re.compile(r'^(\w+) = spark\.table\(f"[^"]+"\)\n', re.MULTILINE)


@dataclass(frozen=True)
class Placeholders(Destination):
    """Tables by the names of their frames, as spark.sql puts them into a text."""

    def place(self, name: TableName, dialect: Dialect) -> str:
        del dialect
        return f"{{{name.flat}}}"


@dataclass(frozen=True)
class InModule(Destination):
    """Tables by their frames, and models by the schema that a function is told."""

    by_layer: bool = True

    @property
    def models(self) -> str:
        return "{models}"


@dataclass(frozen=True)
class Views(Destination):
    """Tables by the names of their frames, as rules read them that stand for themselves."""

    def tail(self, name: TableName) -> str:
        return f".{name.flat}"


@dataclass(frozen=True)
class Function:
    """A function of the module: its head, its docstring, its body."""

    name: str
    parameters: tuple[str, ...]
    returns: str
    about: str
    body: str

    @property
    def text(self) -> str:
        head = f"def {self.name}({', '.join(self.parameters)}) -> {self.returns}:"
        if len(head) > WIDTH:
            inside = "".join(f"    {parameter},\n" for parameter in self.parameters)
            head = f"def {self.name}(\n{inside}) -> {self.returns}:"
        inside = indent(f"{docstring(self.about)}\n{self.body}", "    ")
        return f"{head}\n{inside}"


def frames_read(action: Action) -> tuple[TableName, ...]:
    """Name the tables whose rows a table is made of, or kept by; those that only its checks ask are not among them."""
    table = action.table
    first = [str(table.reads)] if table.reads else [name for name, _, _ in tables_read(table.sql)] if table.sql else []
    others = (name for stage in action.stages for name in stage.step.reads())
    return tuple(TableName.parse(name) for name in dict.fromkeys([*first, *others, *_kept_by(action)]))


def _kept_by(action: Action) -> list[str]:
    """Name the tables that rules read which drop rows."""
    return [name for rule in action.drop_rules for name in rule.check.reads()]


def module(action: Action) -> str:
    """Write the module of a table: what it reads, its columns, its function and, where it has a contract, its checks."""
    functions = [*_functions(action), *_check(action)]
    constants = [_reads(action), _columns(action), *_sql(action), *_drop(action), *_merge_key(action)]
    imports = _imports([function.body for function in functions], [f"{f.parameters} {f.returns}" for f in functions])
    parts = ["\n".join([_module_docstring(action), "", *imports]), "\n".join(constants)]
    return "\n\n".join(parts) + "".join(f"\n\n\n{function.text}" for function in functions) + "\n"


def docstring(text: str) -> str:
    """Write a docstring of what a user wrote."""
    escaped = python_text(text)[1:-1].replace("\\'", "'")
    return f'"""{escaped}"""'


def _functions(action: Action) -> list[Function]:
    name, about = function_name(action.name), _sentence(action)
    if action.landing is not None:
        return [_stream(action, action.landing, name, about)]
    frames = tuple(f"{read.flat}: DataFrame" for read in frames_read(action))
    if action.table.source is not None:
        frames = ("spark: SparkSession", "source_path: str", *frames)
    frames = frames or ("spark: SparkSession",)
    frames = (*frames, "models: str") if action.models else frames
    if not action.drops:
        return [Function(name, frames, "DataFrame", about, f"{_body(action)}\n\nreturn df")]
    both = f"{name}_with_quarantine"
    given = ", ".join(frame.split(":")[0] for frame in frames)
    return [
        Function(name, frames, "DataFrame", about, f'return {both}({given}, run_id="")[0]'),
        Function(
            both,
            (*frames, "run_id: str"),
            "tuple[DataFrame, DataFrame]",
            "Give the rows that keep the contract, and those that do not with the rules that they break.",
            f"{_body(action)}\n\nreturn df, quarantine",
        ),
    ]


def _stream(action: Action, landing: Landing, name: str, about: str) -> Function:
    """Write the function of a bronze table that takes in what arrives in a folder."""
    told = "Say of each row when it came, in which run, and from which file"
    cells = [
        Cell("", auto_loader.READ, auto_loader.read(landing, action.schema)),
        Cell(told, "", auto_loader.tell(landing)),
    ]
    code = _as_parameters("\n\n".join(cell.text for cell in cells))
    given = ("spark: SparkSession", "source_path: str", "checkpoint_path: str")
    return Function(name, given, "DataFrame", about, f"{code}\n\nreturn df")


def _as_parameters(code: str) -> str:
    """Name the paths as parameters; they are as long as a notebook's constants, so that lines break where a formatter breaks them."""
    return code.replace("SOURCE_PATH", "source_path").replace("CHECKPOINT_PATH", "checkpoint_path")


def _body(action: Action) -> str:
    to = InModule("", "")
    start = _start(action)
    if action.models and "spark = " not in start and action.table.source is None:
        start = f"{start}\nspark = df.sparkSession"
    cells = [Cell("", "", start), *steps(action, to)]
    if action.final_cast:
        cells.append(final_cast(action))
    if action.drop_rules:
        title, code = contract_cells.drop_by(action, to, "DROP")
        views = [f'{name}.createOrReplaceTempView("{name}")\n' for name in _views(action)]
        cells.append(Cell(title, "", "".join([*views, code])))
    if action.drops:
        title, code = contract_cells.quarantine_cell(action, "")
        made = code[: code.rindex("\nquarantine.write")].replace("RUN_ID", "run_id")
        cells.append(Cell(title.replace("Write", "Keep in"), "", made))
    text = "\n\n".join(cell.text for cell in cells)
    return OTHER_FRAME.sub("", text)  # its frame is a parameter of that very name


def _views(action: Action) -> list[str]:
    """Name the frames that rules read which drop rows."""
    return [TableName.parse(name).flat for name in dict.fromkeys(_kept_by(action))]


def _start(action: Action) -> str:
    table = action.table
    if table.source is not None:
        return _as_parameters(table.source.pyspark(action.start))
    if not table.sql:
        return f"df = {frames_read(action)[0].flat}"
    names = dict.fromkeys(TableName.parse(name).flat for name, _, _ in tables_read(table.sql))
    if not names:
        return "df = spark.sql(SQL)"
    arguments = "".join(f", {name}={name}" for name in names)
    line = f"df = spark.sql(SQL{arguments})"
    if len(line) > LINE:
        inside = "".join(f"    {name}={name},\n" for name in names)
        line = f"df = spark.sql(\n    SQL,\n{inside})"
    return f"spark = {next(iter(names))}.sparkSession\n{line}"


def _sql(action: Action) -> list[str]:
    if not action.table.sql:
        return []
    text = sql_text(action.table.sql, Placeholders("", ""))
    return [f"SQL = {text.removeprefix('f')}"]


def _check(action: Action) -> list[Function]:
    """Write the function that asks the contract's rules of all rows, before they are written, and gives what they found."""
    if not (action.rules or action.drops):
        return []
    asked = action.asked_rules
    cells = [_cell(contract_cells.ask_cell(action, Destination("", "", by_layer=True)))] if asked else []
    lines = "\n\n".join(cell.text for cell in cells).split("\n") if cells else []
    lines = [line.replace("{CATALOG}.{SCHEMA}", "{catalog}.{schema}") if 'f"' in line else line for line in lines]
    names = contract_cells.Names(run="run_id", marked="quarantine", drop="DROP", unfit=_unfit(action))
    told = Cell(
        "What the rules found, a row a rule, as ops.contract_results has it",
        "",
        "\n".join([*contract_cells.tell(action, names), "return told"]),
    )
    code = "\n".join([*lines, *([""] if lines else []), told.text])
    if any(isinstance(node, ast.Name) and node.id == "spark" for node in ast.walk(ast.parse(code))):
        code = f"spark = df.sparkSession\n{code}"
    given = ("df: DataFrame", "quarantine: DataFrame | None", "catalog: str", "schema: str", "run_id: str")
    return [Function("check", given, "list[tuple]", f"Hold the rows of {action.name} against its contract.", code)]


def _unfit(action: Action) -> str:
    """Write how many rows of the quarantine fit no type: they break none of the rules that have names."""
    if not action.drop_rules:
        return "quarantine.count()"
    column = python_text(action.rules_column)
    return f"quarantine.where(~F.arrays_overlap({column}, F.array(*map(F.lit, DROP)))).count()"


def _drop(action: Action) -> list[str]:
    """Write the rules that drop rows, which both functions know."""
    rules, views = action.drop_rules, Views("", "")
    table = contract_cells.marking(action.relation("df", "databricks"), views)
    entries = [(rule, contract_cells.text_of(rule.check.row(table), "")) for rule in rules]
    return [*contract_cells.rules_dict("DROP", entries)] if rules else []


def _merge_key(action: Action) -> list[str]:
    """Write the key by which the rows of a change feed are merged into the table."""
    return [_tuple("MERGE_KEY", action.merge_key)] if action.merge_key else []


def _reads(action: Action) -> str:
    return _tuple("READS", map(str, frames_read(action)))


def _tuple(constant: str, texts: Iterable[str]) -> str:
    names = [python_text(text) for text in texts]
    line = f"{constant} = ({', '.join(names)}{',' if len(names) == 1 else ''})"
    return line if len(line) <= WIDTH else f"{constant} = (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _columns(action: Action) -> str:
    lines = (f"    {python_text(column.name)}: {python_text(column.type)},\n" for column in action.schema)
    return "COLUMNS = {\n" + "".join(lines) + "}"


def _imports(bodies: Iterable[str], heads: Iterable[str]) -> list[str]:
    """Write the imports of the functions' bodies, and of the types in their heads."""
    lines = import_lines(bodies)
    types = [name for name in ("DataFrame", "SparkSession") if any(name in head for head in heads)]
    line = f"from pyspark.sql import {', '.join(types)}"
    at = next((at for at, other in enumerate(lines) if other.startswith("from pyspark.sql")), len(lines))
    if at == len(lines) and lines and not lines[-1].startswith("from pyspark"):
        return [*lines, "", line]
    return [*lines[:at], line, *lines[at:]]


def _module_docstring(action: Action) -> str:
    source = f" from {action.table.file}" if action.table.file else ""
    return docstring(f"{action.name.layer.capitalize()}: {action.name.table}; generated by Boathouse{source}.")


def _sentence(action: Action) -> str:
    about = " ".join(action.table.about.split()) or f"Make {action.name}"
    return about if about.endswith((".", "!", "?")) else f"{about}."


def _cell(written: tuple[str, str]) -> Cell:
    title, code = written
    return Cell(title, "", code)

"""Load the files under tables/ into a Pipeline; what is wrong is an error that names file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from boathouse import check, yaml_file
from boathouse.config import Project
from boathouse.errors import FileError, Place, UserError
from boathouse.names import IDENTIFIER, LAYERS, TableName
from boathouse.pipeline import Contract, FeatureTimes, Pipeline, Rule, RuleAction, Table
from boathouse.schema import Column, Schema, type_name
from boathouse.source import SOURCES, Source
from boathouse.step import STEPS, Step
from boathouse.yaml_file import YamlText

SUFFIXES = (".yml", ".sql")
HEADER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)


class ContractText(BaseModel):
    """contract: as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: tuple[str, ...] = Field(
        default=(), description="the columns that name a row: never null together, never twice"
    )
    columns: dict[str, str] = Field(default={}, description="column -> type, `not null` where it has to be")
    drop: dict[str, str] = Field(default={}, description="name -> check: a row that breaks it goes to quarantine")
    fail: dict[str, str] = Field(default={}, description="name -> check: where it breaks, nothing is written")
    warn: dict[str, str] = Field(default={}, description="name -> check: where it breaks, the run says so")


class TableText(BaseModel):
    """A table's file as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str = Field(default="", description="one sentence: what a row is")
    reads: str = Field(default="", description="the table that the steps start from, such as bronze.customers")
    source: dict[str, Any] | None = Field(default=None, description="bronze: the raw file, its format first")
    columns: dict[str, str] | None = Field(default=None, description="bronze: the raw file's columns, in its order")
    steps: tuple[dict[str, Any], ...] = Field(
        default=(), description="what is done, in order; see `boathouse docs steps`"
    )
    contract: ContractText = ContractText()
    fit_on: str = Field(default="", description="a predicate: the rows that fitted steps learn from")
    feature_view: FeatureTimes | None = Field(
        default=None, description="gold: when a row holds, for training and serving"
    )


def load(project: Project) -> Pipeline:
    """Read every table of a project."""
    _refuse_strays(project)
    tables: dict[TableName, Table] = {}
    for file in sorted(project.tables.glob("*/*")):
        if file.suffix in SUFFIXES and not file.name.startswith("."):
            table = load_table(file, project.root)
            if table.name in tables:
                raise FileError(f"{table.name} is there twice: {tables[table.name].file} and {table.file}")
            tables[table.name] = table
    return Pipeline(project.config.name, project.root, tables)


def _refuse_strays(project: Project) -> None:
    """Refuse what looks like a table and would be none: tables/orders.yml, tables/silver/orders.yaml."""
    for file in sorted([*project.tables.glob("*.*"), *project.tables.glob("*/*.yaml")]):
        if file.suffix in (*SUFFIXES, ".yaml") and not file.name.startswith("."):
            place = f"tables/silver/{file.stem}{file.suffix.replace('.yaml', '.yml')}"
            raise FileError(
                f"{file.relative_to(project.root)} is no table's file", hint=f"its name would be such as {place}"
            )


def load_table(file: Path, root: Path) -> Table:
    """Read one table's file; its folder is the layer and its stem the name."""
    shown = str(file.relative_to(root))
    layer, name = file.parent.name, file.stem
    if layer not in LAYERS:
        raise FileError(f"{shown}: the folder `{layer}` is no layer", hint=f"use {', '.join(LAYERS)}")
    if not IDENTIFIER.fullmatch(name):
        raise FileError(f"{shown}: `{name}` is no table name", hint="use letters, digits and underscores")
    text, sql, sql_line, whole = _sql_file(file, shown) if file.suffix == ".sql" else _yml_file(file, root)
    written = text.model(TableText)
    if not sql and bool(written.reads) == (written.source is not None):
        raise FileError("a table wants either `reads` or `source`", place=text.place())
    if sql and (written.reads or written.source):
        raise FileError("a .sql table says what it reads in its SELECT", place=text.place(("reads",)))
    return replace(_table(TableName(layer, name), written, text, sql, sql_line), text=whole)


def _table(name: TableName, written: TableText, text: YamlText, sql: str, sql_line: int) -> Table:
    places = {key: text.place((key,)) for key in ("reads", "contract", "fit_on", "feature_view")}
    places |= {"": text.place(), "source": text.place(("source", "path"))}
    places |= {
        f"contract.{name}": text.place(("contract", action, name))
        for action in ("drop", "fail", "warn")
        for name in getattr(written.contract, action)
    }
    places |= {f"steps.{at}": text.place(("steps", at)) for at in range(len(written.steps))}
    if sql:
        places["sql"] = Place(text.file, sql_line, 1, sql.splitlines()[0])
    return Table(
        name=name,
        about=written.about,
        source=_source(text) if written.source is not None else None,
        columns=_schema(written.columns, text, ("columns",)) if written.columns is not None else None,
        reads=_reads(written.reads, text) if written.reads else None,
        sql=sql,
        steps=tuple(_step(text, at) for at in range(len(written.steps))),
        contract=Contract(
            _schema(written.contract.columns, text, ("contract", "columns")) if written.contract.columns else None,
            written.contract.key,
            tuple(_rules(written.contract, text)),
        ),
        fit_on=written.fit_on,
        feature_view=_feature_view(name, written, text),
        file=text.file,
        places=places,
    )


def _feature_view(name: TableName, written: TableText, text: YamlText) -> FeatureTimes | None:
    """Refuse what would be no feature view: it is a gold table whose key is an entity and a time."""
    times = written.feature_view
    if times is None:
        return None
    if name.layer != "gold":
        raise FileError(f"{name} is no gold table, and feature views are", place=text.place(("feature_view",)))
    key = written.contract.key
    rest = {*key} - {times.timestamp_column, times.created_timestamp_column}
    if times.timestamp_column not in key or not rest:
        hint = f"write contract: {{key: [customer_id, {times.timestamp_column}]}}"
        raise FileError(
            "a feature view wants an entity and its time as its key", place=text.place(("feature_view",)), hint=hint
        )
    return times


def _yml_file(file: Path, root: Path) -> tuple[YamlText, str, int, str]:
    text = yaml_file.read(file, root=root)
    return text, "", 0, "\n".join(text.lines)


def _sql_file(file: Path, shown: str) -> tuple[YamlText, str, int, str]:
    """Split a .sql file into its leading YAML comment and its SELECT."""
    try:
        whole = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FileError(f"{shown} is not UTF-8 text") from None
    header = HEADER.match(whole)
    yaml = header[1] if header else ""
    lines_before = whole[: header.start(1)].count("\n") if header else 0
    rest = whole[header.end() if header else 0 :]
    sql = rest.strip().rstrip(";").rstrip()
    if not sql:
        raise FileError(f"{shown} holds no SELECT")
    start = whole.index(sql, header.end() if header else 0)
    text = yaml_file.parse(yaml, shown, first_line=1 + lines_before)
    if text.data is None:
        text = replace(yaml_file.parse("{}", shown), lines=tuple(whole.splitlines()))
    return text, sql, whole[:start].count("\n") + 1, whole


def _step(text: YamlText, at: int) -> Step:
    path = ("steps", at)
    word = text.at(path).get("step")
    if not isinstance(word, str):
        raise FileError("a step wants `step: name`", place=text.place(path), hint=f"one of {', '.join(STEPS.names())}")
    try:
        kind = STEPS.member(word)
    except UserError as error:
        raise error.at(text.place((*path, "step"))) from None
    step: Step = text.model(kind, path)
    because = text.comments.get(path, "")
    return step.model_copy(update={"because": because}) if because and not step.because else step


def _source(text: YamlText) -> Source:
    word = text.at(("source",)).get("format")
    if not isinstance(word, str):
        raise FileError(
            "a source wants `format`", place=text.place(("source",)), hint=f"one of {', '.join(SOURCES.names())}"
        )
    try:
        kind = SOURCES.member(word)
    except UserError as error:
        raise error.at(text.place(("source", "format"))) from None
    source: Source = text.model(kind, ("source",))
    return source


def _rules(written: ContractText, text: YamlText) -> Iterator[Rule]:
    actions: tuple[RuleAction, ...] = ("drop", "fail", "warn")
    seen: set[str] = set()
    for action in actions:
        rules: dict[str, str] = getattr(written, action)
        for name, sql in rules.items():
            place = text.place(("contract", action, name))
            if not IDENTIFIER.fullmatch(name) or name in seen:
                what = "is there twice" if name in seen else "is no rule name"
                raise FileError(f"`{name}` {what}", place=place, hint="use letters, digits and underscores, each once")
            seen.add(name)
            try:
                rule = Rule(name, action, check.parse(sql), sql)
            except UserError as error:
                error.place = None
                raise error.at(place) from None
            if action == "drop" and not rule.check.by_row:
                hint = "put it under fail or warn"
                raise FileError(f"`{sql}` tells of no row that it is wrong", place=place, hint=hint)
            yield rule


def _reads(written: str, text: YamlText) -> TableName:
    try:
        return TableName.parse(written)
    except UserError as error:
        raise error.at(text.place(("reads",))) from None


def _schema(columns: dict[str, str], text: YamlText, path: tuple[str, ...]) -> Schema:
    made = []
    for name, written in columns.items():
        kind = re.sub(r"\s+not\s+null\s*$", "", written, flags=re.IGNORECASE)
        try:
            made.append(Column(name, type_name(kind), nullable=kind == written))
        except UserError as error:
            raise error.at(text.place((*path, name))) from None
    try:
        return Schema(tuple(made))
    except UserError as error:
        raise error.at(text.place(path)) from None

"""Ask each query of the dashboards on Spark, over the tables of the lake, and compare the answers with the local ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from boathouse.comparison import Comparison, compare_rows, schema_difference
from boathouse.dashboards.lakeview import SUFFIX, lake_table, queries
from boathouse.dialect import with_tables
from boathouse.engines import delta, spark
from boathouse.errors import BoathouseError, UserError
from boathouse.names import LAYERS, OPS, TableName
from boathouse.ops import OPS as OPS_TABLES
from boathouse.query import built, opened
from boathouse.rehearsal import Rehearsal
from boathouse.release import NEWEST

ON = ("spark",)


def rehearse(rehearsal: Rehearsal) -> Iterator[tuple[str, Comparison]]:
    """Answer the queries of the export's dashboards, dataset by dataset."""
    files = sorted(rehearsal.out.glob(f"*{SUFFIX}"))
    if not files:
        raise UserError(f"{rehearsal.out} holds no dashboards", hint="type `boathouse export lakeview`")
    asked = {f"{file.name.removesuffix(SUFFIX)}.{name}": sql for file in files for name, sql in _queries(file)}
    engine = rehearsal.engine
    rehearsal.say(f"{engine.version} answers {len(asked)} queries of {rehearsal.out}")
    try:
        _adopt(rehearsal)
        for name, sql in asked.items():
            yield name, _compare(rehearsal, name, sql)
    finally:
        for layer in (*LAYERS, OPS):
            engine.drop_schema(_schema(layer))


def _queries(file: Path) -> Iterator[tuple[str, str]]:
    yield from queries(file.read_text(encoding="utf-8")).items()


def _adopt(rehearsal: Rehearsal) -> None:
    """Give Spark the tables of the lake by their names; those of what was not done yet are there, and empty."""
    for layer in (*LAYERS, OPS):
        rehearsal.engine.create_schema(_schema(layer), rehearsal.folder / _schema(layer))
    there = built(rehearsal.project)
    for name in there:
        rehearsal.engine.adopt_table(_schema(name.layer), name.table, rehearsal.project.lake(name))
    for table, schema in OPS_TABLES.items():
        if TableName(OPS, table) not in there:
            rehearsal.engine.create_table(_schema(OPS), table, schema)


def _compare(rehearsal: Rehearsal, name: str, sql: str) -> Comparison:
    made = rehearsal.folder / "answers" / name
    try:
        local, here = opened(rehearsal.project, with_tables(sql, lambda parts: str(lake_table(parts))), NEWEST)
        schema = local.describe(here)
        rehearsal.engine.answer(with_tables(sql, _on_spark), made)
        if differs := schema_difference(schema, delta.schema(made)):
            return Comparison("DIFFERENT", differs)
        local.view("side", "l", here)
        local.view("side", "r", delta.scan(made))
        return compare_rows(local, schema)
    except BoathouseError as error:
        return Comparison("NOT COMPARABLE", str(error))


def _on_spark(parts: tuple[str, ...]) -> str:
    name = lake_table(parts)
    return f"{spark.LOCAL_CATALOG}.{_schema(name.layer)}.{name.table}"


def _schema(layer: str) -> str:
    return f"proof_{layer}"

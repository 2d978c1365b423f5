"""Run the statements that an open-source Spark knows, twice, over copies of the tables: their checks hold on every row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from boathouse.comparison import Comparison
from boathouse.engines import delta, spark
from boathouse.errors import BoathouseError, UserError
from boathouse.names import LAYERS, OPS, TableName
from boathouse.rehearsal import Rehearsal
from boathouse.sql_statement import in_catalog, statements, words

ON = ("spark",)
# What open-source Spark and Delta know; the others are Databricks' own.
ON_TABLES = r"ALTER COLUMN\s+COMMENT|DROP CONSTRAINT|ADD CONSTRAINT\s+CHECK"
SPARKS = re.compile(rf"CREATE (?:SCHEMA|TABLE)|COMMENT ON|ALTER TABLE \S+ (?:{ON_TABLES})")
NAMED = re.compile(r"(?:ALTER TABLE|ON TABLE) `[^`]+`\.`(\w+)`\.`(\w+)`")
SCHEMA = re.compile(r"CREATE SCHEMA IF NOT EXISTS `[^`]+`\.`(\w+)`")


def is_sparks(statement: str) -> bool:
    """Tell whether an open-source Spark, with Delta, knows a statement."""
    return SPARKS.match(words(statement)) is not None


def rehearse(rehearsal: Rehearsal) -> Iterator[tuple[TableName, Comparison]]:
    """Put the lake's rows into tables of their own, run what is said of them, and compare the rows again."""
    asked = [
        one for file in sorted(rehearsal.out.glob("*.sql")) for one in statements(file.read_text(encoding="utf-8"))
    ]
    schemas = {found[1].rsplit("_", 1)[-1]: found[1] for one in asked if (found := SCHEMA.match(one))}
    if set(schemas) != {*LAYERS, OPS}:
        raise UserError(f"{rehearsal.out} holds no export", hint="type `boathouse export unity-catalog`")
    known = [in_catalog(one, spark.LOCAL_CATALOG) for one in asked if is_sparks(one)]
    engine = rehearsal.engine
    rehearsal.say(f"{engine.version} runs {len(known)} of {len(asked)} statements, twice; it does not know the others")
    try:
        _copy(rehearsal, schemas)
        failed = _run(rehearsal, known)
        for action in rehearsal.plan.actions:
            schema, table = schemas[action.name.layer], action.name.table
            if failed[schema, table]:
                yield action.name, Comparison("DIFFERENT", failed[schema, table][0])
            else:
                yield action.name, rehearsal.compare(action.name, rehearsal.folder / schema / table.lower())
    finally:
        for schema in schemas.values():
            engine.drop_schema(schema)


def _copy(rehearsal: Rehearsal, schemas: dict[str, str]) -> None:
    for schema in schemas.values():
        rehearsal.engine.create_schema(schema, rehearsal.folder / schema)
    for action in rehearsal.plan.actions:
        local = rehearsal.project.lake(action.name)
        if delta.exists(local):
            rehearsal.engine.replace_table(schemas[action.name.layer], action.name.table, local)


def _run(rehearsal: Rehearsal, known: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """Run all of it twice, and say of each table what was refused; of what is no table's, a refusal ends the proof."""
    failed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for statement in [*known, *known]:
        named = NAMED.search(statement)
        try:
            rehearsal.engine.execute(statement)
        except BoathouseError as error:
            if named is None:
                raise
            failed[named[1], named[2]].append(error.message)
    return failed

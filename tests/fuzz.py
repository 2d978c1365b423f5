"""Random dirty files through random pipelines of every step, on DuckDB and as PySpark text on Spark: the tables are equal.

    python tests/fuzz.py 1000 [first seed]

A pipeline is made of the steps' own examples, their columns exchanged for random ones that the step accepts; so a new step
is fuzzed without a line here. The first pipeline that differs is printed whole: file, steps, both tables.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

import pyarrow as pa

from boathouse.chain import Chain
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import CheckFailed, UserError
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.sources.csv import Csv
from boathouse.step import STEPS, Example, FittedStep, Step
from boathouse.steps.cast import Cast
from examples import difference, split_key, types_of
from renaming import named_columns, rename_step

CATALOG, SCHEMA = "main", "fuzz"
OTHER = "silver.other"
TYPES = {
    "id": "int", "n": "bigint", "amount": "double", "fee": "decimal(10,2)", "share": "double", "name": "string", "code": "string",
    "day": "date", "at": "timestamp", "flag": "boolean", "nothing": "string", "void": "double",
}  # fmt: skip
VALUES: Mapping[str, list[str]] = {
    "int": ["0", "1", "2", "3", "-7", "2147483647", " 12 ", "12.7", "x", ""],
    "bigint": ["0", "1", "1", "5", "-3", "9007199254740993", "", "1e3"],
    "double": ["0", "-0.0", "1.5", "2.5", "-2.5", "1e-7", "100", "1e10", "NaN", "nan", "", "abc", "0.1", "0.2", "0.3"],
    "decimal(10,2)": ["0", "1.10", "2.345", "2.355", "-1.005", "99999999.99", "", "1e2", "free"],
    "string": ["a", "A", " a", "b ", "", "?", "N/A", "é", "ß", "it's", 'q"q', "back\\slash", "{x}", "a,b", "100%", "\t tab", "NULL", "日本"],
    "date": ["2024-01-31", "2024-02-29", "2023-02-29", "31/12/2023", "1/2/24", "1969-12-31", "0001-01-01", "", "soon"],
    "timestamp": ["2024-01-31 10:00:00", "2024-01-31T10:00:00Z", "2024-02-29 23:59:59.123456", "2024-03-10", "", "never", "2024-01-01 00:00:00"],
    "boolean": ["true", "False", "yes", "N", "1", "0", "", "maybe"],
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One random pipeline: two raw files, the casts that make them tables, and steps that fit the columns."""

    seed: int
    file: Path
    other: Path
    steps: tuple[Step, ...]
    fit_on: str


# ---- making a pipeline ------------------------------------------------------------------------------------------------


def make(seed: int, folder: Path) -> Case:
    """Make the pipeline of a seed."""
    chance = random.Random(seed)
    file, other = folder / f"{seed}.csv", folder / f"{seed}_other.csv"
    write_file(file, chance, rows=chance.choice([1, 2, 5, 20, 40]))
    write_file(other, chance, rows=chance.choice([1, 3, 10]), distinct="id")
    fit_on = chance.choice(["", "", "", "id > 0", "flag"])
    return Case(seed, file, other, tuple(random_steps(chance, fit_on)), fit_on)


def write_file(file: Path, chance: random.Random, *, rows: int, distinct: str = "") -> None:
    lines = [",".join(TYPES)]
    for row in range(rows):
        cells = {name: "" if name in ("nothing", "void") else dirty(kind, chance) for name, kind in TYPES.items()}
        cells |= {distinct: str(row)} if distinct else {}
        lines.append(
            ",".join(
                '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n') else cell for cell in cells.values()
            )
        )
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def dirty(kind: str, chance: random.Random) -> str:
    if kind == "double" and chance.random() < 0.3:
        return repr(round(chance.uniform(-1000, 1000), chance.randint(0, 6)))
    return chance.choice(VALUES[kind])


def random_steps(chance: random.Random, fit_on: str) -> Iterator[Step]:
    """Choose steps that the columns admit, two to six in a row; the schema goes along."""
    schema = Schema.from_types(TYPES)
    left = chance.randint(2, 6)
    for _ in range(200):
        relation = Relation("df", schema, others={OTHER: Schema.from_types(TYPES)}, fit_on=fit_on)
        step = random_step(chance, schema)
        try:
            after = step.after(relation) if step else None
            fits = after is not None and (not fit_on or {"id", "flag"} <= set(after.names)) and len(after)
        except UserError:
            continue
        if step and after and fits:
            yield step
            schema, left = after, left - 1
        if not left:
            return


def random_step(chance: random.Random, schema: Schema) -> Step | None:
    """Take an example's step, exchange its columns for random ones, and some of its choices for others."""
    kind: Any = STEPS.member(chance.choice(STEPS.names()))
    examples: list[Example] = list(kind.examples())
    example = chance.choice(examples)
    step = example.step
    step = step.model_copy(update={"fitted": None, "fit": None}) if isinstance(step, FittedStep) else step
    names = {name: random_column(chance, schema, example, name) for name in named_columns(step)}
    try:
        fields = rename_step(step, names).model_dump()
        for name, info in kind.model_fields.items():
            if get_origin(info.annotation) is not None and name in fields and chance.random() < 0.3:
                fields[name] = other_choice(info.annotation, fields[name], chance)
        if step.reads():
            fields |= {
                "with": OTHER,
                "prefix": "other_",
                "on": [
                    chance.choice([name for name in ("id", "name", "day") if name in schema] or list(schema.names[:1]))
                ],
                "columns": [],
            }
        return kind.model_validate({key: value for key, value in fields.items() if key in accepted(kind)})  # type: ignore[no-any-return]
    except (UserError, ValueError):
        return None


def random_column(chance: random.Random, schema: Schema, example: Example, name: str) -> str:
    """Choose a column, mostly one of the type that the example has there."""
    kinds = dict(split_key(key, values) for key, values in example.given.items())
    alike = [column.name for column in schema if column.type == kinds.get(name)]
    return chance.choice(alike if alike and chance.random() < 0.9 else schema.names)


def accepted(kind: Any) -> set[str]:
    """Name the keys that a step's YAML may have; a Python keyword such as `with` is an alias there."""
    return {info.alias or name for name, info in kind.model_fields.items()}


def other_choice(annotation: Any, value: Any, chance: random.Random) -> Any:
    """Choose another word where the field has a closed list of them."""
    words = [word for word in get_args(annotation) if isinstance(word, str)]
    return chance.choice(words) if words and isinstance(value, str) else value


# ---- running it on both engines -----------------------------------------------------------------------------------------


def bronze(file: Path, engine: DuckDB) -> tuple[Csv, Schema]:
    source, schema = Csv.open(file, engine)
    assert isinstance(source, Csv)
    return source, schema


def on_duckdb(case: Case, engine: DuckDB) -> pa.Table:
    engine.execute("CREATE SCHEMA IF NOT EXISTS silver")
    source, schema = bronze(case.other, engine)
    chain = Chain(engine, source.sql(case.other, schema, engine))
    chain.add(cast_step().sql(Relation(chain.name, schema)))
    engine.execute(f"CREATE OR REPLACE TABLE silver.other AS {chain.query(f'SELECT * FROM {chain.name}')}")
    source, schema = bronze(case.file, engine)
    chain = Chain(engine, source.sql(case.file, schema, engine))
    chain.add(cast_step().sql(Relation(chain.name, schema)))
    relation = Relation(
        chain.name, Schema.from_types(TYPES), others={OTHER: Schema.from_types(TYPES)}, fit_on=case.fit_on
    )
    for step in case.steps:
        relation = relation_named(relation, chain.name)
        if step.guard(relation) and next(iter(engine.row(chain.query(step.guard(relation))).values())):
            raise CheckFailed(step.guard_message())
        learnt = step
        if isinstance(step, FittedStep) and step.learns():
            learnt = step.model_copy(update={"fitted": step.learn(engine.rows(chain.query(step.fit_sql(relation))))})
        chain.add(learnt.sql(relation))
        relation = relation_named(relation, chain.name, step.after(relation))
    made: pa.Table = engine.stream(chain.query(f"SELECT * FROM {chain.name}")).to_arrow_table()
    return made


def relation_named(relation: Relation, name: str, schema: Schema | None = None) -> Relation:
    return Relation(name, schema or relation.schema, relation.dialect, others=relation.others, fit_on=relation.fit_on)


def cast_step() -> Step:
    return Cast(columns={name: kind for name, kind in TYPES.items() if kind != "string"})


class Spark:
    """What a notebook calls spark, where the tables of the case are not saved but held."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.tables: dict[str, Any] = {}

    def table(self, name: str) -> Any:
        return self.tables[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


def on_spark(case: Case, session: Any, engine: DuckDB) -> pa.Table:
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812 - as every notebook has it

    spark = Spark(session)
    scope: dict[str, Any] = {"spark": spark, "F": F, "Window": Window, "CATALOG": CATALOG, "SCHEMA": SCHEMA}
    schemas = Schema.from_types(TYPES)
    read(case.other, scope, engine)
    spark.tables[f"{CATALOG}.{SCHEMA}.silver_other"] = scope["df"]
    read(case.file, scope, engine)
    relation = Relation("df", schemas, "databricks", others={OTHER: schemas}, fit_on=case.fit_on)
    for step in case.steps:
        execute(step.pyspark(relation), scope)
        relation = relation_named(relation, "df", step.after(relation))
    made: pa.Table = scope["df"].toArrow()
    return made


def read(file: Path, scope: dict[str, Any], engine: DuckDB) -> None:
    source, schema = bronze(file, engine)
    scope["SOURCE_PATH"] = str(file)
    execute(source.pyspark(schema), scope)
    execute(cast_step().pyspark(Relation("df", schema, "databricks")), scope)


def execute(code: str, scope: dict[str, Any]) -> None:
    exec(compile(code, "<notebook>", "exec"), scope)  # noqa: S102 - the point of it


# ---- comparing -----------------------------------------------------------------------------------------------------------


def differs(case: Case, session: Any) -> str:
    """Say how the two tables of a case differ, or nothing; where one engine refuses the rows, the other has to as well."""
    engine = DuckDB(delta_scan=delta.scan)
    try:
        here = on_duckdb(case, engine)
    except Exception as error:  # noqa: BLE001 - a guard, or a value that the user's expression cannot take
        return refused_on_spark(case, session, engine, error)
    try:
        there = on_spark(case, session, engine)
    except Exception as error:  # noqa: BLE001 - any failure of Spark is a difference
        return f"Spark fails: {str(error)[:2000]}"
    if list(types_of(here).items()) != list(types_of(there).items()):
        return f"schema\n  DuckDB {types_of(here)}\n  Spark  {types_of(there)}"
    missing, extra = difference(here.to_pylist(), there.to_pylist())
    return "".join([f"only DuckDB: {row}\n" for row in missing[:5]] + [f"only Spark:  {row}\n" for row in extra[:5]])


def refused_on_spark(case: Case, session: Any, engine: DuckDB, error: Exception) -> str:
    try:
        on_spark(case, session, engine)
    except Exception:  # noqa: BLE001 - that Spark refuses is what has to be seen
        return ""
    return f"DuckDB refuses ({error}) and Spark does not"


def told(case: Case, difference_: str) -> str:
    steps = "\n".join(f"  - {step.model_dump(exclude_defaults=True) | {'step': step.step}}" for step in case.steps)
    return f"seed {case.seed}, fit_on {case.fit_on!r}\n{steps}\n{case.file.read_text(encoding='utf-8')}\n{difference_}"


def fuzz(count: int, session: Any, first: int = 0) -> list[str]:
    """Try that many pipelines; give what differs, told in full."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            case = make(seed, Path(folder))
            found = differs(case, session)
            if found:
                faults.append(told(case, found))
                sys.stderr.write(f"{faults[-1]}\n\n")
            if (seed + 1 - first) % 50 == 0:
                sys.stderr.write(f"{seed + 1 - first} pipelines, {len(faults)} different\n")
    return faults


def main() -> int:
    from boathouse.engines.spark import session

    count, first = int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 0
    started = time.perf_counter()
    with session() as spark:
        faults = fuzz(count, spark.session, first)
    print(f"{count - len(faults)} of {count} pipelines equal on Spark, {time.perf_counter() - started:.0f} s")  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

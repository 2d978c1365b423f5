"""Random dirty files through random pipelines of every step, on DuckDB and as PySpark text on Spark: the tables are equal.

    python tests/fuzz.py 1000 [first seed]

Spark gets the rows in another order and in two parts, as a cluster would. A pipeline that differs is printed whole:
file, steps, what only one engine has. One that an engine refuses (a key that is there twice, a number that overflows in
a user's expression) has to be refused by the other for the same reason.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from boathouse.chain import Chain
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import CheckFailed, UserError
from boathouse.relation import Relation
from boathouse.schema import Schema
from boathouse.sources.csv import Csv
from boathouse.step import FittedStep, Step
from boathouse.steps.cast import Cast
from examples import difference, same, types_of
from fuzz_pipelines import OTHER, SQL_ALONE, TYPES, Case, make, parted

CATALOG, SCHEMA = "main", "fuzz"
CAST = Cast(columns={name: kind for name, kind in TYPES.items() if kind != "string"})


LAST_DIGITS = 1e-15  # four times what a double of 1 can tell apart


@dataclass(frozen=True)
class Outcome:
    """How a case went: what it is, and how the engines differ, if they do."""

    case: Case
    differs: str
    refused: bool = False


class Refused(Exception):
    """The rows are refused, for a reason that both engines should have."""


# ---- DuckDB ------------------------------------------------------------------------------------------------------------


def on_duckdb(case: Case) -> pa.Table:
    """Run the SQL of the steps, as run.py does."""
    engine = DuckDB(delta_scan=delta.scan, threads=1)
    if case.joins:
        chain = started(case.other, engine)
        engine.execute("CREATE SCHEMA silver")
        engine.execute(f"CREATE TABLE {OTHER} AS {chain.query(f'SELECT * FROM {chain.name}')}")
    chain = started(case.file, engine)
    schema = case.relation("").schema
    for step in case.steps:
        relation = case.relation(chain.name, schema=schema)
        chain.add(learnt(step, relation, chain).sql(relation))
        schema = step.after(relation)
    made: pa.Table = engine.stream(chain.query(f"SELECT * FROM {chain.name}")).to_arrow_table()
    return made


def learnt(step: Step, relation: Relation, chain: Chain) -> Step:
    """Ask the step's guard, and learn its numbers, of the rows so far."""
    guard = step.guard(relation)
    if guard and next(iter(chain.engine.row(chain.query(guard)).values())):
        raise CheckFailed(step.guard_message())
    if not isinstance(step, FittedStep) or not step.learns():
        return step
    rows = chain.engine.rows(chain.query(step.fit_sql(relation)))
    return step.model_copy(update={"fitted": step.learn(rows)})


def started(file: Path, engine: DuckDB) -> Chain:
    """Read a raw file, and give its columns their types."""
    source, schema = opened(file, engine)
    chain = Chain(engine, source.sql(file, schema, engine))
    chain.add(CAST.sql(Relation(chain.name, schema)))
    return chain


def opened(file: Path, engine: Any) -> tuple[Csv, Schema]:
    source, schema = Csv.open(file, engine)
    assert isinstance(source, Csv)
    return source, schema


# ---- Spark -------------------------------------------------------------------------------------------------------------


class Tables:
    """What a notebook calls spark, where the tables of the case are not saved but held."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.held: dict[str, Any] = {}

    def table(self, name: str) -> Any:
        return self.held[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)


def on_spark(case: Case, session: Any) -> pa.Table:
    """Run the text that a notebook holds."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812 - as every notebook has it

    spark = Tables(session)
    scope: dict[str, Any] = {"spark": spark, "F": F, "Window": Window, "CATALOG": CATALOG, "SCHEMA": SCHEMA}
    if case.joins:
        read(case.other, scope)
        spark.held[f"{CATALOG}.{SCHEMA}.{OTHER.replace('.', '_')}"] = scope["df"]
    read(case.file, scope)
    schema = case.relation("").schema
    for step in case.steps:
        relation = case.relation("df", "databricks", schema)
        execute(step.pyspark(relation), scope)
        schema = step.after(relation)
    made: pa.Table = scope["df"].toArrow()
    return made


def read(file: Path, scope: dict[str, Any]) -> None:
    source, schema = opened(file, None)
    scope["SOURCE_PATH"] = str(parted(file))
    execute(source.pyspark(schema), scope)
    execute(CAST.pyspark(Relation("df", schema, "databricks")), scope)


def execute(code: str, scope: dict[str, Any]) -> None:
    exec(compile(code, "<notebook>", "exec"), scope)  # noqa: S102 - the point of it


# ---- both --------------------------------------------------------------------------------------------------------------


def outcome(case: Case, session: Any) -> Outcome:
    """Run a case on both engines, and say how the tables or the refusals differ."""
    try:
        here, there = attempted(partial(on_duckdb, case)), attempted(partial(on_spark, case, session))
        return Outcome(case, differences(here, there), refused=isinstance(here, Refused))
    except Exception as error:  # noqa: BLE001 - no text of ours may fail like this, and the next case is to be tried
        return Outcome(case, f"{type(error).__name__}: {str(error)[:2000]}")


def attempted(make_table: Callable[[], pa.Table]) -> pa.Table | Refused:
    """Make a table, or say why its rows are refused; what an engine cannot even plan is a fault of the text."""
    from pyspark.errors import AnalysisException, PySparkException

    try:
        return make_table()
    except AnalysisException:
        raise
    except (CheckFailed, UserError, duckdb.Error, PySparkException, ValueError) as error:
        return Refused(str(error))


def differences(here: pa.Table | Refused, there: pa.Table | Refused) -> str:
    if isinstance(here, Refused) or isinstance(there, Refused):
        return refusals_differ(here, there)
    return tables_differ(here, there)


def tables_differ(here: pa.Table, there: pa.Table) -> str:
    """Say how two tables differ: in names, types and order of columns, or in rows, counted."""
    if list(types_of(here).items()) != list(types_of(there).items()):
        return f"schema\n  DuckDB {types_of(here)}\n  Spark  {types_of(there)}"
    rows = countable(here).to_pylist(), countable(there).to_pylist()
    missing, extra = difference(*rows, alike=partial(alike, largest([*rows[0], *rows[1]])))
    return "".join([f"only DuckDB: {row}\n" for row in missing[:5]] + [f"only Spark:  {row}\n" for row in extra[:5]])


def largest(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Give the largest magnitude of each column of doubles."""
    names = rows[0] if rows else {}
    return {
        name: max((abs(x) for row in rows if isinstance(x := row[name], float) and math.isfinite(x)), default=0.0)
        for name in names
    }


def alike(sizes: dict[str, float], one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Compare rows: doubles to 1e-12 relative, or to the last digits of the largest value of their column.

    A scaled value near the mean is a difference of numbers that are nearly equal, and its error theirs: 0.2 less the
    mean of 0.1, 0.2, 0.3 is -3e-17 or 3e-17, as the order of the rows will have it.
    """
    return all(same(x, other[name]) or last_digits(x, other[name], sizes[name]) for name, x in one.items())


def last_digits(one: Any, other: Any, size: float) -> bool:
    return isinstance(one, float) and isinstance(other, float) and abs(one - other) <= LAST_DIGITS * size


def countable(table: pa.Table) -> pa.Table:
    """Give days and microseconds as numbers: Python has no dates after 9999, and the engines have."""
    for at, field in enumerate(table.schema):
        number = (
            pa.int32() if pa.types.is_date(field.type) else pa.int64() if pa.types.is_timestamp(field.type) else None
        )
        table = table if number is None else table.set_column(at, field.name, table.column(at).cast(number))
    return table


def refusals_differ(here: pa.Table | Refused, there: pa.Table | Refused) -> str:
    """Say how refusals differ: only one engine refuses, or for another reason.

    Engines word their errors differently; the checks that a notebook holds are word for word those of the run.
    """
    one, other = (str(side) if isinstance(side, Refused) else "" for side in (here, there))
    checked = "holds a key" in one + other
    same = one and other and (other in one if checked else True)
    return (
        ""
        if same
        else f"DuckDB {f'refuses: {one}' if one else 'takes it'}\nSpark  {f'refuses: {other}' if other else 'takes it'}"
    )


def told(found: Outcome) -> str:
    case = found.case
    steps = "\n".join(f"  - {step.model_dump(exclude_defaults=True) | {'step': step.step}}" for step in case.steps)
    return (
        f"seed {case.seed}, fit_on {case.fit_on!r}\n{steps}\n{case.file.read_text(encoding='utf-8')}\n{found.differs}"
    )


def fuzz(count: int, session: Any, first: int = 0, say: Callable[[str], Any] = lambda _text: None) -> list[Outcome]:
    """Try that many pipelines, two at a time: while Spark plans one it computes the other."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        cases = (make(seed, Path(folder)) for seed in range(first, first + count))
        for found in pool.map(partial(outcome, session=session), cases):
            outcomes.append(found)
            if found.differs:
                say(f"{told(found)}\n\n")
            if len(outcomes) % 50 == 0:
                say(f"{len(outcomes)} pipelines, {sum(bool(one.differs) for one in outcomes)} different\n")
    return outcomes


def main() -> int:
    from boathouse.engines.spark import session

    count, first = int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 0
    clock = time.perf_counter()
    with session(local=True) as spark:
        outcomes = fuzz(count, spark.session, first, say=sys.stderr.write)
    equal = sum(not found.differs for found in outcomes)
    tried = Counter(step.step for found in outcomes for step in found.case.steps)
    print("  ".join(f"{name} {tried[name]}" for name in SQL_ALONE))  # noqa: T201
    print(f"{sum(found.refused for found in outcomes)} were refused by both engines")  # noqa: T201
    print(f"{equal} of {count} pipelines equal on Spark, {time.perf_counter() - clock:.0f} s")  # noqa: T201
    return 0 if equal == count else 1


if __name__ == "__main__":
    sys.exit(main())

"""Copy a raw table into the engine once, and measure every column: what each probe starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boathouse.duckdb_types import duckdb_type
from boathouse.probe import ColumnProfile, Engine, RawColumn, RawTable, percent
from boathouse.profiling.column_types import HIGH, Facts, Inferred, infer
from boathouse.profiling.dates import find_dates
from boathouse.profiling.holds import Holding, decide
from boathouse.profiling.numbers import measure_days, measure_numbers
from boathouse.profiling.targets import choose_target
from boathouse.profiling.text_forms import FALSE, NUMBER, TRIM_SET, TRUE, listed, matches
from boathouse.profiling.texts import TOP, TextEvidence, measure_texts
from boathouse.profiling.type_metrics import type_metrics
from boathouse.profiling.typed import measure_typed
from boathouse.quoting import sql_name
from boathouse.schema import Schema, is_number


@dataclass(frozen=True)
class Measured:
    """One column, measured and not yet judged."""

    name: str
    type: str
    present: int
    distinct: int
    top: tuple[tuple[str, int], ...]
    holding: Holding
    text: TextEvidence | None = None
    value: str = ""


def load_table(engine: Engine, name: str, sql: str, schema: Schema) -> tuple[str, int]:
    """Copy the rows into a temporary table that has the data set's name; give it quoted, with its rows counted."""
    table = sql_name(name, "duckdb")
    columns = ", ".join(
        f"CAST({sql_name(c.name, 'duckdb')} AS {duckdb_type(c.type)}) AS {sql_name(c.name, 'duckdb')}" for c in schema
    )
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {columns} FROM ({sql})")
    return table, int(engine.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])


def measure_table(engine: Engine, name: str, sql: str, schema: Schema, target: str | None = None) -> RawTable:
    """Measure a raw table: forms, types, plain numbers; the target is the one asked for, or chosen."""
    table, rows = load_table(engine, name, sql, schema)
    measured = [*measure_columns(engine, table, schema, rows)]
    chosen = target or choose_target(((m.name, m.distinct, m.present) for m in measured), rows)
    numbers = measure_numbers(engine, table, {m.name: m.value for m in measured if is_measure(m, rows)}, rows)
    days = measure_days(
        engine,
        table,
        {m.name: m.value for m in measured if m.holding.type in ("date", "timestamp") and m.present},
        rows,
    )
    columns = tuple(judge(m, rows, chosen, numbers.get(m.name, {}), days.get(m.name, {})) for m in measured)
    return RawTable(name, schema, rows, columns, engine, chosen)


def is_measure(m: Measured, rows: int) -> bool:
    """Tell numbers worth their quartiles from references such as household_id, whose name and values tell enough."""
    return (
        bool(m.present)
        and is_number(m.holding.type)
        and infer(Facts(m.name, m.holding.type, rows, m.present, m.distinct))[0] != "identifier"
    )


def measure_columns(engine: Engine, table: str, schema: Schema, rows: int) -> list[Measured]:
    texts = [column.name for column in schema if column.type == "string"]
    evidence = measure_texts(engine, table, texts, rows)
    typed = measure_typed(engine, table, [column.name for column in schema if column.type != "string"])
    at = {name: position for position, name in enumerate(texts)}
    measured = []
    for column in schema:
        if column.name in typed:
            plain = typed[column.name]
            holding = Holding(column.type, "its type in the file")
            measured.append(
                Measured(
                    column.name,
                    column.type,
                    plain.present,
                    plain.distinct,
                    plain.top,
                    holding,
                    None,
                    sql_name(column.name, "duckdb"),
                )
            )
            continue
        measured.append(measure_text(engine, at[column.name], column.name, evidence[column.name]))
    return measured


def measure_text(engine: Engine, at: int, name: str, text: TextEvidence) -> Measured:
    counts = text.counts
    values = counts["present"] - counts["blank"] - counts["sure_placeholder"] - counts["likely_placeholder"]
    dates = find_dates(engine, at, text.shapes, values) if text.shapes else None
    holding = decide(name, text, dates)
    return Measured(
        name, "string", text.present, text.distinct, text.top, holding, text, value_sql(name, holding, text)
    )


def value_sql(name: str, holding: Holding, text: TextEvidence) -> str:
    """Write the value of a text as what it holds; the slow guard only where a word such as nan would parse."""
    x = sql_name(name, "duckdb")
    trimmed = f"trim({x}, {TRIM_SET})"
    if holding.dates:
        return holding.dates.sql(x)
    if holding.type == "boolean":
        word = f"lower({trimmed})"
        return f"CASE WHEN {listed(TRUE, word)} THEN TRUE WHEN {listed(FALSE, word)} THEN FALSE END"
    if is_number(holding.type):
        plain = f"TRY_CAST({trimmed} AS {duckdb_type(holding.type)})"
        clean = not holding.unparsed and not text.counts["sure_placeholder"] and not text.counts["likely_placeholder"]
        return plain if clean else f"CASE WHEN {matches(NUMBER, trimmed)} THEN {plain} END"
    return x


def judge(m: Measured, rows: int, target: str | None, numbers: Mapping[str, Any], days: Mapping[str, Any]) -> RawColumn:
    """Infer the column's type and write its profile."""
    counts = m.text.counts if m.text else {}
    facts = Facts(
        m.name,
        m.holding.type,
        rows,
        m.present,
        m.distinct,
        m.top,
        counts,
        m.text.shapes if m.text else {},
        numbers,
        m.holding.code,
    )
    inferred: Inferred = ("target", HIGH, f"{m.distinct} classes") if m.name == target else infer(facts)
    profile = ColumnProfile(
        m.name, m.type, m.holding.type, inferred[0], inferred[1], tuple(dict.fromkeys((m.holding.reason, inferred[2]))),
        universal_metrics(m, rows, counts), type_metrics(inferred[0], facts, days),
    )  # fmt: skip
    formats = m.holding.dates.formats if m.holding.dates else {}
    notes = {"reason": m.holding.reason, "unparsed": m.holding.unparsed, "code": m.holding.code, "booleans": m.holding.booleans,
             "ambiguous": bool(m.holding.dates and m.holding.dates.ambiguous), "numbers": numbers}  # fmt: skip
    return RawColumn(profile, m.value, counts, m.top, m.distinct <= TOP, formats, notes)


def universal_metrics(m: Measured, rows: int, counts: Mapping[str, int]) -> dict[str, Any]:
    value, frequency = m.top[0] if m.top else (None, 0)
    return {
        "total_count": rows,
        "null_count": rows - m.present,
        "null_percentage": percent(rows - m.present, rows),
        "distinct_count": m.distinct,
        "distinct_percentage": percent(m.distinct, m.present),
        "most_common_value": value,
        "most_common_frequency": frequency,
        "memory_size_bytes": counts.get("length_sum", 8 * m.present),
    }

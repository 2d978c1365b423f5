"""Measure every text column at once: how many values have which form, the most frequent values, the shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from boathouse.probe import Engine
from boathouse.profiling.text_forms import FORMS, LENGTHS, TRIM_SET, VALUE
from boathouse.quoting import sql_name

VALUES = "temp.explored_values"

# All columns below one another, as (c, x) with c the column's position; what is NULL is left out.
UNPIVOT = (
    "SELECT CAST(c AS INT) AS c, x FROM (UNPIVOT (SELECT {columns} FROM {table}) ON COLUMNS(*) INTO NAME c VALUE x)"
)

# Columns with more distinct values than this, in tables with more cells than that, are not grouped first:
# grouping 6M different comments costs more than it saves.
GROUPED_DISTINCT = 100_000
GROUPED_CELLS = 8_000_000
TOP = 100  # values kept of a column with fewer distinct ones; the seed's line between a category and a text
SHAPES = 30
DIGITS, LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class TextEvidence:
    """What the values of one text column look like."""

    counts: dict[str, int]  # form -> rows
    top: tuple[tuple[str, int], ...]
    shapes: dict[str, int] = field(default_factory=dict)  # digits as 9, letters as a -> rows

    @property
    def distinct(self) -> int:
        return self.counts["distinct"]

    @property
    def present(self) -> int:
        return self.counts["present"]


def measure_texts(engine: Engine, table: str, names: Sequence[str], rows: int) -> dict[str, TextEvidence]:
    """Measure the text columns of a table in four passes over its distinct values, however many columns it has."""
    if not names:
        return {}
    load_values(engine, table, names, rows)
    counts = form_counts(engine)
    top = top_values(engine)
    shapes = digit_shapes(engine)
    nothing = dict.fromkeys([*FORMS, *LENGTHS, "distinct", "present"], 0)
    return {
        name: TextEvidence(counts.get(at, nothing), tuple(top.get(at, ())), shapes.get(at, {}))
        for at, name in enumerate(names)
    }


def load_values(engine: Engine, table: str, names: Sequence[str], rows: int) -> None:
    """Keep each column's distinct values with their counts, as (c, v, n), where c is the column's position."""
    wide = wide_columns(engine, table, names) if rows * len(names) > GROUPED_CELLS else set()
    grouped = {at: name for at, name in enumerate(names) if at not in wide}
    parts = [
        f"SELECT {at}::INT AS c, {sql_name(names[at], 'duckdb')} AS v, 1::BIGINT AS n FROM {table}"
        for at in sorted(wide)
    ]
    if grouped:
        columns = ", ".join(f'{sql_name(name, "duckdb")} AS "{at}"' for at, name in grouped.items())
        long = UNPIVOT.format(columns=columns, table=table)
        engine.execute(
            f"CREATE OR REPLACE TEMP TABLE explored_groups AS SELECT c, x AS v, count(*) AS n FROM ({long}) GROUP BY ALL"
        )
        parts.append("SELECT c, v, n FROM temp.explored_groups")
    engine.execute(f"CREATE OR REPLACE TEMP VIEW explored_values AS {' UNION ALL '.join(parts)}")


def wide_columns(engine: Engine, table: str, names: Sequence[str]) -> set[int]:
    """Tell which columns have too many different values to be grouped first; an estimate is enough for that."""
    counts = ", ".join(f'approx_count_distinct({sql_name(name, "duckdb")}) AS "{at}"' for at, name in enumerate(names))
    row = engine.rows(f"SELECT {counts} FROM {table}")[0]
    return {int(at) for at, count in row.items() if count > GROUPED_DISTINCT}


def form_counts(engine: Engine) -> dict[int, dict[str, int]]:
    forms = ", ".join(f"sum(n) FILTER ({test}) AS {name}" for name, test in FORMS.items())
    lengths = ", ".join(f"{expression} AS {name}" for name, expression in LENGTHS.items())
    trimmed = f"SELECT c, v, n, trim(v, {TRIM_SET}) AS t FROM {VALUES} WHERE v IS NOT NULL"
    told = f"SELECT *, {VALUE} AS u FROM (SELECT *, lower(t) AS w FROM ({trimmed}))"
    rows = engine.rows(
        f"SELECT c, count(DISTINCT v) AS distinct, sum(n) AS present, {forms}, {lengths} FROM ({told}) GROUP BY c"
    )
    return {row.pop("c"): {key: int(value or 0) for key, value in row.items()} for row in rows}


def top_values(engine: Engine) -> dict[int, list[tuple[str, int]]]:
    """Give the most frequent values of each column, in an order that does not depend on luck."""
    rows = engine.rows(
        f"SELECT * FROM (SELECT c, v, sum(n)::BIGINT AS n FROM {VALUES} WHERE v IS NOT NULL GROUP BY c, v)"
        f" QUALIFY row_number() OVER (PARTITION BY c ORDER BY n DESC, v) <= {TOP} ORDER BY c, n DESC, v"
    )
    top: dict[int, list[tuple[str, int]]] = {}
    for row in rows:
        top.setdefault(row["c"], []).append((row["v"], row["n"]))
    return top


def digit_shapes(engine: Engine) -> dict[int, dict[str, int]]:
    """Give the most frequent shapes of the values that hold digits: 2024-01-05 -> 9999-99-99."""
    shape = f"translate(lower(trim(v, {TRIM_SET})), '{DIGITS}{LETTERS}', '{'9' * 10}{'a' * 26}')"
    rows = engine.rows(
        f"SELECT * FROM (SELECT c, {shape} AS shape, sum(n)::BIGINT AS n FROM {VALUES}"
        f" WHERE length(v) BETWEEN 6 AND 40 GROUP BY ALL) WHERE contains(shape, '9')"
        f" QUALIFY row_number() OVER (PARTITION BY c ORDER BY n DESC, shape) <= {SHAPES} ORDER BY ALL"
    )
    shapes: dict[int, dict[str, int]] = {}
    for row in rows:
        shapes.setdefault(row["c"], {})[row["shape"]] = row["n"]
    return shapes

"""Find which date patterns the values of a text column have, by evidence: a part above 12 is a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from boathouse.probe import Engine
from boathouse.profiling.date_patterns import DateForm, Order, date_form, has_time, parse_sql, regex_of
from boathouse.profiling.text_forms import TRIM_SET
from boathouse.profiling.texts import VALUES
from boathouse.quoting import sql_text

ENOUGH = 0.8  # of the values have to be dates; a lesser share is text that holds some
RARE = 0.01  # of the deciding values: fewer that say the other order are taken for faults
COMPACT = "yyyyMMdd"


@dataclass(frozen=True)
class DateEvidence:
    """The patterns of a column in the order in which they are tried, with how many values each reads."""

    formats: dict[str, int]
    ambiguous: bool  # no value tells the day from the month

    @property
    def type(self) -> str:
        return "timestamp" if any(has_time(pattern) for pattern in self.formats) else "date"

    def sql(self, text: str) -> str:
        """Write the value of a text as a date or a timestamp, NULL where no pattern reads it."""
        tried = ", ".join(parse_sql(pattern, text) for pattern in self.formats)
        return f"CAST(coalesce({tried}) AS {'DATE' if self.type == 'date' else 'TIMESTAMPTZ'})"


def find_dates(engine: Engine, at: int, shapes: Mapping[str, int], values: int) -> DateEvidence | None:
    """Decide whether the column at this position holds dates; `values` is how many could be one."""
    forms = date_forms(shapes)
    rows = {form: sum(shapes[shape] for shape in forms[form]) for form in forms}
    if not values or sum(rows.values()) < ENOUGH * values:
        return None
    patterns: list[str] = []
    ambiguous = False
    for form in sorted(forms, key=lambda form: (-rows[form], form)):
        orders, unclear = orders_of(engine, at, form)
        ambiguous |= unclear
        patterns += [form.pattern(order, widths_of(forms[form])) for order in orders]
    counts = parse_counts(engine, at, list(dict.fromkeys(patterns)))
    found = {pattern: count for pattern, count in counts.items() if count}
    if sum(found.values()) < ENOUGH * values or (COMPACT in found and not is_calendar(engine, at, values)):
        return None
    return DateEvidence(found, ambiguous)


def date_forms(shapes: Mapping[str, int]) -> dict[DateForm, dict[str, tuple[int, int]]]:
    """Group the shapes by their form: 9/9/99 and 99/99/99 are one."""
    forms: dict[DateForm, dict[str, tuple[int, int]]] = {}
    for shape in shapes:
        found = date_form(shape)
        if found:
            forms.setdefault(found[0], {})[shape] = found[1]
    return forms


def widths_of(shapes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    return min(first for first, _ in shapes.values()), min(second for _, second in shapes.values())


def orders_of(engine: Engine, at: int, form: DateForm) -> tuple[list[Order], bool]:
    """Say which of the two numbers is the month, and whether no value tells."""
    if not form.is_open:
        return ["month first"], False
    parts = [f"CAST(regexp_extract(t, '^([0-9]+)[^0-9]([0-9]+)', {group}) AS INT)" for group in (1, 2)]
    row = engine.rows(
        f"SELECT coalesce(sum(n) FILTER (a > 12 AND b <= 12), 0) AS day_first, coalesce(sum(n) FILTER (b > 12 AND a <= 12), 0) AS month_first"
        f" FROM (SELECT n, {parts[0]} AS a, {parts[1]} AS b FROM (SELECT n, trim(v, {TRIM_SET}) AS t FROM {VALUES} WHERE c = {at})"
        f" WHERE regexp_full_match(t, {sql_text(regex_of(form.text), 'duckdb')}))"
    )[0]
    day, month = int(row["day_first"]), int(row["month_first"])
    if not day and not month:
        return ["day first" if "." in form.text else "month first"], True
    orders: list[Order] = ["day first", "month first"] if day > month else ["month first", "day first"]
    return orders[: 2 if min(day, month) > RARE * max(day, month) else 1], False


def parse_counts(engine: Engine, at: int, patterns: list[str]) -> dict[str, int]:
    """Count the values that each pattern reads and none before it does."""
    reads = [f"({parse_sql(pattern, 'v')}) IS NOT NULL" for pattern in patterns]
    first = " ".join(f"WHEN {test} THEN {number}" for number, test in enumerate(reads))
    rows = engine.rows(f"SELECT CASE {first} END AS i, sum(n)::BIGINT AS n FROM {VALUES} WHERE c = {at} GROUP BY i")
    counts = {row["i"]: int(row["n"]) for row in rows}
    return {pattern: counts.get(number, 0) for number, pattern in enumerate(patterns)}


def is_calendar(engine: Engine, at: int, values: int) -> bool:
    """Tell days written as 20240105 from numbers of eight digits: all of them are days of 1900 to 2100."""
    day = parse_sql(COMPACT, "v")
    row = engine.rows(f"SELECT sum(n) FILTER (year({day}) BETWEEN 1900 AND 2100) AS n FROM {VALUES} WHERE c = {at}")[0]
    return int(row["n"] or 0) >= values

"""Contract learning: findings become a contract that the rows keep, and that leaves their dirt out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from boathouse.check import CHECKS, Check
from boathouse.dialect.parse import parsed_expression
from boathouse.known import Known, KnownColumn
from boathouse.names import slug
from boathouse.pipeline import Contract, Rule
from boathouse.probe import ColumnProfile, DatasetFindings
from boathouse.profiling.text_forms import EMAIL
from boathouse.schema import Schema, is_decimal

FEWEST = 10  # rows; of fewer, everything is true by accident
ROWS_A_VALUE = 10  # rows for each value of a category, before all values are taken for known
FAR = 10  # interquartile ranges beyond the quartiles: what lies there is no example, though the seed's fences are 1.5
EXACT = 2**53  # a double holds every whole number up to here
DIRT = ("placeholders", "text_variants", "numbers_in_text", "dates_in_text", "booleans_in_text")


@dataclass(frozen=True)
class NotLearned:
    """What looked like a rule and is none, and why."""

    what: str
    why: str


def known_of(data: DatasetFindings, schema: Schema, refers: Mapping[str, tuple[str, str]]) -> Known:
    """Take from findings what is exact; `refers` names the other table's column that each column may refer to."""
    columns = tuple(
        _column(data, data.column(column.name), column.type, refers.get(column.name))
        for column in schema
        if column.name in data.schema
    )
    keys = [tuple(found.numbers["columns"]) for found in data.of("keys") if found.numbers["unique"]]
    return Known(data.row_count, columns, tuple(key for key in keys if all(name in schema for name in key)))


def _column(data: DatasetFindings, profile: ColumnProfile, kind: str, refers: tuple[str, str] | None) -> KnownColumn:
    nulls = profile.universal_metrics["null_count"]
    present = profile.universal_metrics["total_count"] - nulls
    if not present:
        return KnownColumn(profile.name, kind, nulls, doubt="it has no values at all")
    low, high = _range(profile, kind)
    return KnownColumn(
        profile.name, kind, nulls, low, high, values=_values(profile, present), lengths=_lengths(profile),
        shape=_shape(data, profile, present), refers=refers, doubt=_doubt(data, profile),
    )  # fmt: skip


def _range(profile: ColumnProfile, kind: str) -> tuple[float | None, float | None]:
    metrics = profile.type_metrics
    low, high = metrics.get("min_value"), metrics.get("max_value")
    if not profile.inferred_type.startswith("numeric") or low is None or high is None or metrics.get("inf_count"):
        return None, None
    scale = int(kind.rstrip(")").rpartition(",")[2]) if is_decimal(kind) else 0
    return (low, high) if max(abs(low), abs(high)) < EXACT / 10**scale else (None, None)


def _values(profile: ColumnProfile, present: int) -> tuple[str, ...]:
    metrics = profile.type_metrics
    listed = metrics.get("value_counts") or {}
    whole = len(listed) == profile.universal_metrics["distinct_count"] and present >= ROWS_A_VALUE * len(listed)
    return tuple(listed) if whole and all(isinstance(value, str) for value in listed) else ()


def _lengths(profile: ColumnProfile) -> tuple[int, int] | None:
    metrics = profile.type_metrics
    if profile.inferred_type != "identifier" or profile.holds != "string" or not metrics.get("length_max"):
        return None
    return int(metrics["length_min"]), int(metrics["length_max"])


def _shape(data: DatasetFindings, profile: ColumnProfile, present: int) -> str:
    """Guess the pattern of a code by one of its values; it is tried on all rows before it is suggested."""
    emails = [
        found
        for found in data.of("pii", profile.name)
        if found.numbers["kind"] == "email" and found.numbers["count"] == present
    ]
    if emails:
        return EMAIL
    example = profile.universal_metrics.get("most_common_value")
    if profile.inferred_type != "identifier" or profile.holds != "string" or not isinstance(example, str):
        return ""
    return shape_of(example)


def shape_of(example: str) -> str:
    """Write the pattern of texts like this one: AB-1234 -> [A-Z]{2}-[0-9]{4}."""
    classes = {r"[0-9]+": "[0-9]", r"[A-Z]+": "[A-Z]", r"[a-z]+": "[a-z]"}
    parts = []
    for run in re.findall(r"[0-9]+|[A-Z]+|[a-z]+|[^0-9A-Za-z]", example):
        kind = next((sign for pattern, sign in classes.items() if re.fullmatch(pattern, run)), "")
        parts.append(f"{kind}{{{len(run)}}}" if kind and len(run) > 1 else kind or re.escape(run))
    return "".join(parts)


def _doubt(data: DatasetFindings, profile: ColumnProfile) -> str:
    """Say why a column's values are no example: words for nothing, spellings, far outliers, values that hardly occur."""
    if profile.name.startswith("_"):
        return "it says how the row came here"
    for probe in DIRT:
        for found in data.of(probe, profile.name):
            return found.says
    rare = profile.type_metrics.get("rare_categories") or []
    if rare:
        return f"`{rare[0]}` is rare, and may be a fault"
    for found in data.of("outliers", profile.name):
        numbers = found.numbers
        far = (FAR - 1.5) * (numbers["upper"] - numbers["lower"]) / 4  # the fences stand four ranges apart
        if numbers["max_value"] > numbers["upper"] + far or numbers["min_value"] < numbers["lower"] - far:
            return f"its values reach from {numbers['min_value']:g} to {numbers['max_value']:g}, far from most"
    return ""


def candidates(known: Known) -> list[Check]:
    """Ask every check of the shelf what it learns."""
    if known.rows < FEWEST:
        return []
    return [learned for name in CHECKS.names() for learned in CHECKS.member(name).learned(known)]


def suggested(known: Known, schema: Schema, had: Contract, checks: list[Check]) -> Contract:
    """Add to a contract what was learned: key and columns where it has none, and rules that it does not have yet.

    Rules warn: what has always been so need not stay so, and a person decides which of them may stop a run.
    """
    always = {column.name for column in known.columns if not column.nulls} if known.rows >= FEWEST else set()
    columns = had.columns or Schema(tuple(replace(column, nullable=column.name not in always) for column in schema))
    key = had.key or (known.keys[0] if known.keys else ())
    asked = {rule.check for rule in had.rules}
    rules = list(had.rules)
    taken = {rule.name for rule in rules}
    for check in checks:
        if check not in asked and not (check.check == "unique" and getattr(check, "columns", ()) == key):
            name = _name(check)
            while name in taken:
                name += "_"
            taken.add(name)
            rules.append(Rule(name, "warn", check, check.written))
    return Contract(columns, key, tuple(rules))


def _name(check: Check) -> str:
    """Name a rule by its columns and what is asked: plan_accepted."""
    columns = [getattr(check, "column", "")] if hasattr(check, "column") else list(getattr(check, "columns", ()))
    columns += [column.name for sql in check.expressions() for column in parsed_expression(sql).find_all(exp.Column)]
    word = "length" if check.check == "predicate" else check.check
    return "_".join([*(slug(column) for column in columns), word])


def doubts(known: Known) -> Iterator[NotLearned]:
    """Say of which columns no values were learned, and why."""
    if known.rows < FEWEST:
        yield NotLearned("rules", f"{known.rows} rows are too few: everything is true of them by accident")
        return
    yield from (NotLearned(f"the values of {column.name}", column.doubt) for column in known.columns if column.doubt)

"""Random expressions of Databricks SQL, typed: conditions for filter_rows and fit_on, values for derive."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from boathouse.quoting import sql_name
from boathouse.schema import Schema

# What makes a value of each kind; {int} is an expression of that kind, {any} of whichever, {near} a date.
# Where numbers could overflow they do so on both engines, as errors: so it is rare here.
FORMS: Mapping[str, tuple[str, ...]] = {
    "boolean": (
        "{int} > {int}", "{double} <= {double}", "{decimal} <> {decimal}", "{string} = {string}", "{string} < {string}",
        "{date} >= {date}", "{timestamp} < {timestamp}", "{any} IS NULL", "{any} IS NOT NULL", "NOT ({boolean})",
        "({boolean} AND {boolean})", "({boolean} OR {boolean})", "{string} LIKE 'a%'", "{string} LIKE '%\\\\_%'",
        "{string} RLIKE '^[A-Za-z]+$'", "{string} IN ('a', '', '?', 'it\\'s')", "{int} IN (0, 1, NULL)", "isnan({double})",
        "{double} BETWEEN {double} AND {double}", "startswith({string}, 'a')", "contains({string}, {string})",
        "{int} <=> {int}", "{string} <=> {string}", "{double} = {double}", "{boolean} IS NOT TRUE",
    ),
    "int": (
        "length({string})", "year({date})", "month({date})", "dayofweek({date})", "hour({timestamp})", "datediff({date}, {date})",
        "coalesce({int}, 0)", "{int} % 7", "pmod({int}, 5)", "CASE WHEN {boolean} THEN {int} ELSE {int} END", "CAST(sign({int}) AS int)",
        "if({boolean}, {int}, NULL)", "least({int}, {int})", "nullif({int}, 1)", "instr({string}, 'a')", "try_cast({string} AS int)",
        "CAST(floor({decimal}) AS int)", "ascii({string})",
    ),
    "bigint": (
        "CAST({int} AS bigint) * 3", "CAST({int} AS bigint) - {int}", "{int} div 2", "greatest({bigint}, {int})", "abs({bigint})",
        "coalesce({bigint}, {int})", "try_cast({double} AS bigint)", "try_add({bigint}, {bigint})",
    ),
    "double": (
        "{double} + {double}", "{double} - 1.5D", "{double} * {int}", "try_divide({double}, {double})", "{double} / 4", "abs({double})",
        "round({double}, 2)", "round({double})", "sqrt(abs({double}))", "greatest({double}, {double})", "least({double}, {int})",
        "nanvl({double}, {double})", "coalesce({double}, 0)", "CAST({decimal} AS double)", "try_cast({string} AS double)",
        "CASE WHEN {boolean} THEN {double} END", "{int} / 8", "nullif({double}, 0)", "-{double}", "ln(1 + abs({int}))",
    ),
    "decimal": (
        "{decimal} + {decimal}", "{decimal} * 2", "{decimal} - {int}", "round({decimal}, 1)", "abs({decimal})", "-{decimal}",
        "coalesce({decimal}, 0)", "greatest({decimal}, {decimal})", "try_divide({decimal}, {int})", "CAST({int} AS decimal(12,2))",
        "try_cast({string} AS decimal(8,3))", "if({boolean}, {decimal}, 1.25)",
    ),
    "string": (
        "concat({string}, '-', {string})", "{string} || {int}", "lower({string})", "trim({string})", "substring({string}, 1, 2)",
        "substring({string}, -2)", "replace({string}, 'a', 'bb')", "coalesce({string}, 'none')", "lpad({string}, 5, '*')",
        "CAST({date} AS string)", "CAST({int} AS string)", "CAST({boolean} AS string)", "date_format({date}, 'yyyy-MM')",
        "CASE WHEN {boolean} THEN {string} ELSE 'else' END", "concat_ws(',', {string}, {string})", "nullif({string}, '')",
        "regexp_replace({string}, '[^a-z]', '_')", "split_part({string}, ',', 1)", "reverse({string})", "left({string}, 1)",
        "regexp_extract({string}, '([a-z])', 1)", "repeat({string}, 2)", "translate({string}, 'ab', 'x')",
        "greatest({string}, {string})", "CAST({decimal} AS string)", "CAST({timestamp} AS string)",
    ),
    "date": (
        "date_add({near}, pmod({int}, 400))", "date_sub({near}, 31)", "last_day({date})", "trunc({date}, 'MM')", "trunc({date}, 'year')",
        "add_months({near}, 1)", "coalesce({date}, DATE'1970-01-01')", "greatest({date}, {date})", "CAST({timestamp} AS date)",
        "try_cast({string} AS date)", "if({boolean}, {date}, {date})", "{near} + INTERVAL 1 DAY",
    ),
    "timestamp": (
        "date_trunc('hour', {timestamp})", "date_trunc('month', {timestamp})", "CAST({near} AS timestamp) + INTERVAL 36 HOURS",
        "coalesce({timestamp}, TIMESTAMP'2000-01-01 00:00:00')", "CAST({date} AS timestamp)", "greatest({timestamp}, {timestamp})",
    ),
}  # fmt: skip
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "boolean": ("TRUE", "FALSE", "CAST(NULL AS boolean)"), "int": ("0", "1", "-3", "CAST(NULL AS int)"),
    "bigint": ("5L", "9007199254740993"), "double": ("0D", "2.5D", "-1e-3", "CAST('NaN' AS double)"),
    "decimal": ("0.10", "12.345", "-1"), "string": ("'a'", "''", "' B'", "'é'", "CAST(NULL AS string)"),
    "date": ("DATE'2024-02-29'", "DATE'1969-12-31'"), "timestamp": ("TIMESTAMP'2024-01-31 10:00:00'",),
}  # fmt: skip
TYPE = {"decimal": "decimal(14,4)"}  # what derive makes of a kind; the others have its name


@dataclass(frozen=True)
class Expressions:
    """Makes expressions over the columns of a schema."""

    chance: random.Random
    schema: Schema

    def make(self, kind: str, depth: int = 2) -> str:
        """Make an expression of a kind: a column of it, a value, or a form of other expressions."""
        columns = [column.name for column in self.schema if kind_of(column.type) == kind]
        if depth == 0 or (columns and self.chance.random() < 0.3):
            if columns and self.chance.random() < 0.85:
                return sql_name(self.chance.choice(columns), "databricks")
            return self.chance.choice(WRITTEN[kind])
        form = self.chance.choice(FORMS[kind])
        return re.sub(r"\{(\w+)\}", lambda hole: self._part(hole[1], depth - 1), form)

    def _part(self, kind: str, depth: int) -> str:
        if kind == "near":  # years before 1 and after 9999 have no text that both engines agree on
            return f"greatest(least({self._part('date', depth)}, DATE'2100-01-01'), DATE'1000-01-01')"
        text = self.make(self.chance.choice(list(FORMS)) if kind == "any" else kind, depth)
        return f"({text})" if " " in text else text


def kind_of(type_: str) -> str:
    return "decimal" if type_.startswith("decimal") else type_

"""Contract cells: a table's rules as PySpark text; they are compiled in, for Spark alone has no expectations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from textwrap import indent

from boathouse.action import Action
from boathouse.destination import Destination
from boathouse.names import TableName
from boathouse.pipeline import Rule
from boathouse.quoting import Dialect, python_column, python_text
from boathouse.relation import Before, Relation
from boathouse.schema import Schema
from boathouse.step import LINE, MISFITS, call

# Stands for a table (what comes behind its schema's name), or =variable of the cell, in a rule until its text is an
# f-string; private-use characters, around a plain name only.
NAMED = re.compile("\ue000([=._][A-Za-z0-9_.]+)\ue001")
BEFORE = Before(rows="\ue000=rows_before\ue001", changed_columns="\ue000=changed_columns\ue001")
BEFORE_LINES = """\
table = {table}
before = spark.table(table) if spark.catalog.tableExists(table) else None
rows_before = before.count() if before else "NULL"
changed_columns = len({{name for name, _ in set(before.dtypes) ^ set(df.dtypes)}}) if before else 0"""


def drop_cell(action: Action, to: Destination) -> tuple[str, str]:
    """Write the cell that marks each row with the rules that it breaks, and keeps those that break none."""
    rules = [rule for rule in action.rules if rule.action == "drop"]
    table, column = _relation(action, to), python_text(action.rules_column)
    lines = [
        *_dict("drop", [(rule, text_of(rule.check.row(table))) for rule in rules]),
        "broken = [F.when(~F.expr(rule), F.lit(name)) for name, rule in drop.items()]",
        f"marked = df.withColumn({column}, F.array_compact(F.array(*broken)))",
        f"df = marked.where(F.size({column}) == 0).drop({column})",
    ]
    return f"Contract: rows that break {_names(rules)} go to {to.tail(action.name.quarantine)[1:]}", "\n".join(lines)


def check_cell(action: Action, to: Destination) -> tuple[str, str]:
    """Write the cell that asks all other rules in one Spark job, before anything is written."""
    fail, warn = ([rule for rule in action.rules if rule.action == kind] for kind in ("fail", "warn"))
    table = _relation(action, to)
    asks_before = any(rule.check.asks_before for rule in (*fail, *warn))
    lines: list[str] = BEFORE_LINES.format(table=to.text(action.name)).split("\n") if asks_before else []
    for name, rules in (("fail", fail), ("warn", warn)):
        lines += _dict(name, [(rule, _holds(rule, table)) for rule in rules]) if rules else []
    checks = "{**fail, **warn}" if fail and warn else "fail" if fail else "warn"
    lines.append(f"held = df.agg(*[check.alias(name) for name, check in {checks}.items()]).first()")
    if fail:
        lines += ["broken = [name for name in fail if held[name] is False]", "if broken:"]
        lines.append(f'    raise ValueError(f"the contract of {action.name} does not hold: {{broken}}")')
    if warn:
        lines += ["for name in warn:", "    if held[name] is False:"]
        lines.append(f'        print(f"warning: {action.name}: {{name}} does not hold")')
    said = [f"{_names(fail)} must hold"] if fail else []
    said += [f"{_names(warn)} should hold"] if warn else []
    return f"Contract: {'; '.join(said)}", "\n".join(lines)


def misfits_names(action: Action) -> list[str]:
    """Name the variable of each set of rows that did not fit a step's types."""
    several = len(action.misfits) > 1
    return [f"misfits_{at}" if several else "misfits" for at, _ in enumerate(action.misfits, 1)]


def part(name: str) -> str:
    """Write the statements after which `df` has only rows that fit."""
    column = python_text(MISFITS)
    return f"{name} = df.where(F.size({column}) > 0)\ndf = df.where(F.size({column}) == 0).drop({column})"


def quarantine_cell(action: Action, to: str) -> tuple[str, str]:
    """Write the cell that keeps the rows which were dropped, with the rules that they break and the run."""
    column = python_text(action.rules_column)
    parts = [_misfits(action, *each) for each in zip(misfits_names(action), action.misfits, strict=True)]
    if any(rule.action == "drop" for rule in action.rules):
        parts.append(f"marked.where(F.size({column}) > 0)")
    *first, last = [parts[0], *(f"quarantine.unionByName({part})" for part in parts[1:])]
    lines = [
        *(f"quarantine = {part}" for part in first),
        f"quarantine = {last}.withColumn({python_text(action.run_column)}, F.lit(RUN_ID))",
        f'quarantine.write.format("delta").mode("overwrite").option("overwriteSchema", "true"){to}',
    ]
    return "Write quarantine", "\n".join(lines)


def _misfits(action: Action, name: str, schema: Schema) -> str:
    """Select rows that left early as the quarantine has them: what was not a column yet, or of another type, is NULL."""
    columns = [
        python_column(c.name)
        if schema.types.get(c.name) == c.type
        else f"F.lit(None).cast({python_text(c.type)}).alias({python_text(c.name)})"
        for c in action.schema
    ]
    return call(
        f"{name}.select", [*columns, f"F.col({python_text(MISFITS)}).alias({python_text(action.rules_column)})"], 13
    )


def _holds(rule: Rule, table: Relation) -> str:
    """Write one check of all rows as a column expression."""
    start = len(f'    "{rule.name}": ')
    if rule.check.alone:
        text = text_of(rule.check.row(table))
        line = f"F.count_if(~F.expr({text})) == 0"
        wrong = call("~F.expr", [text], len("        ,"))
        return line if start + len(line) < LINE else f"{call('F.count_if', [wrong], LINE)}\n== 0"
    return call("F.expr", [text_of(rule.check.holds(table))], start + 1)


def _dict(name: str, entries: list[tuple[Rule, str]]) -> Iterator[str]:
    yield f"{name} = {{"
    for rule, text in entries:
        yield indent(f"{python_text(rule.name)}: {text},", "    ")
    yield "}"


def _names(rules: list[Rule]) -> str:
    return ", ".join(rule.name for rule in rules)


def _relation(action: Action, to: Destination) -> Relation:
    relation = action.relation("df", "databricks")

    def place(name: TableName, dialect: Dialect) -> str:
        del dialect
        return f"\ue000{to.tail(name)}\ue001"

    return replace(relation, place=place, before=BEFORE)


def text_of(sql: str) -> str:
    """Write SQL as Python text; where it names a table, as an f-string with the notebook's catalog and schema."""
    parts = NAMED.split(sql)
    if len(parts) == 1:
        return python_text(sql)
    return f'f"{"".join(_named(part) if at % 2 else _braced(part) for at, part in enumerate(parts))}"'


def _named(name: str) -> str:
    return f"{{{name[1:]}}}" if name.startswith("=") else f"{{CATALOG}}.{{SCHEMA}}{name}"


def _braced(sql: str) -> str:
    """Write a part of an f-string: its own braces doubled."""
    return python_text(sql)[1:-1].replace("{", "{{").replace("}", "}}")

"""Contract cells: a table's rules as PySpark text; they are compiled in, for Spark alone has no expectations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import indent

from boathouse.action import Action
from boathouse.names import TableName
from boathouse.pipeline import Rule
from boathouse.quoting import Dialect, python_text
from boathouse.relation import Relation
from boathouse.step import LINE, call

# Stands for a table's name in a rule until its text is an f-string; private-use characters, around a plain name only.
TABLE = re.compile("\ue000([A-Za-z0-9_]+)\ue001")


def drop_cell(action: Action) -> tuple[str, str]:
    """Write the cell that marks each row with the rules that it breaks, and keeps those that break none."""
    rules = [rule for rule in action.rules if rule.action == "drop"]
    table, column = _relation(action), python_text(action.rules_column)
    lines = [
        *_dict("drop", [(rule, text_of(rule.check.row(table))) for rule in rules]),
        "broken = [F.when(~F.expr(rule), F.lit(name)) for name, rule in drop.items()]",
        f"marked = df.withColumn({column}, F.array_compact(F.array(*broken)))",
        f"df = marked.where(F.size({column}) == 0).drop({column})",
    ]
    return f"Contract: rows that break {_names(rules)} go to {action.name.quarantine.flat}", "\n".join(lines)


def check_cell(action: Action) -> tuple[str, str]:
    """Write the cell that asks all other rules in one Spark job, before anything is written."""
    fail, warn = ([rule for rule in action.rules if rule.action == kind] for kind in ("fail", "warn"))
    table = _relation(action)
    lines: list[str] = []
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


def quarantine_cell(action: Action, to: str) -> tuple[str, str]:
    """Write the cell that keeps the rows which were dropped, with the rules that they break and the run."""
    column = python_text(action.rules_column)
    lines = [
        f"quarantine = marked.where(F.size({column}) > 0).withColumn({python_text(action.run_column)}, F.lit(RUN_ID))",
        f'quarantine.write.format("delta").mode("overwrite").option("overwriteSchema", "true"){to}',
    ]
    return "Write quarantine", "\n".join(lines)


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


def _relation(action: Action) -> Relation:
    relation = action.relation("df", "databricks")
    return Relation(relation.name, relation.schema, "databricks", others=relation.others, place=_place)


def _place(name: TableName, dialect: Dialect) -> str:
    del dialect
    return f"\ue000{name.flat}\ue001"


def text_of(sql: str) -> str:
    """Write SQL as Python text; where it names a table, as an f-string with the notebook's catalog and schema."""
    parts = TABLE.split(sql)
    if len(parts) == 1:
        return python_text(sql)
    written = [
        f"{{CATALOG}}.{{SCHEMA}}.{part}" if at % 2 else python_text(part)[1:-1].replace("{", "{{").replace("}", "}}")
        for at, part in enumerate(parts)
    ]
    return f'f"{"".join(written)}"'

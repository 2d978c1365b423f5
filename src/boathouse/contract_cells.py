"""Contract cells: a table's rules as PySpark text; they are compiled in, for Spark alone has no expectations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import indent

from boathouse.action import FITS, Action
from boathouse.destination import Destination
from boathouse.names import TableName
from boathouse.ops import OPS
from boathouse.pipeline import Rule
from boathouse.quoting import Dialect, python_column, python_text, sql_name
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

ANSWER = """\
answers = found.select(
    *[
        F.struct(F.col(name).cast("string").alias("found"), F.expr(right).alias("holds")).alias(name)
        for name, (_, _, right) in rules.items()
    ]
).first()"""
STOP = """\
broken = [name for name, (action, *_) in rules.items() if action == "fail" and answers[name]["holds"] is False]
if broken:
    raise ValueError(f"the contract of {table} does not hold: {{broken}}")"""
WARN = """\
for name, (action, *_) in rules.items():
    if action == "warn" and answers[name]["holds"] is False:
        print(f"warning: {table}: {{name}} does not hold, {{answers[name]['found']}}")"""


def drop_cell(action: Action, to: Destination) -> tuple[str, str]:
    """Write the cell that marks each row with the rules that it breaks, and keeps those that break none."""
    table = _relation(action, to)
    entries = [(rule, text_of(rule.check.row(table))) for rule in action.drop_rules]
    title, code = drop_by(action, to, "drop")
    return title, "\n".join([*rules_dict("drop", entries), code])


def drop_by(action: Action, to: Destination, rules: str) -> tuple[str, str]:
    """Write the same by rules that stand in a dict of this name already."""
    column = python_text(action.rules_column)
    lines = [
        f"broken = [F.when(~F.expr(rule), F.lit(name)) for name, rule in {rules}.items()]",
        f"marked = df.withColumn({column}, F.array_compact(F.array(*broken)))",
        f"df = marked.where(F.size({column}) == 0).drop({column})",
    ]
    title = f"Contract: rows that break {_names(action.drop_rules)} go to {to.tail(action.name.quarantine)[1:]}"
    return title, "\n".join(lines)


def check_cells(action: Action, to: Destination) -> Iterator[tuple[str, str]]:
    """Write the cells that ask the other rules in one Spark job, tell what all rules found, and stop where one must hold."""
    asked = action.asked_rules
    if asked:
        yield ask_cell(action, to)
    if to.records and (asked or action.drops):
        table = TableName("ops", "contract_results")
        yield f"Tell {to.tail(table)[1:]} what was found", "\n".join(_tell(action, to.text(table)))
    kinds = {rule.action for rule in asked}
    stop = [text.format(table=action.name) for text, kind in ((STOP, "fail"), (WARN, "warn")) if kind in kinds]
    if stop:
        yield "Stop where a rule that must hold does not" if "fail" in kinds else "Warn", "\n".join(stop)


def ask_cell(action: Action, to: Destination) -> tuple[str, str]:
    """Write the cell that asks these in one Spark job."""
    asked = action.asked_rules
    before = any(rule.check.asks_before for rule in asked)
    lines: list[str] = BEFORE_LINES.format(table=to.text(action.name)).split("\n") if before else []
    return f"Contract: {_said(asked)}", "\n".join([*lines, *_ask(asked, _relation(action, to))])


def _said(asked: Sequence[Rule]) -> str:
    fail, warn = ([rule for rule in asked if rule.action == kind] for kind in ("fail", "warn"))
    said = [f"{_names(fail)} must hold"] if fail else []
    said += [f"{_names(warn)} should hold"] if warn else []
    return "; ".join(said)


def _ask(rules: Sequence[Rule], table: Relation) -> Iterator[str]:
    """Write the statements that find a number for each rule, and ask whether it is right."""
    yield "found = df.agg("
    for rule in rules:
        alias = f".alias({python_text(rule.name)}),"
        yield indent(f"{_number(rule, table, len(alias))}{alias}", "    ")
    yield ")"
    yield "rules = {  # what becomes of the run, the rule as it is written, and what is right"
    for rule in rules:
        right = text_of(rule.check.right(sql_name(rule.name, "databricks"), table))
        name = f"{python_text(rule.name)}: "
        said = [python_text(rule.action), python_text(" ".join(rule.written.split())), right]
        yield indent(f"{name}{call('', said, len(name) + 5)},", "    ")
    yield "}"
    yield ANSWER


def _number(rule: Rule, table: Relation, behind: int) -> str:
    """Write what a rule finds: how many rows break it, or the number that it asks of all of them; so many letters follow."""
    if not rule.check.alone:
        return call("F.expr", [text_of(rule.check.broken(table))], behind + 4)
    wrong = call("~F.expr", [text_of(rule.check.row(table))], len("        ,"))
    return call("F.count_if", [wrong], behind + 4)


@dataclass(frozen=True)
class Names:
    """By which names the statements know the run, the rows that break rules, these rules, and how many rows fit no type."""

    run: str = "RUN_ID"
    marked: str = "marked"
    drop: str = "drop"
    unfit: str = ""


def tell(action: Action, names: Names) -> Iterator[str]:
    """Write the statements that make `told` of what each rule found, a row a rule."""
    table, parts = python_text(str(action.name)), []
    if action.asked_rules:
        parts.append(f"""\
    ({names.run}, {table}, name, action, written, answers[name]["holds"], answers[name]["found"])
    for name, (action, written, _) in rules.items()""")
    if action.drop_rules:
        counts = f"F.count_if(F.array_contains({python_text(action.rules_column)}, name)).alias(name)"
        yield f"dropped = {names.marked}.agg(*[{counts} for name in {names.drop}]).first()"
        told = f'    ({names.run}, {table}, name, "drop", rule, dropped[name] == 0, str(dropped[name]))'
        each = f"for name, rule in {names.drop}.items()"
        parts.append(f"{told} {each}" if len(f"{told} {each}") <= LINE else f"{told}\n    {each}")
    if action.misfits:
        yield f"unfit = {names.unfit or ' + '.join(f'{name}.count()' for name in misfits_names(action))}"
        fits = [names.run, table, '"fits"', '"drop"', python_text(FITS), "unfit == 0", "str(unfit)"]
        parts.append(indent(f"{call('', fits, len('    ,'))},", "    "))
    for at, part in enumerate(parts):
        yield f"told {'+=' if at else '='} [\n{part}\n]"


def _tell(action: Action, ops: str) -> Iterator[str]:
    """Write the statements that append what each rule found to the ops table."""
    yield from tell(action, Names())
    schema = ", ".join(f"{column.name} {column.type}" for column in OPS["contract_results"])
    yield f"schema = {python_text(schema)}"
    yield f'spark.createDataFrame(told, schema).write.format("delta").mode("append").saveAsTable(\n    {ops}\n)'


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
    parts = [misfits_rows(action, *each) for each in zip(misfits_names(action), action.misfits, strict=True)]
    if action.drop_rules:
        parts.append(f"marked.where(F.size({column}) > 0)")
    *first, last = [parts[0], *(f"quarantine.unionByName({part})" for part in parts[1:])]
    lines = [
        *(f"quarantine = {part}" for part in first),
        f"quarantine = {last}.withColumn({python_text(action.run_column)}, F.lit(RUN_ID))",
        f'quarantine.write.format("delta").mode("overwrite").option("overwriteSchema", "true"){to}',
    ]
    return "Write quarantine", "\n".join(lines)


def misfits_rows(action: Action, name: str, schema: Schema) -> str:
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


def rules_dict(name: str, entries: Sequence[tuple[Rule, str]]) -> Iterator[str]:
    """Write a dict of rules, an entry a line."""
    yield f"{name} = {{"
    for rule, text in entries:
        yield indent(f"{python_text(rule.name)}: {text},", "    ")
    yield "}"


def _names(rules: Sequence[Rule]) -> str:
    return ", ".join(rule.name for rule in rules)


def _relation(action: Action, to: Destination) -> Relation:
    return replace(marking(action.relation("df", "databricks"), to), before=BEFORE)


def marking(relation: Relation, to: Destination) -> Relation:
    """Have a relation mark the tables that it names, for text_of to find them."""

    def place(name: TableName, dialect: Dialect) -> str:
        del dialect
        return f"\ue000{to.tail(name)}\ue001"

    return replace(relation, place=place)


def text_of(sql: str, beginning: str = "{CATALOG}.{SCHEMA}") -> str:
    """Write SQL as Python text; where it names a table, as an f-string in which its name begins so, or by its name alone."""
    if not beginning:
        return python_text(NAMED.sub(lambda named: named[1].removeprefix("."), sql))
    parts = NAMED.split(sql)
    if len(parts) == 1:
        return python_text(sql)
    return f'f"{"".join(_named(part, beginning) if at % 2 else _braced(part) for at, part in enumerate(parts))}"'


def _named(name: str, beginning: str) -> str:
    return f"{{{name[1:]}}}" if name.startswith("=") else f"{beginning}{name}"


def _braced(sql: str) -> str:
    """Write a part of an f-string: its own braces doubled."""
    return python_text(sql)[1:-1].replace("{", "{{").replace("}", "}}")

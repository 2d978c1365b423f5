"""Declared: the words that a declarative pipeline is written in, on Databricks or on open-source Spark."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import indent

from boathouse.destination import Destination
from boathouse.names import TableName
from boathouse.quoting import Dialect, python_text
from boathouse.step import LINE, call


@dataclass(frozen=True)
class InPipeline(Destination):
    """A schema for each layer, whose catalog is a setting of the pipeline, so that the same files run in each environment."""

    by_layer: bool = True
    asks_schema: bool = False  # whether what the schemas' names begin with is a setting too, as in a bundle

    @property
    def beginning(self) -> str:
        """What the schemas' names begin with; in braces where the code asks for it, to stand in an f-string."""
        return "{SCHEMA}" if self.asks_schema else self.schema

    def place(self, name: TableName, dialect: Dialect) -> str:
        del dialect
        return f"{self.beginning}{self.tail(name)}"

    @property
    def models(self) -> str:
        return "{MODELS}"

    def text(self, name: TableName) -> str:
        text = python_text(self.place(name, "databricks"))
        return f"f{text}" if self.asks_schema else text


@dataclass(frozen=True)
class Wording:
    """Where the tables stand, what the runtime can do, and by which names it is told."""

    to: InPipeline
    on_databricks: bool = True  # open-source Spark 4.2 has no expectations, and its AUTO CDC takes no Delta table
    cdc_by_step: bool = False  # whether change feeds are read by the steps' own statements, and not by AUTO CDC
    old_names: bool = False  # those of Delta Live Tables: import dlt
    taken: frozenset[TableName] = frozenset()  # tables of the pipeline, beside which ours are put
    streams: frozenset[TableName] = frozenset()  # of them, those that only gain rows

    @property
    def module(self) -> str:
        return "dlt" if self.old_names else "dp"

    def materialized_view(self, name: TableName, comment: str) -> str:
        return self._decorator("table" if self.old_names else "materialized_view", name, comment)

    def streaming_table(self, name: TableName, comment: str) -> str:
        return self._decorator("table", name, comment)

    def view(self, name: str) -> str:
        """Write the decorator of rows that no table keeps."""
        return f"@{self.module}.{'view' if self.old_names else 'temporary_view'}(name={python_text(name)})"

    def create_streaming_table(self, name: TableName, comment: str, properties: Mapping[str, str]) -> str:
        told = [f"name={self.to.text(name)}", *([f"comment={python_text(comment)}"] if comment else [])]
        if properties:
            pairs = ", ".join(f"{python_text(key)}: {python_text(value)}" for key, value in properties.items())
            told.append(f"table_properties={{{pairs}}}")
        return call(f"{self.module}.create_streaming_table", told)

    def auto_cdc(self, arguments: Iterable[str]) -> str:
        name = "apply_changes" if self.old_names else "create_auto_cdc_flow"
        return call(f"{self.module}.{name}", arguments, start=LINE)  # an argument a line: they are many

    def expect(self, action: str, rules: str) -> str:
        """Write the decorator of rules: "" only counts the rows that break one."""
        return call(f"@{self.module}.expect_all{f'_or_{action}' if action else ''}", [rules])

    def free(self, name: TableName, what: str) -> TableName:
        """Name a table of ours after another: customers_checks."""
        found = TableName(name.layer, f"{name.table}_{what}")
        while found in self.taken:
            found = TableName(name.layer, f"{found.table}_")
        return found

    def _decorator(self, kind: str, name: TableName, comment: str) -> str:
        told = [f"name={self.to.text(name)}", *([f"comment={python_text(comment)}"] if comment else [])]
        return call(f"@{self.module}.{kind}", told)


def function(
    name: str, statements: str, *, decorators: Iterable[str] = (), takes: str = "", gives: str = "DataFrame"
) -> str:
    """Write a function of statements, which stand as they are but for their indent."""
    return "\n".join([*decorators, f"def {name}({takes}) -> {gives}:", indent(statements, "    ")])


def giving(statements: str) -> str:
    """Have statements that make `df` give it; what is put into it last is given as it is."""
    last = ast.parse(statements).body[-1]
    lines = statements.split("\n")
    at = last.lineno - 1
    fits = last.lineno != last.end_lineno or len(lines[at]) + len("return ") - len("df = ") <= LINE
    if isinstance(last, ast.Assign) and lines[at].startswith("df = ") and fits:
        lines[at] = f"return {lines[at].removeprefix('df = ')}"
        return "\n".join(lines)
    return f"{statements}\nreturn df"

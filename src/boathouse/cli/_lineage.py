"""A table's lineage as a tree, or as JSON: what its columns are made of, what decides its rows, what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from boathouse.cli import _screen
from boathouse.lineage import Lineage, TableColumn

FEW = 12  # columns that are named at the end of a branch; of more it says how many


def document(lineage: Lineage, table: str, names: Iterable[str]) -> dict[str, Any]:
    """Give the lineage of a table's columns as one JSON document."""
    made = lineage.table(table)
    return {
        "table": table,
        "columns": [_column(lineage, TableColumn(table, name)) for name in names],
        "rows": sorted(made.rows),
        "rules": {rule: sorted(asked) for rule, asked in made.rules.items()},
    }


def _column(lineage: Lineage, column: TableColumn) -> dict[str, Any]:
    impact = lineage.impact(column)
    rules = [{"table": table, "rule": rule} for table, rule in impact.rules]
    return {
        "column": column.column,
        "made_of": sorted(lineage.sources(column)),
        "raw": sorted(lineage.raw(column)),
        "impact": {"columns": impact.columns, "rows": impact.rows, "rules": rules},
    }


def draw(lineage: Lineage, table: str, names: Iterable[str]) -> None:
    """Draw a branch a column, down to the raw files, with what hangs on it."""
    from rich.text import Text
    from rich.tree import Tree

    root = Tree(Text(table, style="bold"), guide_style="dim")
    for name in names:
        column = TableColumn(table, name)
        _hang(_branch(root, name, lineage, column), lineage, column)
    if rows := lineage.table(table).rows:
        root.add(_line("rows are decided by", map(str, sorted(rows))))
    _screen.console().print(root)


def _branch(tree: Any, name: str, lineage: Lineage, column: TableColumn) -> Any:
    """Add a column with its sources: on its line while there is one, and as branches where there are several."""
    from rich.text import Text

    line, sources = Text(_screen.printable(name)), sorted(lineage.sources(column))
    while len(sources) == 1:
        line.append(" <- ", style="dim").append(_screen.printable(str(sources[0])))
        sources = sorted(lineage.sources(sources[0]))
    branch = tree.add(line)
    for source in sources:
        _branch(branch, f"<- {source}", lineage, source)
    return branch


def _hang(branch: Any, lineage: Lineage, column: TableColumn) -> None:
    impact = lineage.impact(column)
    told = {
        "goes into": map(str, impact.columns),
        "decides the rows of": impact.rows,
        "is asked by": (f"{rule} ({table})" for table, rule in impact.rules),
    }
    for words, names in told.items():
        if listed := list(names):
            branch.add(_line(words, listed))


def _line(words: str, names: Iterable[str]) -> Any:
    from rich.text import Text

    names = list(names)
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return Text.assemble((f"{words} ", "dim"), _screen.printable(", ".join(names[:FEW]) + more))

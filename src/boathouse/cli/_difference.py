"""What a run would change, on the screen: a line a table, then what changed in its file and its columns; or as JSON."""

from __future__ import annotations

from typing import Any

from boathouse.cli import _screen
from boathouse.plan_difference import PlanDifference, TableDifference

FEW = 12  # lines of a diff, columns or breakages that are shown of one table among all
STYLES = {"+": "green", "-": "red", "~": "yellow", "!": "bold red"}


def document(tables: tuple[TableDifference, ...]) -> list[dict[str, Any]]:
    """Give everything that is known of each table."""
    return [
        {
            "table": action.name, "state": action.state, "why": action.why, "only_new": action.only_new, "full_because": action.full_because, "warnings": list(action.warnings),
            "reads": [str(name) for name in action.reads], "rows_to_read": table.reads, "fingerprint": action.fingerprint,
            "steps": [stage.step.title() for stage in action.stages], "columns": action.schema.types,
            "diff": list(table.lines), "note": table.note, "column_changes": list(table.columns),
            "breaking": [{"column": each.change.column, "table": each.table, "says": str(each)} for each in table.breaks],
            "unproven": list(action.unproven),
        }
        for table in tables for action in (table.action,)
    ]  # fmt: skip


def draw_all(difference: PlanDifference) -> None:
    """Print a line a table, and under them what changed, in short."""
    heads = ("table", "why", "reads", "rows to read", "columns", "")
    _screen.table(heads, [_line(table) for table in difference.tables], right=("rows to read",))
    for table in difference.tables:
        _draw(table, FEW)


def draw(table: TableDifference) -> None:
    """Print all of one table."""
    action = table.action
    _screen.table(
        ("table", str(action.name)),
        [
            ("why", action.told),
            ("reads", _reads(table)),
            ("steps", "; ".join(stage.step.title() for stage in action.stages)),
            ("columns", ", ".join(f"{column.name} {column.type}" for column in action.schema)),
            ("unproven", ", ".join(action.unproven)),
        ],
    )
    _draw(table, None)


def _line(table: TableDifference) -> tuple[Any, ...]:
    action, signs = table.action, [str(change)[0] for change in table.columns]
    changed = " ".join(f"{sign}{signs.count(sign)}" for sign in "+-~" if sign in signs)
    told = [f"breaks {len(table.breaks)}"] if table.breaks else []
    told += [f"unproven: {', '.join(action.unproven)}"] if action.unproven else []
    reads = ", ".join(map(str, action.reads)) or (action.table.source.path if action.table.source else "")
    rows = "" if table.rows is None else f"{table.rows:,}"
    columns = f"{len(action.schema)} ({changed})" if changed else str(len(action.schema))
    return action.name, action.told, reads, rows, columns, ", ".join(told)


def _reads(table: TableDifference) -> str:
    if table.reads is None:
        return ", ".join(map(str, table.action.reads)) or getattr(table.action.table.source, "path", "")
    return ", ".join(f"{name} ({rows:,} rows)" for name, rows in table.reads.items())


def _draw(table: TableDifference, most: int | None) -> None:
    """Print what changed: what breaks first, the columns, then the lines of the file."""
    parts = [
        [f"! breaking: {each}" for each in table.breaks],
        [str(change) for change in table.columns],
        [f"  {table.note}"] if table.note else [],
        list(table.lines[2:] if most else table.lines),  # without the names of the files, which the title has
    ]
    if not any(parts):
        return
    _say(f"\n{table.action.name}: {table.action.told}", "bold")
    for lines in parts:
        for line in lines[:most]:
            _say(f"  {line}", STYLES.get(line[:1], "dim" if line.startswith("@@") else ""))
        if len(lines) > len(lines[:most]):
            _say(f"  ... {len(lines) - len(lines[:most])} more: boathouse plan {table.action.name}", "dim")


def _say(line: str, style: str) -> None:
    from rich.text import Text

    start = "\n" if line.startswith("\n") else ""
    _screen.console().print(Text(start + _screen.printable(line.removeprefix(start)), style=style), soft_wrap=True)

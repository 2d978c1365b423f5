"""Show a table: its first rows, or its lineage, checks, quarantine or history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.names import TableName
    from boathouse.workbench import Workbench


QUALITY = ("rule", "action", "holds", "found", "written", "run_id")
HISTORY = ("at", "status", "why", "rows", "quarantined", "version", "seconds", "message")


@click.command()
@click.argument("table")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="How many rows.")
@click.option("--lineage", is_flag=True, help="What its columns are made of, and what hangs on them.")
@click.option("--quality", is_flag=True, help="What each rule of its contract found last.")
@click.option("--quarantine", is_flag=True, help="Its bad rows, and which rules they break.")
@click.option("--history", is_flag=True, help="Its last builds, why they were due, and how they ended.")
@click.option("--column", multiple=True, help="With --lineage: only this column; give it once for each.")
@_screen.at_option
@_screen.environment_option
@_screen.project_option
def command(
    table: str, rows: int, at: str, project: Path, *, lineage: bool, quality: bool, quarantine: bool, history: bool,
    column: tuple[str, ...], env: str, settings: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Show a table: its first rows, or its lineage, checks, quarantine or history."""
    from boathouse.names import TableName
    from boathouse.workbench import Workbench

    if column and not lineage:
        raise click.UsageError("`--column` belongs to `--lineage`.")
    if lineage + quality + quarantine + history > 1:
        raise click.UsageError("Ask for one of `--lineage`, `--quality`, `--quarantine` and `--history`.")
    bench, name = Workbench(project, env=env, settings=settings), TableName.parse(table)
    if lineage:
        _lineage(bench, str(name), column, as_json=as_json)
    elif quality:
        _told(name, bench.story(str(name)).quality(), QUALITY, "check of its contract", as_json=as_json)
    elif history:
        _told(name, bench.story(str(name)).history(), HISTORY, "build", as_json=as_json)
    elif quarantine:
        _quarantine(bench, name, rows, at, as_json=as_json)
    else:
        _sample(bench, name, rows, at, as_json=as_json)


def _told(name: TableName, rows: list[dict[str, Any]], columns: tuple[str, ...], what: str, *, as_json: bool) -> None:
    if as_json:
        _screen.answer(_screen.finite(rows))
    elif rows:
        _screen.table(columns, [[_short(row[column]) for column in columns] for row in rows])
    else:
        click.echo(f"ops tells of no {what} of {name} yet")


def _short(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{value:.2f}" if isinstance(value, float) else value.split("\n", 1)[0] if isinstance(value, str) else value


def _quarantine(bench: Workbench, name: TableName, rows: int, at: str, *, as_json: bool) -> None:
    reasons = bench.story(str(name), at=at).quarantine()
    if not reasons:
        _told(name, [], (), "row in quarantine", as_json=as_json)
        return
    sample = bench.query(f"SELECT * FROM {name.quarantine} LIMIT {rows}", at=at)
    if as_json:
        _screen.answer(_screen.finite({"table": name.quarantine, "rules": reasons, "sample": sample}))
        return
    _screen.records(reasons)
    click.echo()
    _screen.records(sample)


def _lineage(bench: Workbench, table: str, columns: tuple[str, ...], *, as_json: bool) -> None:
    from boathouse.cli import _lineage as drawing

    lineage = bench.lineage()
    names = [lineage.column(table, name).column for name in columns] or list(lineage.table(table).columns)
    if as_json:
        _screen.answer(drawing.document(lineage, table, names))
    else:
        drawing.draw(lineage, table, names)


def _sample(bench: Workbench, name: TableName, rows: int, at: str, *, as_json: bool) -> None:
    count = bench.query(f"SELECT count(*) AS n FROM {name}", at=at)[0]["n"]
    sample = bench.query(f"SELECT * FROM {name} LIMIT {rows}", at=at)
    if as_json:
        _screen.answer(_screen.finite({"table": name, "rows": count, "sample": sample}))
        return
    click.echo(f"{name}: {count:,} rows")
    if sample:
        _screen.records(sample)

"""Show a table: its columns and its first rows, or where its columns come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.names import TableName
    from boathouse.workbench import Workbench


@click.command()
@click.argument("table")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="How many rows.")
@click.option("--lineage", is_flag=True, help="What its columns are made of, and what hangs on them.")
@click.option("--column", multiple=True, help="With --lineage: only this column; give it once for each.")
@_screen.at_option
@_screen.environment_option
@_screen.project_option
def command(
    table: str, rows: int, at: str, project: Path, *, lineage: bool, column: tuple[str, ...], env: str, settings: tuple[str, ...], as_json: bool
) -> None:  # fmt: skip
    """Show a table: its columns and its first rows, or where its columns come from."""
    from boathouse.names import TableName
    from boathouse.workbench import Workbench

    if column and not lineage:
        raise click.UsageError("`--column` belongs to `--lineage`.")
    bench, name = Workbench(project, env=env, settings=settings), TableName.parse(table)
    if lineage:
        _lineage(bench, str(name), column, as_json=as_json)
    else:
        _sample(bench, name, rows, at, as_json=as_json)


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

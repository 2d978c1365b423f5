"""Show a table: its columns and its first rows."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.argument("table")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 1000), help="How many rows.")
@_screen.at_option
@_screen.environment_option
@_screen.project_option
def command(
    table: str, rows: int, at: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool
) -> None:
    """Show a table: its columns and its first rows."""
    from boathouse.names import TableName
    from boathouse.workbench import Workbench

    bench = Workbench(project, env=env, settings=settings)
    name = TableName.parse(table)
    count = bench.query(f"SELECT count(*) AS n FROM {name}", at=at)[0]["n"]
    sample = bench.query(f"SELECT * FROM {name} LIMIT {rows}", at=at)
    if as_json:
        _screen.answer(_screen.finite({"table": name, "rows": count, "sample": sample}))
        return
    click.echo(f"{name}: {count:,} rows")
    if sample:
        _screen.records(sample)

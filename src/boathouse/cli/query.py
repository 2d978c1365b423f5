"""Answer a SELECT in Databricks SQL over the tables of the lake."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.argument("sql")
@_screen.at_option
@_screen.environment_option
@_screen.project_option
def command(sql: str, at: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Answer a SELECT in Databricks SQL over the tables of the lake, such as silver.customers."""
    from boathouse.workbench import Workbench

    rows = Workbench(project, env=env, settings=settings).query(sql, at=at)
    if as_json:
        _screen.answer(_screen.finite(rows))
    elif rows:
        _screen.records(rows)
    else:
        click.echo("no rows")

"""Delete a person's rows from an ingested table, and from every table that descends from it."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.argument("table")
@click.argument("key", metavar="COLUMN=VALUE")
@_screen.environment_option
@_screen.project_option
def command(table: str, key: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Delete a person's rows from an ingested table, and from every table that descends from it."""
    from boathouse.workbench import Workbench

    done = Workbench(project, env=env, settings=settings).forget(table, key)
    if as_json:
        _screen.answer({
            "table": done.table, "rows": done.rows, "rebuilt": list(done.rebuilt), "files": list(done.files),
            "releases": list(done.releases),
        })  # fmt: skip
        return
    if not done.rows:
        click.echo(f"{done.table} has no row where {key}; nothing was changed")
        return
    click.echo(f"{done.rows:,} rows are deleted from {done.table}")
    click.echo(f"built anew without them: {', '.join(map(str, done.rebuilt)) or 'no table reads it'}")
    click.echo("\nThey are still in")
    for file in done.files:
        click.echo(f"  the landing folder: {file}, which you may delete; it is not read again")
    there = _screen.there(env)
    for number in done.releases:
        click.echo(f"  release {number}")
    click.echo("  the Delta files of earlier versions")
    _screen.next_step(
        *(
            [f"boathouse release{there}                        then no reader sees them any more"]
            if done.releases
            else []
        ),
        f"boathouse vacuum --hours 0 --keep 1{there}    removes the files of everything before",
    )

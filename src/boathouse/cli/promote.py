"""Copy the current release into another environment, and make it the release there."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.argument("target", metavar="ENV")
@_screen.environment_option
@_screen.project_option
def command(target: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Copy the current release into another environment, and make it the release there."""
    from boathouse.workbench import Workbench

    made = Workbench(project, env=env, settings=settings).promote(target)
    if as_json:
        _screen.answer({"environment": target, "release": made.number, "note": made.note})
        return
    click.echo(f"{made.note} is release {made.number} of {target}: {len(made.versions)} tables")
    _screen.next_step(f"boathouse release list --env {target}")

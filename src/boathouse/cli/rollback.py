"""Make an earlier release the current one, by default the one before."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.argument("release", required=False, default="")
@_screen.environment_option
@_screen.project_option
def command(release: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Make an earlier release the current one, by default the one before."""
    from boathouse.workbench import Workbench

    made = Workbench(project, env=env, settings=settings).rollback(release)
    if as_json:
        _screen.answer({"current": made.number, "run": made.run_id})
        return
    click.echo(f"release {made.number} is current: {len(made.versions)} tables of the run {made.run_id}")
    _screen.next_step(f"boathouse release list{_screen.there(env)}")

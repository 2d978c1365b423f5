"""Show the settings of an environment, and which file, variable or option each came from."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@_screen.environment_option
@_screen.project_option
def command(project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Show the settings of an environment, and which file, variable or option each came from."""
    from boathouse.workbench import Workbench

    told = Workbench(project, env=env, settings=settings).config()
    if as_json:
        _screen.answer(told)
        return
    _screen.table(("setting", "value", "from"), [list(each.values()) for each in told["settings"]])
    click.echo()
    _screen.table((f"tables of {told['environment']}", "are named"), told["names"].items())

"""Hold the names of a project's tables against the rules of good names: features are noun_metric_window."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen
from boathouse.errors import CheckFailed


@click.command()
@_screen.project_option
@_screen.environment_option
def command(project: Path, env: str, settings: tuple[str, ...], *, as_json: bool) -> None:
    """Hold the names of a project's tables against the rules of good names: features are noun_metric_window.

    No data is read, and nothing is changed. The rules are listed in docs/reference/lints.md.
    """
    from boathouse.workbench import Workbench

    found = Workbench(project, env=env, settings=settings).lint()
    if as_json:
        _screen.answer({"faults": [each.document for each in found]})
        click.get_current_context().exit(CheckFailed.exit_code if found else 0)
    for each in found:
        click.echo(str(each))
    if found:
        raise CheckFailed(f"{len(found):,} name{'s' if len(found) > 1 else ''} that could be better")
    click.echo("every name is as it should be")

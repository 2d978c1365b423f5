"""Show what a run would build, why, and what that changes and breaks; nothing is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.plan_difference import PlanDifference


@click.command()
@click.argument("table", default="")
@_screen.environment_option
@_screen.project_option
def command(table: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Show what a run would build, why, and what that changes and breaks; nothing is touched.

    With a TABLE: all of that one, the whole difference of its file included.
    """
    from boathouse.cli import _difference
    from boathouse.names import TableName
    from boathouse.workbench import Workbench

    found = Workbench(project, env=env, settings=settings).difference()
    tables = (found.table(TableName.parse(table)),) if table else found.tables
    if as_json:
        _answer(found, _difference.document(tables))
        return
    if table:
        _difference.draw(tables[0])
    else:
        _difference.draw_all(found)
    for each in tables:
        for warning in each.action.warnings:
            click.echo(f"warning: {each.action.name}: {warning}", err=True)
    if found.error is not None:
        raise found.error
    if all(each.action.state == "same" for each in found.tables):
        click.echo("\nEverything is up to date.")
        return
    _screen.next_step(f"boathouse run{_screen.there(env)}                    build it")
    click.echo()


def _answer(found: PlanDifference, tables: list[dict[str, object]]) -> None:
    """Answer with one document, also where the plan cannot be run."""
    if found.error is None:
        _screen.answer({"tables": tables})
        return
    _screen.answer({"error": found.error.document, "tables": tables})
    raise click.exceptions.Exit(found.error.exit_code)

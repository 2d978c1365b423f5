"""Write the pipeline as files for another platform: notebooks, declarative pipelines, a dbt project, a bundle and more."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from boathouse import platform_names
from boathouse.cli import _members, _screen
from boathouse.shelf import Shelf

FIRST = "databricks"  # what `boathouse export` alone writes


class Targets(_members.Members):
    """A command a target."""

    heading = "Targets"

    @staticmethod
    def shelf() -> Shelf:
        from boathouse.export import EXPORTS

        return EXPORTS

    @staticmethod
    def member(name: str) -> click.Command:
        return _command(name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else [FIRST, *args])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        meant, hint = platform_names.target(cmd_name)
        if hint:
            click.echo(f"`{cmd_name}` is written `{meant}` here: {hint}", err=True)
        return super().get_command(ctx, meant)


@click.group(cls=Targets, options_metavar="", subcommand_metavar="[TARGET] [OPTIONS]")
def command() -> None:
    """Write the pipeline as files for another platform, by default notebooks for Databricks.

    `boathouse export TARGET --help` lists the options of one; each takes --project
    and --json.
    """


def _command(name: str) -> click.Command:
    from boathouse.export import EXPORTS

    shared = (_places, _screen.environment_option, _screen.project_option)
    return _members.member_command(EXPORTS, name, partial(_export, name), *shared)


def _places(made: Any) -> Any:
    """Add what every target asks: where to, and which catalog and schema its tables stand in."""
    made = click.option("--schema", default="", help="The schema; by default the project's name.")(made)
    made = click.option("--catalog", default="", help="The Unity Catalog; by default the project's.")(made)
    folder = click.Path(file_okay=False, path_type=Path)
    return click.option("--out", type=folder, help="Where to; by default dist/TARGET.")(made)


def _export(
    target: str,
    *,
    project: Path,
    settings: tuple[str, ...],
    env: str,
    as_json: bool,
    **options: Any,
) -> None:
    from boathouse.workbench import Workbench

    bench = Workbench(project, env=env, settings=settings)
    where = {name: options.pop(name) for name in ("out", "catalog", "schema")}
    given = {name: value for name, value in options.items() if value is not None}
    files = bench.export(target, options=given, **where)
    if as_json:
        _screen.answer({"target": target, "files": files})
        return
    for file in files:
        click.echo(file)
    if bench.can_prove(target):
        _screen.next_step(f"boathouse prove {target}{_screen.there(env)}         that the same tables come of them")

"""Write the pipeline as files for another platform: notebooks, declarative pipelines, a dbt project, a bundle and more."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, get_args

import click
from pydantic.fields import FieldInfo

from boathouse import platform_names
from boathouse.cli import _screen
from boathouse.errors import UnknownName

FIRST = "databricks"  # what `boathouse export` alone writes


class Targets(click.Group):
    """A command a target, whose options are the fields of its class."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else [FIRST, *args])

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        from boathouse.export import EXPORTS

        return [_written(name) for name in EXPORTS.names()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        meant, hint = platform_names.target(cmd_name)
        if hint:
            click.echo(f"`{cmd_name}` is written `{meant}` here: {hint}", err=True)
        name = meant.replace("_", "-")
        if name not in self.list_commands(ctx):
            raise UnknownName("export target", cmd_name, self.list_commands(ctx))
        return _command(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        from boathouse.export import EXPORTS

        with formatter.section("Targets"):
            formatter.write_dl([(_written(name), EXPORTS.summary(name)) for name in EXPORTS.names()])


@click.group(cls=Targets, options_metavar="", subcommand_metavar="[TARGET] [OPTIONS]")
def command() -> None:
    """Write the pipeline as files for another platform, by default notebooks for Databricks.

    `boathouse export TARGET --help` lists the options of one; each takes --project
    and --json.
    """


def _written(name: str) -> str:
    return name.replace("_", "-")


def _command(name: str) -> click.Command:
    from boathouse.export import EXPORTS

    member = EXPORTS.member(name.replace("-", "_"))
    made: Any = partial(_export, name)
    for field, info in reversed(member.model_fields.items()):
        made = _option(field, info)(made)
    for add in (_places, _screen.environment_option, _screen.project_option):
        made = add(made)
    return click.command(name, help=EXPORTS.summary(name.replace("-", "_")))(made)


def _places(made: Any) -> Any:
    """Add what every target asks: where to, and which catalog and schema its tables stand in."""
    made = click.option("--schema", default="", help="The schema; by default the project's name.")(made)
    made = click.option("--catalog", default="", help="The Unity Catalog; by default the project's.")(made)
    folder = click.Path(file_okay=False, path_type=Path)
    return click.option("--out", type=folder, help="Where to; by default dist/TARGET.")(made)


def _option(field: str, info: FieldInfo) -> Any:
    """Make an option of a field: a choice of its words, a flag, or text that pydantic reads."""
    written = f"--{_written(field)}"
    if info.annotation is bool:
        return click.option(f"{written}/--no-{_written(field)}", default=info.default, help=info.description)
    choices = get_args(info.annotation)
    kind = click.Choice(choices) if choices and all(isinstance(choice, str) for choice in choices) else None
    default = f"; by default {info.default!r}" if info.default else ""
    return click.option(written, type=kind, default=None, help=f"{info.description}{default}.")


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

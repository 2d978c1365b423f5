"""The commands of a verb that stands for a shelf: one a member, whose options are the fields of its class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click
from pydantic.fields import FieldInfo

from boathouse.errors import UnknownName
from boathouse.shelf import Shelf


class Members(click.Group):
    """A command a member; the shelf is asked for when it is needed, so that --help of the verbs stays fast."""

    heading = "Members"

    @staticmethod
    def shelf() -> Shelf:
        """Give the shelf."""
        raise NotImplementedError

    @staticmethod
    def member(name: str) -> click.Command:
        """Make the command of one member."""
        raise NotImplementedError

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [written(name) for name in self.shelf().names()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        name = written(cmd_name)
        if name not in self.list_commands(ctx):
            raise UnknownName(self.shelf().kind, cmd_name, self.list_commands(ctx))
        return self.member(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        shelf = self.shelf()
        with formatter.section(self.heading):
            formatter.write_dl([(written(name), shelf.summary(name)) for name in shelf.names()])


def written(name: str) -> str:
    """Write a name as the command line has it."""
    return name.replace("_", "-")


def member_command(shelf: Shelf, name: str, call: Callable[..., None], *shared: Callable[[Any], Any]) -> click.Command:
    """Make the command of a member: its fields as options, and after them those that all members share."""
    made: Any = call
    for field, info in reversed(shelf.member(name.replace("-", "_")).model_fields.items()):
        made = _option(field, info)(made)
    for add in shared:
        made = add(made)
    return click.command(name, help=shelf.summary(name.replace("-", "_")))(made)


def _option(field: str, info: FieldInfo) -> Any:
    """Make an option of a field: a choice of its words, a flag, a number, or text that pydantic reads."""
    option, kind, said = f"--{written(field)}", info.annotation, info.description or field
    said = f"{said[0].upper()}{said[1:]}"
    if kind is bool:
        return click.option(f"{option}/--no-{written(field)}", default=info.default, help=f"{said}.")
    words = [word for word in get_args(kind) if isinstance(word, str)]
    takes = click.Choice(words) if words else click.INT if kind is int else click.FLOAT if kind is float else None
    default = f"; by default {info.default!r}" if info.default else ""
    return click.option(option, type=takes, default=None, help=f"{said}{default}.")

"""The command line: a file a verb; each parses, calls the workbench and shows. No logic."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from boathouse.errors import BoathouseError, EngineError, UnknownName
from boathouse.shelf import Shelf

VERBS = Shelf("cli", "verb")

# In the order of the picture, so that help reads as the way through.
ORDER = (
    "init",
    "explore",
    "advise",
    "contract",
    "plan",
    "lint",
    "run",
    "show",
    "query",
    "release",
    "rollback",
    "promote",
    "model",
    "vacuum",
    "forget",
    "export",
    "prove",
    "check",
    "deploy",
    "job",
    "reconcile",
    "config",
    "docs",
    "doctor",
)

# A name or a value of a file that is quoted in an error must not steer the terminal.
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}

PICTURE = """\
    sources -> findings -> advice -> pipeline -> plan -> run
                                                   \\-> exports -> proof   (exports on Spark == tables of the run)
"""


class Verbs(click.Group):
    """Verbs that are imported when they are called; help reads their first line from the source."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(VERBS.names(), key=lambda verb: (ORDER.index(verb) if verb in ORDER else len(ORDER), verb))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS.names():
            return None
        command: click.Command = VERBS.module(cmd_name).command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise UnknownName("verb", args[0], VERBS.names()) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, VERBS.summary(verb)) for verb in self.list_commands(ctx)])


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="boathouse", prog_name="boathouse", message="%(prog)s %(version)s")
@click.pass_context
def boathouse(context: click.Context) -> None:
    """Raw files in, trusted tables out, and the same pipeline leaves for Databricks, proven equal on Spark."""
    if context.invoked_subcommand is None:
        click.echo(f"\n{PICTURE}\n  boathouse init demo --demo telco    a project with data to try\n"
                   "  boathouse init DIR                  a project of your own\n"
                   "  boathouse --help                    all verbs\n")  # fmt: skip


def main() -> None:
    """Run the command; a user's mistake prints what, where and what to try, and no traceback."""
    wants_json = "--json" in sys.argv
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # it would look for some in every installed package: 50 ms
    try:
        code = boathouse.main(prog_name="boathouse", standalone_mode=False)
        sys.stdout.flush()
        # What went well ends without SystemExit: a task of Databricks calls this as a function, in a process that is not ours.
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        _complain({"message": error.format_message(), "kind": "usage"}, error.format_message(), as_json=wants_json)
        sys.exit(2)
    except BoathouseError as error:
        _complain(error.document, _told(error), as_json=wants_json)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nstopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        failed = EngineError(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        _complain(failed.document, _told(failed), as_json=wants_json)
        sys.exit(failed.exit_code)


def _told(error: BoathouseError) -> str:
    return f"{error}\n{error.place.excerpt()}" if error.place and error.place.text else str(error)


def _complain(described: dict[str, Any], told: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": described}, ensure_ascii=False, indent=2))
    colour = False if os.environ.get("NO_COLOR") else None  # click itself looks only whether a terminal is there
    click.echo(click.style("error: ", fg="red", bold=True) + told.translate(CONTROLS), err=True, color=colour)

"""Do a piece of work on the project's models, here or as a task on Databricks: train, score, monitor and more."""

from __future__ import annotations

from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boathouse.cli import _members, _screen
from boathouse.errors import CheckFailed
from boathouse.shelf import Shelf

DIGITS = 3

if TYPE_CHECKING:
    from boathouse.scheduled_job import JobResult


class Jobs(_members.Members):
    """A command a job."""

    heading = "Jobs"

    @staticmethod
    def shelf() -> Shelf:
        from boathouse.scheduled_job import JOBS

        return JOBS

    @staticmethod
    def member(name: str) -> click.Command:
        return _command(name)


@click.group(cls=Jobs, options_metavar="", subcommand_metavar="JOB [OPTIONS]")
def command() -> None:
    """Do a piece of work on the project's models, here or as a task on Databricks.

    `boathouse job JOB --help` lists the options of one; each takes --catalog, --schema,
    --environment, --project and --json.
    """


def _command(name: str) -> click.Command:
    from boathouse.scheduled_job import JOBS

    return _members.member_command(JOBS, name, partial(_job, name), _places, _screen.project_option)


def _places(made: Any) -> Any:
    """Add what every job asks: which catalog and schema its tables stand in, and whose these are."""
    schema = "The schema, such as claims_gold; one for all layers, such as claims, is taken for gold's."
    made = click.option("--schema", default="", help=schema)(made)
    made = click.option("--catalog", default="", help="The Unity Catalog; by default the environment's.")(made)
    about = "The environment: local, lab, dev, prod; by default BOATHOUSE_ENV, or local."
    return click.option("--environment", "--env", "env", default="", help=about)(made)


def _job(name: str, *, project: Path, env: str, catalog: str, schema: str, as_json: bool, **options: Any) -> None:
    from boathouse.workbench import Workbench

    given = {option: value for option, value in options.items() if value is not None}
    done = Workbench(project, env=env).job(name, given, catalog=catalog, schema=schema)
    if as_json:
        _screen.answer(_screen.finite(done.document))
        if done.refused:
            click.get_current_context().exit(CheckFailed.exit_code)  # the document says why
        return
    _show(done)


def _show(done: JobResult) -> None:
    if done.rows:
        _screen.records([{name: _short(value) for name, value in row.items()} for row in done.rows])
    if done.said:
        click.echo(done.said)
    measured = [f"{name} {_short(value)}" for name, value in done.numbers.items() if isinstance(value, float)]
    if measured:
        click.echo(f"  {', '.join(measured)}")
    for table, version in done.tables.items():
        click.echo(f"  {table} is at version {version}")
    if done.refused:
        raise CheckFailed(done.refused)
    if done.then:
        _screen.next_step(f"boathouse {done.then}")


def _short(value: Any) -> Any:
    """Show three digits behind the point, and none of a whole number; a zero has no sign."""
    if not isinstance(value, float) or not isfinite(value):
        return value
    return int(value) if value.is_integer() else round(value, DIGITS) + 0.0

"""Show the registered models and what each was trained on, and make one the champion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.ml.tracking.gate import Verdict
    from boathouse.ml.tracking.promotion import Promotion
    from boathouse.ml.tracking.registry import ModelVersion

SAYS = {True: "passes", False: "refuses", None: "cannot tell"}


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show the registered models and what each was trained on, and make one the champion.

    Each of the three takes --project, --env and --json.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@command.command("list")
@_screen.environment_option
@_screen.project_option
def list_(project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """List the models that are registered, with the version of each alias."""
    from boathouse.workbench import Workbench

    found = Workbench(project, env=env, settings=settings).models.list()
    if as_json:
        _screen.answer(
            {
                "models": [
                    {"model": name, "versions": [each.document for each in versions]}
                    for name, versions in found.items()
                ]
            }
        )
        return
    if not found:
        click.echo("no model is registered yet")
        _screen.next_step(f"boathouse job{_screen.there(env)} train")
        return
    rows = [(name, len(versions), _aliases(versions), _day(versions[-1])) for name, versions in found.items()]
    _screen.table(("model", "versions", "aliases", "the newest is of"), rows, right=("versions",))


@command.command("show")
@click.argument("name")
@_screen.environment_option
@_screen.project_option
def show(name: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Show the versions of a model: what each was trained on, and what was measured."""
    from boathouse.workbench import Workbench

    versions = Workbench(project, env=env, settings=settings).models.versions(name)
    if as_json:
        _screen.answer({"model": versions[-1].name, "versions": [each.document for each in versions]})
        return
    rows = [
        (each.version, ", ".join(each.aliases), _day(each), each.kind, _trained_on(each), _measured(each))
        for each in versions
    ]
    _screen.table(("version", "aliases", "registered", "kind", "trained on", "measured"), rows, right=("version",))
    _screen.next_step(f"boathouse model promote{_screen.there(env)} {name}     make the challenger the champion")


@command.command("promote")
@click.argument("name")
@click.option("--version", type=click.IntRange(1), help="Which version; by default the challenger.")
@click.option("--to", default="champion", show_default=True, metavar="ALIAS", help="The alias that it is to have.")
@click.option(
    "--on", "table", default="", metavar="TABLE", help="Measure it and the champion on the rows of this table."
)
@click.option("--label", default="", metavar="COLUMN", help="The column of the table that says what is true.")
@_screen.environment_option
@_screen.project_option
def promote(
    name: str, project: Path, *, version: int | None, to: str, table: str, label: str,
    env: str, settings: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Make a version of a model the champion, if every gate lets it pass; otherwise nothing changes."""
    from boathouse.workbench import Workbench

    bench = Workbench(project, env=env, settings=settings)
    done = bench.models.promote(name, version=version, to=to, on=table, label=label)
    if as_json:
        _screen.answer(done.document)
    else:
        _screen.table(("gate", "", "what it looked at", "what to do"), map(_judged, done.verdicts))
        click.echo(_outcome(done))
    if not done.passed:
        raise click.exceptions.Exit(1)


def _judged(verdict: Verdict) -> tuple[str, ...]:
    return verdict.gate, SAYS[verdict.passed], verdict.looked_at, verdict.remedy


def _outcome(done: Promotion) -> str:
    what = f"{done.version.name}/{done.version.version}"
    before = f", version {done.before.version} before" if done.before else ""
    if done.passed:
        return f"{what} is the {done.to}{before}"
    return f"{what} is not the {done.to}: {', '.join(each.gate for each in done.refused)} refused; nothing has changed"


def _aliases(versions: tuple[ModelVersion, ...]) -> str:
    return ", ".join(f"{alias} {each.version}" for each in versions for alias in each.aliases)


def _day(version: ModelVersion) -> str:
    return f"{version.registered_at:%Y-%m-%d %H:%M}"


def _trained_on(version: ModelVersion) -> str:
    tables = ", ".join(f"{name} {number}" for name, number in version.tables.items())
    return f"{tables} (release {version.release})" if version.release is not None else tables


def _measured(version: ModelVersion) -> str:
    shown: list[Any] = [
        f"{name} {version.metrics[name]:.3f}"
        for name in ("auc", "average_precision", "mean", "p95")
        if name in version.metrics
    ]
    return ", ".join(shown)

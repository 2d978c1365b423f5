"""Make what the last run left the current release; `release list` shows all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.release import Release


@click.command()
@click.argument("action", required=False, type=click.Choice(["list"]), metavar="[list]")
@click.option("--run", default="", metavar="RUN", help="Release what this run left, instead of the last one.")
@click.option("--note", default="", help="What the release is about.")
@_screen.environment_option
@_screen.project_option
def command(
    action: str | None, run: str, note: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool
) -> None:
    """Make what the last run left the current release; `release list` shows all of them."""
    from boathouse.workbench import Workbench

    bench = Workbench(project, env=env, settings=settings)
    if action == "list":
        _list(bench, as_json=as_json)
        return
    made = bench.release(run=run, note=note)
    if as_json:
        _screen.answer(told(made))
        return
    click.echo(f"release {made.number}: {len(made.versions)} tables of the run {made.run_id}")
    there = _screen.there(env)
    _screen.next_step(
        f"boathouse query{there} SQL       reads it from now on",
        f"boathouse rollback{there}        makes the one before current again",
        f"boathouse promote{there} ENV     copies it into another environment",
    )


def told(release: Release) -> dict[str, Any]:
    """Give a release as JSON has it."""
    versions = {str(name): version for name, version in release.versions.items()}
    return {
        "release": release.number,
        "released_at": release.released_at,
        "run": release.run_id,
        "note": release.note,
        "tables": versions,
    }


def _list(bench: Any, *, as_json: bool) -> None:
    from boathouse.release import current_release

    now, known = current_release(bench.project), bench.releases()
    number = now.number if now else None
    if as_json:
        _screen.answer({"current": number, "releases": [told(release) for release in known]})
    elif not known:
        click.echo("there is no release yet")
        _screen.next_step("boathouse release")
    else:
        _screen.table(
            ("release", "", "released at", "run", "tables", "note"),
            [
                (r.number, "current" if r.number == number else "", f"{r.released_at:%Y-%m-%d %H:%M:%S}", r.run_id, len(r.versions), r.note)
                for r in reversed(known)
            ],
            right=("release", "tables"),
        )  # fmt: skip

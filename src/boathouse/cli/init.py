"""Make a folder a project, empty or with a demo in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.demos import DemoSummary


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--demo", default="", help="Fill it with a demo: carton-caps, claims, retail or telco.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def command(folder: Path, demo: str, *, as_json: bool) -> None:
    """Make a folder a project, empty or with a demo in it."""
    from boathouse import config
    from boathouse.demos import DEMOS

    module = DEMOS.module(demo.replace("-", "_")) if demo else None
    project = config.create(folder)
    summary = module.write(project.root) if module else None
    if as_json:
        _screen.answer({"project": project.root, "name": project.config.name, "demo": summary})
        return
    click.echo(f"{project.root} is a project now.")
    if summary is not None:
        click.echo(f"{summary.about}\n")
        _screen.table(("file", "rows"), summary.files.items(), right=("rows",))
    _screen.next_step(f"cd {folder}", *_next(summary))


def _next(summary: DemoSummary | None) -> tuple[str, ...]:
    if summary is None:
        return ("boathouse explore PATHS",)
    target = f" --target {summary.target}" if summary.target else ""
    return summary.next or (f"boathouse explore raw{target}",)

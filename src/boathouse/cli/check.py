"""Check what leaves, offline: jobs, pipelines, bundles, notebooks, dashboards and grants, against databricks-sdk."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen
from boathouse.errors import CheckFailed, UserError


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@_screen.project_option
def command(folder: Path | None, project: Path, *, as_json: bool) -> None:
    """Check what leaves, offline: jobs, pipelines, bundles, notebooks, dashboards and grants, against databricks-sdk.

    DIR is a folder of exports, by default dist/; it needs no project, and no
    workspace is asked.
    """
    from boathouse import inspection
    from boathouse.package import package

    looked_at = package.read(folder or _dist(project))
    found = inspection.faults(looked_at)
    faults = [each for each in found if not each.only_a_hint]
    if as_json:
        _screen.answer({"checked": looked_at.counts, "faults": [each.document for each in found]})
        click.get_current_context().exit(CheckFailed.exit_code if faults else 0)  # the document says what is wrong
    for each in found:
        click.echo(f"{'hint: ' if each.only_a_hint else ''}{each}")
    counted = ", ".join(f"{count:,} {_word(kind, count)}" for kind, count in looked_at.counts.items())
    if faults:
        raise CheckFailed(f"{len(faults):,} fault{'s' if len(faults) > 1 else ''} in {counted or 'what leaves'}")
    click.echo(f"checked offline, no fault: {counted or 'there is nothing that Databricks would be told'}")


def _word(kind: str, count: int) -> str:
    word = kind.replace("_", " ")
    return word.removesuffix("s") if count == 1 else word


def _dist(project: Path) -> Path:
    """Give the exports of the project around a folder; where there is none, those of the folder itself."""
    from boathouse import config

    try:
        return config.find(project).root / "dist"
    except UserError:
        return project / "dist"

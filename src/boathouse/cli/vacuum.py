"""Remove data files that no release, no newest table and no recent version needs."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.option(
    "--hours", type=click.IntRange(0), help="Versions of so many hours are kept whole; a week, if it is not said."
)
@click.option("--keep", type=click.IntRange(0), help="Give up all releases but the last so many, and the current one.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@_screen.environment_option
@_screen.project_option
def command(
    hours: int | None,
    keep: int | None,
    project: Path,
    *,
    dry_run: bool,
    env: str,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Remove data files that no release, no newest table and no recent version needs."""
    from boathouse.workbench import Workbench

    done = Workbench(project, env=env, settings=settings).vacuum(hours=hours, keep=keep, dry_run=dry_run)
    files = sum(done.files.values())
    if as_json:
        tables = {str(name): count for name, count in done.files.items()}
        _screen.answer(
            {"files": files, "bytes": done.bytes, "tables": tables, "given_up": list(done.given_up), "dry_run": dry_run}
        )
        return
    verb = "would be removed" if dry_run else "are removed"
    click.echo(f"{files:,} files, {done.bytes / 1e6:,.1f} MB, {verb}")
    if done.given_up:
        said = "would be given up" if dry_run else "cannot be read any more"
        click.echo(f"the releases {', '.join(map(str, done.given_up))} {said}")

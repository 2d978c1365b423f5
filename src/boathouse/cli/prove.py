"""Run an export here, on local Spark and Delta or another engine, and compare every table with the run's."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen
from boathouse.errors import CheckFailed


@click.command()
@click.argument("target", default="databricks")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Where the export is; by default dist/TARGET."
)
@click.option(
    "--on", default="", metavar="ENGINE", help="What runs it, where a target has more: spark, connect, duckdb."
)
@_screen.environment_option
@_screen.project_option
def command(
    target: str, out: Path | None, on: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool
) -> None:
    """Run an export here, on local Spark and Delta or another engine, and compare every table with the run's."""
    from boathouse.workbench import Workbench

    proof = Workbench(project, env=env, settings=settings).prove(target, on=on, out=out, say=_screen.progress)
    if as_json:
        _screen.answer(_screen.finite(proof.to_dict()))
    else:
        _screen.table(
            ("table", "verdict", "rows here", "rows there", ""),
            [(t.table, t.verdict, t.rows_local, t.rows_spark, t.why) for t in proof.tables],
            right=("rows here", "rows there"),
        )
        click.echo(f"\n{proof.summary}\nThe report: {proof.report}")
    if as_json and not proof.proven:
        click.get_current_context().exit(CheckFailed.exit_code)  # the document says what failed
    if not proof.proven:
        raise CheckFailed("not every table is proven", hint=f"read {proof.report}")

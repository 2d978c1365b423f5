"""Write the pipeline as files for Databricks that need nothing of Boathouse."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.argument("target", default="databricks")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to; by default dist/TARGET.")
@click.option("--catalog", default="", help="The Unity Catalog; by default the project's.")
@click.option("--schema", default="", help="The schema; by default the project's name.")
@_screen.environment_option
@_screen.project_option
def command(
    target: str,
    out: Path | None,
    catalog: str,
    schema: str,
    project: Path,
    *,
    env: str,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write the pipeline as files for Databricks that need nothing of Boathouse."""
    from boathouse.workbench import Workbench

    files = Workbench(project, env=env, settings=settings).export(target, out=out, catalog=catalog, schema=schema)
    if as_json:
        _screen.answer({"target": target, "files": files})
        return
    for file in files:
        click.echo(file)
    _screen.next_step(f"boathouse prove {target}{_screen.there(env)}         that Spark makes the same tables of them")

"""Print the page of a step, the list of all, or the JSON schema of the table files."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("name", default="")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write the whole reference into a folder."
)
@click.option("--schema", is_flag=True, help="Print the JSON schema of table files, for editors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def command(name: str, out: Path | None, *, schema: bool, as_json: bool) -> None:
    """Print the page of a step, the list of all, or the JSON schema of the table files."""
    from boathouse import reference, yaml_file

    if schema:
        click.echo(json.dumps(reference.table_schema(), indent=2))
        return
    if out:
        for file, text in reference.book().items():
            yaml_file.write_whole(out / file, text)
            click.echo(out / file)
        return
    text = reference.page(name) if name else reference.index()
    click.echo(json.dumps({"name": name, "markdown": text}, ensure_ascii=False) if as_json else text)

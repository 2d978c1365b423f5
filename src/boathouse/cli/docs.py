"""Print the page of a step, the list of all, or the JSON schema of the table files."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("name", default="")
@click.option("--schema", is_flag=True, help="Print the JSON schema of table files, for editors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def command(name: str, *, schema: bool, as_json: bool) -> None:
    """Print the page of a step, the list of all, or the JSON schema of the table files."""
    from boathouse import reference

    if schema:
        click.echo(json.dumps(reference.table_schema(), indent=2))
        return
    text = reference.page(name) if name else reference.index()
    click.echo(json.dumps({"name": name, "markdown": text}, ensure_ascii=False) if as_json else text)

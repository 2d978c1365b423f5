"""Put a bundle into a Databricks workspace: what has changed, in the right order; or say what would be done."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen
from boathouse.errors import UserError


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("-t", "--target", default="", help="The bundle's target; by default the one it calls its default.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, changed and left; write nothing.")
@click.option("--delete", is_flag=True, help="Delete what an earlier deployment made and the files have no more.")
@click.option("--force-lock", is_flag=True, help="Take the lock of a deployment that has died.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable's value; may be repeated.")
@_screen.project_option
def command(
    folder: Path | None, target: str, variables: tuple[str, ...], project: Path, *, as_json: bool, **wishes: bool
) -> None:
    """Put a bundle into a Databricks workspace: what has changed, in the right order; or say what would be done.

    DIR has a databricks.yml, by default dist/bundle. It is checked first. Who signs
    in is told by databricks-sdk's own settings: DATABRICKS_HOST, a profile, OAuth.
    Variables are also taken from BUNDLE_VAR_name.
    """
    from boathouse import config
    from boathouse.deploy.deploy import Wish, deploy

    wish = Wish(target=target, variables=dict(map(_variable, variables)), **wishes)
    steps = deploy(folder or config.find(project).dist("bundle"), wish, _screen.progress)
    if as_json:
        _screen.answer([{"verb": step.verb, "what": step.what, "name": step.name} for step in steps])
        return
    for step in steps if wish.dry_run else [step for step in steps if step.verb == "left"]:
        click.echo(str(step))
    counts = {
        verb: len([step for step in steps if step.verb == verb])
        for verb in ("create", "update", "same", "delete", "left")
    }
    done = ", ".join(f"{count:,} {verb}" for verb, count in counts.items() if count)
    click.echo(f"{'nothing was written: ' if wish.dry_run else ''}{done}")
    if counts["left"] and not wish.delete:
        _screen.next_step("boathouse deploy --delete         deletes what is left from earlier deployments")


def _variable(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals or not name:
        raise UserError(f"--var {written} is no variable", hint="write --var catalog=dev_main")
    return name, value

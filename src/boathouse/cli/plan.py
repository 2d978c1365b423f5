"""Show what would be built, in which order, and why; nothing is touched."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@_screen.environment_option
@_screen.project_option
def command(project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Show what would be built, in which order, and why; nothing is touched."""
    from boathouse.workbench import Workbench

    plan = Workbench(project, env=env, settings=settings).plan()
    if as_json:
        _screen.answer({
            "tables": [
                {"table": action.name, "state": action.state, "why": action.why, "only_new": action.only_new, "full_because": action.full_because, "warnings": list(action.warnings), "reads": [str(name) for name in action.reads], "fingerprint": action.fingerprint,
                 "steps": [stage.step.title() for stage in action.stages], "columns": action.schema.types, "unproven": list(action.unproven)}
                for action in plan.actions
            ],
        })  # fmt: skip
        return
    _screen.table(
        ("table", "why", "reads", "steps", "columns", ""),
        [
            (a.name, a.told, ", ".join(map(str, a.reads)) or (a.table.source.path if a.table.source else ""), len(a.stages), len(a.schema),
             f"unproven: {', '.join(a.unproven)}" if a.unproven else "")
            for a in plan.actions
        ],
        right=("steps", "columns"),
    )  # fmt: skip
    for action in plan.actions:
        for warning in action.warnings:
            click.echo(f"warning: {action.name}: {warning}", err=True)
    _screen.next_step(f"boathouse run{_screen.there(env)}                    build it")
    click.echo()

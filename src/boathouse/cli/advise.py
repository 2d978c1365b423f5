"""Recommend steps for what was found; accept them into the table files."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen


@click.command()
@click.option(
    "--accept", multiple=True, metavar="ID", help="Accept a recommendation, such as R-014, or all; can be repeated."
)
@click.option(
    "--reject", multiple=True, metavar="ID", help="Reject a recommendation, which takes it out of its table again."
)
@_screen.project_option
def command(accept: tuple[str, ...], reject: tuple[str, ...], project: Path, *, as_json: bool) -> None:
    """Recommend steps for what was found; accept them into the table files."""
    from boathouse.workbench import Workbench

    advice = Workbench(project).advise(accept, reject=reject)
    if as_json:
        _screen.answer(_screen.finite({"recommendations": [_plain(each) for each in advice.recommendations]}))
        return
    mark = {True: "yes", False: "no", None: ""}
    _screen.table(
        ("id", "table", "step", "because", "accepted"),
        [(r.id, r.table, _words(dict(r.step)), r.because, mark[r.accepted]) for r in advice.recommendations],
    )
    accepted = sum(1 for each in advice.recommendations if each.accepted)
    click.echo(
        f"{accepted} of {len(advice.recommendations)} accepted; all of them, with their risks, are in advice.yml"
    )
    if accepted:
        _screen.next_step(
            "boathouse plan                   what would be built", "boathouse run                    build it"
        )
    else:
        _screen.next_step("boathouse advise --accept R-001  one of them, or all")


def _words(step: dict[str, object]) -> str:
    rest = ", ".join(f"{key}: {value}" for key, value in step.items() if key != "step")
    short = rest if len(rest) <= 60 else f"{rest[:57]}..."  # noqa: PLR2004 - a line of the table
    return f"{step['step']} {short}"


def _plain(recommendation: object) -> dict[str, object]:
    from dataclasses import fields, is_dataclass

    assert is_dataclass(recommendation)  # noqa: S101 - for the type checker
    return {field.name: getattr(recommendation, field.name) for field in fields(recommendation)}

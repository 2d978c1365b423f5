"""Recommend steps for what was found; accept them into the table files."""

from __future__ import annotations

from pathlib import Path

import click

from boathouse.cli import _screen

FEW, WORDS, REASON = 3, 50, 100  # columns of a step, letters of a step and of its reason: a line of the table


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
        [
            (r.id, r.table, _words(dict(r.step)), _short(r.because, REASON), mark[r.accepted])
            for r in advice.recommendations
        ],
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
    """Say a step in a few words; advice.yml has all of it."""
    columns = step.get("columns") or step.get("key") or step.get("by")
    named = step.get("column") or step.get("with") or step.get("where") or _names(columns)
    how = step.get("method") or step.get("using")
    return _short(" ".join(str(part) for part in (step["step"], named, f"({how})" if how else "") if part), WORDS)


def _names(columns: object) -> str:
    names = [str(name) for name in columns] if isinstance(columns, list | tuple | dict) else []
    return ", ".join(names) if len(names) <= FEW else f"{len(names)} columns"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _plain(recommendation: object) -> dict[str, object]:
    from dataclasses import fields, is_dataclass

    assert is_dataclass(recommendation)  # noqa: S101 - for the type checker
    return {field.name: getattr(recommendation, field.name) for field in fields(recommendation)}

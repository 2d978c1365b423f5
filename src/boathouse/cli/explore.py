"""Look at raw files, and write down what is found in them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from boathouse.cli import _screen

SHOWN = 12


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option("--target", default="", help="The column to be predicted, if there is one.")
@_screen.project_option
def command(paths: tuple[str, ...], target: str, project: Path, *, as_json: bool) -> None:
    """Look at raw files (csv, tsv, json lines, parquet, Delta), and write down what is found in them."""
    from boathouse.workbench import Workbench

    found = Workbench(project).explore(paths, target=target, say=_screen.progress)
    if as_json:
        _screen.answer(
            _screen.finite(
                {"datasets": [_summary(each) for each in found.datasets], "relationships": list(found.relationships)}
            )
        )
        return
    _screen.table(
        ("table", "rows", "columns", "target", "critical", "warnings"),
        [list(_summary(each).values())[:6] for each in found.datasets],
        right=("rows", "columns", "critical", "warnings"),
    )
    worst = [f for each in found.datasets for f in each.findings if f.severity != "info"]
    worst.sort(key=lambda finding: finding.severity)
    if worst:
        click.echo()
        _screen.table(("", "table", "finding"), [(f.severity, f.table, f.says) for f in worst[:SHOWN]])
        if len(worst) > SHOWN:
            click.echo(f"... and {len(worst) - SHOWN} more in findings/")
    _screen.next_step("boathouse advise                 what could be done about it")


def _summary(dataset: object) -> dict[str, object]:
    from boathouse.probe import DatasetFindings

    assert isinstance(dataset, DatasetFindings)  # noqa: S101 - for the type checker; the import is heavy
    count = Counter(finding.severity for finding in dataset.findings)
    return {
        "table": dataset.name, "rows": dataset.row_count, "columns": len(dataset.columns), "target": dataset.target,
        "critical": count["critical"], "warnings": count["warning"], "findings": [finding.says for finding in dataset.findings],
    }  # fmt: skip

"""Hold two tables against each other, and tell where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from boathouse.cli import _screen
from boathouse.errors import CheckFailed

if TYPE_CHECKING:
    from boathouse.reconciliation import Reconciliation


@click.command()
@click.argument("left")
@click.argument("right")
@click.option("--key", default="", help="The columns that tell the rows apart: COL,COL.")
@click.option("--tolerance", multiple=True, help="COL=1e-6, or 1e-6 for all doubles; by default 1e-9, relative.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to; by default dist/reconcile.")
@click.option(
    "--sql", type=click.Choice(["databricks"]), help="Only print the statement that RIGHT is asked elsewhere."
)
@_screen.environment_option
@_screen.project_option
def command(
    left: str, right: str, *, key: str, tolerance: tuple[str, ...], out: Path | None, sql: str | None, project: Path,
    env: str, settings: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Hold two tables against each other, and tell where they differ.

    Each side is a table of the project (silver.orders, or silver.orders@12 for its version 12), a Delta folder, a
    Parquet file, or a table in a DuckDB file (file.duckdb::schema.table). One of them may be elsewhere:
    databricks:catalog.schema.table is asked for its fingerprint by one statement, with DATABRICKS_HOST,
    DATABRICKS_TOKEN and DATABRICKS_WAREHOUSE_ID. Or by hand: with --sql databricks, RIGHT is catalog.schema.table;
    run the statement there, save the result as csv, and give that file as RIGHT.
    """
    from boathouse.workbench import Workbench

    bench = Workbench(project, env=env, settings=settings)
    by = [name.strip() for name in key.split(",") if name.strip()]
    if sql:
        text = bench.reconcile_sql(left, right, key=by)
        _screen.answer({"sql": text}) if as_json else click.echo(text)
        return
    found, report = bench.reconcile(left, right, key=by, tolerance=tolerance, out=out)
    if as_json:
        _screen.answer(_screen.finite({**found.to_dict(), "report": report}))
        if not found.equal:
            click.get_current_context().exit(CheckFailed.exit_code)  # the document says what differs
        return
    _show(found)
    click.echo(f"\nThe report: {report}")
    if not found.equal:
        raise CheckFailed(f"{found.left} and {found.right} are not proven equal", hint=f"read {report}")


def _show(found: Reconciliation) -> None:
    compared = found.comparison
    rows = [("rows", compared.left_rows, compared.right_rows), ("only here", compared.missing, compared.extra)]
    if found.duplicate_keys:
        rows.append(("keys there twice", *found.duplicate_keys))
    _screen.table(("", found.left, found.right), rows, right=(found.left, found.right))
    samples = [("only left", "", row, "", "") for row in compared.missing_samples]
    samples += [("only right", "", row, "", "") for row in compared.extra_samples]
    samples += [
        (change.kind, f"{column.column} ({change.rows:,})", *sample)
        for column in compared.columns
        for change in column.changes
        for sample in change.samples
    ]
    if samples:
        click.echo()
        _screen.table(("difference", "column (rows)", "row", "left", "right"), samples)
    for note in found.notes:
        click.echo(f"note: {note}")
    told = f" - {found.why}" if found.why else ""
    click.echo(f"\n{found.verdict} by {found.tier}{told}, in {found.seconds:.1f} s")

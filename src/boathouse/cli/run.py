"""Build the tables that are not up to date, or the named ones, as Delta tables under lake/."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boathouse.cli import _screen

if TYPE_CHECKING:
    from boathouse.run_record import Run, TableRun


@click.command()
@click.argument("tables", nargs=-1, metavar="[TABLE...]")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="spark: by the PySpark text, locally or at SPARK_REMOTE.",
)
@click.option("--full", is_flag=True, help="Build every table, those that are up to date too.")
@_screen.environment_option
@_screen.project_option
def command(
    tables: tuple[str, ...],
    engine: str,
    project: Path,
    *,
    full: bool,
    env: str,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build the tables that are not up to date, or the named ones, as Delta tables under lake/."""
    from boathouse.workbench import Workbench

    run = Workbench(project, env=env, settings=settings).run(tables, full=full, engine=engine, on_table=_told)
    if as_json:
        _screen.answer({
            "run": run.id, "started": run.started, "seconds": round(run.seconds, 3), "same": list(run.same),
            "warnings": list(run.warnings), "tables": [_table(table) for table in run.tables],
        })  # fmt: skip
        return
    for warning in (*run.warnings, *(f"{t.table}: {warning}" for t in run.tables for warning in t.warnings)):
        click.echo(f"warning: {warning}", err=True)
    rows = sum(table.rows for table in run.tables)
    same = f"{len(run.same)} tables are up to date" if run.same else ""
    built = f"{len(run.tables)} tables, {rows:,} rows, {run.seconds:.1f} s" if run.tables else ""
    click.echo(f"\nrun {run.id}: {'; '.join(filter(None, [built, same]))}")
    _next(run, project, _screen.there(env))


def _table(run: TableRun) -> dict[str, Any]:
    return {
        "table": run.table, "rows": run.rows, "version": run.version, "seconds": round(run.seconds, 3), "path": run.path,
        "quarantined": run.quarantined, "files": run.files, "only_new": run.only_new, "warnings": list(run.warnings),
        "schema_changes": [asdict(change) for change in run.changes], "rules": [asdict(rule) for rule in run.rules],
    }  # fmt: skip


def _next(run: Run, project: Path, there: str) -> None:
    click.echo(f"The tables are Delta, under {Path(run.tables[-1].path).parent.parent if run.tables else project}")
    last = run.tables[-1].table if run.tables else run.same[-1] if run.same else ""
    apart = [str(table.table.quarantine) for table in run.tables if table.quarantined]
    _screen.next_step(
        f"boathouse show {last}{there}",
        *(f"boathouse show {name}{there}      the rows that its contract drops" for name in apart[:1]),
        f"boathouse release{there}                what readers see from now on",
        f"boathouse export databricks{there}      the same pipeline as notebooks",
        f"boathouse prove{there}                  that Spark makes the same tables of them",
    )


def _told(_action: Any, done: Any) -> None:
    if done is not None:
        dropped = ", ".join(f"{r.rule} {r.found}" for r in done.rules if r.action == "drop" and not r.holds)
        apart = f"   {done.quarantined:,} quarantined: {dropped}" if done.quarantined else ""
        _screen.progress(
            f"{done.table.layer:7} {done.table.table:32} {done.rows:>12,} rows {done.seconds:8.2f} s{apart}"
        )

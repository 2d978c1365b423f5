"""Build the tables, all or the named ones, as Delta tables under lake/."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from boathouse.cli import _screen


@click.command()
@click.argument("tables", nargs=-1, metavar="[TABLE...]")
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="spark: by the PySpark text, locally or at SPARK_REMOTE.",
)
@_screen.environment_option
@_screen.project_option
def command(
    tables: tuple[str, ...], engine: str, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool
) -> None:
    """Build the tables, all or the named ones, as Delta tables under lake/."""
    from boathouse.workbench import Workbench

    run = Workbench(project, env=env, settings=settings).run(tables, engine=engine, on_table=_told)
    if as_json:
        _screen.answer({
            "run": run.id, "started": run.started, "seconds": round(run.seconds, 3),
            "tables": [{"table": t.table, "rows": t.rows, "version": t.version, "seconds": round(t.seconds, 3), "path": t.path,
                        "quarantined": t.quarantined, "files": t.files, "warnings": t.warnings, "rules": [asdict(rule) for rule in t.rules]} for t in run.tables],
        })  # fmt: skip
        return
    rows = sum(table.rows for table in run.tables)
    for table in run.tables:
        for warning in table.warnings:
            click.echo(f"warning: {table.table}: {warning}", err=True)
    click.echo(f"\nrun {run.id}: {len(run.tables)} tables, {rows:,} rows, {run.seconds:.1f} s")
    click.echo(f"The tables are Delta, under {Path(run.tables[-1].path).parent.parent if run.tables else project}")
    last = run.tables[-1].table if run.tables else ""
    there = _screen.there(env)
    apart = [str(table.table.quarantine) for table in run.tables if table.quarantined]
    _screen.next_step(
        f"boathouse show {last}{there}",
        *(f"boathouse show {name}{there}      the rows that its contract drops" for name in apart[:1]),
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

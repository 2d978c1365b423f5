"""Contracts as files of the Open Data Contract Standard, and contracts learned from rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boathouse.cli import _screen


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Contracts as files of the Open Data Contract Standard, and contracts learned from rows.

    Each of the three takes --project and --json.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--table", default="", help="Which table a file of one table is for, if its name does not say it.")
@_screen.project_option
def import_(file: Path, table: str, project: Path, *, as_json: bool) -> None:
    """Put the contracts of a data contract's file (ODCS 3.x) into the files of their tables."""
    from boathouse.workbench import Workbench

    done = Workbench(project).import_contracts(file, table=table)
    if as_json:
        _screen.answer({"file": file, "tables": [_imported(each) for each in done]})
        return
    for each in done:
        contract = each.imported.contract
        said = f"{len(contract.columns or ())} columns, {len(contract.rules)} rules, "
        said += f"in {each.file}" if each.changed else "as they were"
        click.echo(f"{each.imported.table}: {said}")
    _list("not held, for no run can ask it:", [
        (each.imported.table, left.place or "", left.what, left.why) for each in done for left in each.imported.unheld
    ], ("table", "where", "what", "why"))  # fmt: skip
    _screen.next_step("boathouse plan                   what it changes")


@command.command("export")
@click.argument("table", metavar="TABLE|all", default="all")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to; by default under dist/odcs.")
@_screen.environment_option
@_screen.project_option
def export(table: str, out: Path | None, project: Path, *, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Write the contract of a table, or of all, as a data contract (ODCS 3.x)."""
    from boathouse.workbench import Workbench

    done = Workbench(project, env=env, settings=settings).export_contracts(table, out=out)
    document = done.document
    if as_json:
        _screen.answer(
            {
                "file": done.file,
                "apiVersion": document.data["apiVersion"],
                "tables": document.tables,
                "unsaid": document.unsaid,
            }
        )
        return
    click.echo(done.file)
    _list("said in words of our own, for the standard has none:", [
        (left.table, left.rule, left.says) for left in document.unsaid
    ], ("table", "rule", "why"))  # fmt: skip


@command.command("learn")
@click.argument("table")
@click.option("--write", is_flag=True, help="Write it into the table's file; what stands there stays.")
@_screen.environment_option
@_screen.project_option
def learn(table: str, project: Path, *, write: bool, env: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Suggest a contract that the rows of a table keep."""
    from boathouse.workbench import Workbench

    done = Workbench(project, env=env, settings=settings).learn_contract(table, write=write)
    if as_json:
        _screen.answer({
            "table": done.table, "learned_from": done.learned_from, "yaml": done.yaml, "contract": _contract(done.contract),
            "not_learned": done.not_learned, "file": done.file, "written": done.written,
        })  # fmt: skip
        return
    click.echo(f"# {done.table}, learned from {done.learned_from}")
    click.echo(done.yaml, nl=False)
    _list("not learned:", [(left.what, left.why) for left in done.not_learned], ("what", "why"))
    if done.written:
        _screen.next_step(
            f"It is in {done.file}",
            f"boathouse run{_screen.there(env)}                    build it, and hold it to that",
        )
    else:
        _screen.next_step(
            f"boathouse contract learn {done.table}{_screen.there(env)} --write   put it into the table's file"
        )


def _list(title: str, rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> None:
    if rows:
        click.echo(f"\n{title}")
        _screen.table(columns, rows)


def _imported(done: Any) -> dict[str, Any]:
    unheld = [
        {"what": left.what, "why": left.why, "where": str(left.place) if left.place else None}
        for left in done.imported.unheld
    ]
    return {
        "table": done.imported.table,
        "file": done.file,
        "changed": done.changed,
        **_contract(done.imported.contract),
        "not_held": unheld,
    }


def _contract(contract: Any) -> dict[str, Any]:
    from boathouse.contract_file import contract_data

    return contract_data(contract)

"""What a person sees: tables and progress by rich, or one JSON document on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from boathouse.names import TableName

WIDE, LONG, GAP = 40, 400, 3  # characters of a column before it folds, of a value before it is cut, between columns


def project_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --project and --json, which every verb has."""
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")(command)
    folder = click.Path(file_okay=False, path_type=Path)
    return click.option(
        "--project", type=folder, default=Path(), help="The project's folder; by default the one around here."
    )(command)


def environment_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --env and --set, for the verbs that read or write tables."""
    command = click.option(
        "--set", "settings", multiple=True, metavar="A.B=C", help="A setting over those of config/; may be repeated."
    )(command)
    return click.option(
        "--env", default="", help="The environment: local, lab, dev, prod; by default BOATHOUSE_ENV, or local."
    )(command)


def at_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --at, for the verbs that read tables."""
    return click.option(
        "--at",
        default="current",
        show_default=True,
        metavar="RELEASE",
        help="Which tables: of the current release, of that number, until a time; or the newest.",
    )(command)


def there(env: str) -> str:
    """Repeat the --env that was given, for the command that is to come next."""
    return f" --env {env}" if env else ""


def answer(document: Any) -> None:
    """Print the JSON document of a verb."""
    click.echo(json.dumps(document, default=plain, ensure_ascii=False, indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    """Make JSON of what the verbs give."""
    if isinstance(value, (TableName, Path, Decimal)):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} is not JSON")


def finite(value: Any) -> Any:
    """Write NaN and infinities as text: JSON has no word for them."""
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):  # noqa: PLR0124 - NaN is not itself
        return str(value)
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inner) for inner in value]
    return value


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """Print rows under headings; numbers to the right."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    console().print(made)


def records(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the rows of an answer: a row a line where its columns fit, otherwise a column a line, some rows at a time."""
    names = list(rows[0])
    widths = [min(WIDE, max(len(printable(each)) for each in (name, *(row[name] for row in rows)))) for name in names]
    room = console().width
    if sum(widths) + GAP * len(names) <= room:
        numbers = [name for name in names if all(_is_number(row[name]) for row in rows)]
        table(names, [list(row.values()) for row in rows], right=numbers)
        return
    together = max(1, (room - min(WIDE, max(map(len, names)))) // (max(widths) + GAP))
    for start in range(0, len(rows), together):
        few = rows[start : start + together]
        heads = [f"row {start + at}" for at in range(1, len(few) + 1)]
        table(("column", *heads), [(name, *(row[name] for row in few)) for name in names])


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float, Decimal)) and not isinstance(value, bool))


def console(*, stderr: bool = False) -> Any:
    """Give rich's console; it honours NO_COLOR, and is wide where nobody looks."""
    from rich.console import Console

    wide = None if (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ else 140
    return Console(stderr=stderr, highlight=False, width=wide)


def _cell(value: Any) -> Any:
    from rich.text import Text

    return value if isinstance(value, Text) else Text(printable(value))


def printable(value: Any) -> str:
    """Write a value on one line of a table; a long one is cut, and no control character reaches the terminal."""
    text = "" if value is None else str(value)
    text = text if len(text) <= LONG else f"{text[: LONG - 1]}…"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def progress(line: str) -> None:
    """Say on stderr what goes on."""
    click.echo(line, err=True)


def next_step(*lines: str) -> None:
    """End by saying what to type next."""
    click.echo()
    for line in lines:
        click.echo(f"  {line}")

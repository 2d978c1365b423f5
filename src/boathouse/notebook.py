"""Notebook: cells as a Databricks source file, and such a file as cells again."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from boathouse.cells import Cell, lines_of
from boathouse.errors import UserError

FIRST_LINE = "# Databricks notebook source"
BETWEEN = "# COMMAND ----------"


def write_notebook(title: str, about: str, cells: Iterable[Cell]) -> str:
    """Write a notebook that Databricks imports: a title cell, then each cell as it stands."""
    texts = [cell.text for cell in (heading(f"# {title}", about), *cells)]
    return "\n".join([FIRST_LINE, f"\n\n{BETWEEN}\n".join(texts)]) + "\n"


def heading(title: str, about: str) -> Cell:
    """Write a cell of Markdown."""
    lines = ("%md", title, *lines_of(about))
    return Cell("", "", "\n".join(f"# MAGIC {line}".rstrip() for line in lines))


def workspace_folder(project: str) -> str:
    """Name the folder that `databricks workspace import-dir ./notebooks` fills, and that the job's tasks run from."""
    return f"/Workspace/pipelines/{project}"


def read_notebook(text: str, constants: Mapping[str, str]) -> list[tuple[str, str]]:
    """Split a notebook into its cells, title and Python, with these constants of the Configuration cell set.

    Everything else is run as it stands in the file; a constant that the file lacks is an error, for it would be
    run with someone's real tables.
    """
    if not text.startswith(FIRST_LINE):
        raise UserError(f"the first line is not `{FIRST_LINE}`")
    cells, unset = [], set(constants)
    for number, part in enumerate(text.split(f"\n{BETWEEN}\n")):
        code, found = _set(part, constants)
        unset -= found
        cells.append((_title(part) or f"cell {number}", code))
    if unset:
        raise UserError(f"the notebook sets no constant {', '.join(sorted(unset))}")
    return cells


def _title(part: str) -> str:
    first = part.strip().split("\n", 1)[0]
    return first.removeprefix("# ") if first.startswith("# ") else ""


def _set(code: str, constants: Mapping[str, str]) -> tuple[str, set[str]]:
    """Replace the values of top-level `NAME = "..."` lines, and nothing else."""
    lines, found = code.split("\n"), set()
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        raise UserError(f"the notebook is no Python: {error.msg} in `{error.text}`") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in constants:
            name = node.targets[0].id
            lines[node.lineno - 1 : node.end_lineno] = [
                f"{name} = {constants[name]!r}",
                *[""] * ((node.end_lineno or 0) - node.lineno),
            ]
            found.add(name)
    return "\n".join(lines), found

"""Definition: the file that a table was built by, kept beside the lake under its fingerprint, so that a plan can show what changed.

A file each and no note of the commit: a plan reads the notes of thirty commits of every table.
"""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

from boathouse import yaml_file
from boathouse.config import Project
from boathouse.pipeline import Table

CONTEXT = 2  # lines that stay the same around those that changed


def keep(project: Project, table: Table, fingerprint: str) -> None:
    """Keep the text of a table's file, before the first commit that names its fingerprint."""
    path = _path(project, fingerprint)
    if not path.exists():
        yaml_file.write_whole(path, table.text)


def copy(project: Project, target: Project, fingerprint: str) -> None:
    """Take a definition to where the table is copied to."""
    text = kept(project, fingerprint)
    if text is not None and not _path(target, fingerprint).exists():
        yaml_file.write_whole(_path(target, fingerprint), text)


def kept(project: Project, fingerprint: str) -> str | None:
    """Give the text of the file that had this fingerprint; None where it was not kept."""
    path = _path(project, fingerprint)
    return path.read_text(encoding="utf-8") if fingerprint and path.is_file() else None


def changed_lines(before: str, table: Table) -> tuple[str, ...]:
    """Give the unified diff from the file that a table was built by to the file of now."""
    names = f"{table.file} (as built)", table.file
    lines = unified_diff(before.splitlines(), table.text.splitlines(), *names, n=CONTEXT, lineterm="")
    return tuple(lines)


def _path(project: Project, fingerprint: str) -> Path:
    return project.ops / "definitions" / fingerprint

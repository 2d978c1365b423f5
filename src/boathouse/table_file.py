"""The files under tables/ as advice writes them, and how a file that a person has changed keeps what the person wrote.

The first line of a file that advice wrote ends in a digest of the lines below it. While the two agree, the file is
advice's own: it is written anew, and goes when its table goes. Where they disagree, or there is no such line, a person
has written, and only lines of steps are put in or taken out; see table_merge.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from boathouse.names import TableName
from boathouse.table_draft import TableDraft
from boathouse.table_merge import merged, step_line
from boathouse.yaml_file import write_whole
from boathouse.yaml_line import comment, yaml_line

MARK = "# Written by `boathouse advise`; change it as you like, and your changes stay. "


def write_tables(drafts: Mapping[TableName, TableDraft], root: Path) -> list[Path]:
    """Write the drafts under root/tables and give the files that changed; refuse before anything is written, or write all."""
    texts: dict[Path, str] = {}
    for draft in drafts.values():
        path = root / "tables" / draft.name.layer / f"{draft.name.table}.yml"
        old = path.read_text(encoding="utf-8") if path.exists() else None
        new = table_text(draft) if old is None or is_untouched(old) else merged(old, draft, str(path.relative_to(root)))
        if new != old:
            texts[path] = new
    for path, text in texts.items():
        write_whole(path, text)
    gone = [path for path in _untouched_files(root) if TableName(path.parent.name, path.stem) not in drafts]  # type: ignore[arg-type]
    for path in gone:
        path.unlink()
    return [*texts, *gone]


def table_text(draft: TableDraft) -> str:
    """Write a draft as YAML, a step on each line with the reason behind it."""
    lines: list[str] = []
    if draft.reads is not None:
        lines.append(f"reads: {draft.reads}")
    if draft.source is not None:
        lines.append(f"source: {yaml_line(dict(draft.source))}")
        lines.append("columns:")
        lines += [f"  {yaml_line(column.name)}: {yaml_line(column.type)}" for column in draft.schema]
    elif draft.steps:
        lines.append("steps:")
        lines += [step_line(item) for item in draft.steps]
    lines += [
        f"  {comment(f'left out, for it does not fit: {yaml_line(dict(left.step))}: {left.reason}')}"
        for left in draft.left_out
    ]
    if draft.key:
        lines += ["contract:", f"  key: {yaml_line(list(draft.key))}"]
    body = "\n".join(lines) + "\n"
    return f"{MARK}{_digest(body)}\n{body}"


def is_untouched(text: str) -> bool:
    """Tell whether a file is as advice wrote it."""
    first, _, body = text.partition("\n")
    return first == f"{MARK}{_digest(body)}"


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:12]


def _untouched_files(root: Path) -> list[Path]:
    files = sorted((root / "tables").glob("*/*.yml"))
    return [file for file in files if is_untouched(file.read_text(encoding="utf-8", errors="replace"))]

"""Package folder: the files that leave, as text, read once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from boathouse.errors import FileError, Place, UserError
from boathouse.fault import Fault
from boathouse.package.located import Located, located
from boathouse.yaml_file import YamlText, parse

# What tools leave behind, and the tables of a proof: nothing that anybody deploys.
PASSED_OVER = {
    ".git",
    ".venv",
    ".databricks",
    "__pycache__",
    "node_modules",
    "proof",
    "dbt_packages",
    "spark-warehouse",
}
TEXT = {".cfg", ".ipynb", ".json", ".md", ".py", ".sh", ".sql", ".toml", ".txt", ".yaml", ".yml"}


@dataclass(frozen=True)
class PackageFolder:
    """The names of all files beneath a folder, and the text of those that are text."""

    names: frozenset[str]
    texts: Mapping[str, str]
    root: Path = field(default=Path(), compare=False)

    def matching(self, pattern: str) -> list[str]:
        """List the files that a glob matches; `**` stands for any folders."""
        wanted = re.compile(_regex(pattern))
        return sorted(name for name in self.names if wanted.fullmatch(name))

    def has(self, path: str) -> bool:
        """Tell whether there is such a file, or a folder with files."""
        return path in self.names or any(name.startswith(f"{path}/") for name in self.names)

    def place(self, name: str, line: int = 1, column: int = 1) -> Place:
        lines = self.texts.get(name, "").splitlines()
        return Place(name, line, column, lines[line - 1] if line <= len(lines) else "")

    def document(self, name: str) -> Located | Fault:
        """Read a YAML or JSON file; one that is neither is a fault."""
        try:
            return located(
                _json(self.texts[name], name) if name.endswith(".json") else parse(self.texts[name], name, aliases=True)
            )
        except FileError as error:
            return Fault(error.place or self.place(name), "", error.message, error.hint)


def read(folder: Path) -> PackageFolder:
    """Read a folder; what is no text in UTF-8 has a name only."""
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}", hint="export first: boathouse export databricks")
    names, texts = set(), {}
    for file in _files(folder):
        name = file.relative_to(folder).as_posix()
        names.add(name)
        if file.suffix in TEXT:
            try:
                texts[name] = file.read_text(encoding="utf-8")
            except (UnicodeDecodeError, OSError):
                continue
    return PackageFolder(frozenset(names), texts, folder)


def beside(file: str, path: str) -> str | None:
    """Follow a relative path from the folder that a file lies in; None where it leads out of the package."""
    parts: list[str] = []
    for part in (*PurePosixPath(file).parent.parts, *PurePosixPath(path).parts):
        if part == ".." and not parts:
            return None
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _files(folder: Path) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.is_symlink() and each.name not in PASSED_OVER:
            yield from _files(each)
        elif each.is_file():
            yield each


def _json(text: str, name: str) -> YamlText:
    """Read JSON with its lines: its syntax is YAML's, so the YAML reader says where each value stands."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        shown = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        raise FileError(f"this is not JSON: {error.msg}", place=Place(name, error.lineno, error.colno, shown)) from None
    # JSON's escapes may be none of YAML's (a pair of surrogates, say); where values stand does not hang on them.
    plain = re.sub(r"\\u[0-9a-fA-F]{4}|\\.", lambda escape: "x" * len(escape[0]), text).replace("\t", " ")
    try:
        marks = parse(plain, name).marks
    except FileError as error:
        if "there twice" in error.message:
            raise
        marks = {}  # a control character, say, which YAML forbids: then all stands at the file's beginning
    return YamlText(name, data, marks, {}, tuple(text.splitlines()))


def _regex(pattern: str) -> str:
    said = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        said.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("./"))
    )

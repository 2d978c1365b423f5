"""Landing: a folder that immutable raw files arrive in, and which of them are there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from boathouse.config import Project
from boathouse.errors import SourceError
from boathouse.source import Source

WILD = re.compile(r"[*?\[]")
DAY = re.compile(r"(?:^|/)dt=(\d{4}-\d{2}-\d{2})/")


@dataclass(frozen=True)
class LandedFile:
    """A file of the folder: its path from there, and what tells whether it was changed."""

    name: str
    size: int
    modified: int  # nanoseconds

    @property
    def day(self) -> date | None:
        """The day of its dt=YYYY-MM-DD folder."""
        found = DAY.search(self.name)
        try:
            return date.fromisoformat(found[1]) if found else None
        except ValueError:
            return None


@dataclass(frozen=True)
class Landed:
    """What a folder holds: files of the format, and the names of files that are passed over, with why."""

    files: tuple[LandedFile, ...]
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Landing:
    """A folder, and the glob (from there) of those files that are meant; without one, all of the format."""

    root: Path
    written: str  # the folder as the project writes it
    glob: str
    source: Source
    by_day: bool = False  # files lie in dt=YYYY-MM-DD folders

    def file(self, name: str) -> Path:
        return self.root / name

    def look(self) -> Landed:
        """List the files; those whose names begin with a dot or an underscore are hidden, as they are for Spark."""
        files, passed_over = [], []
        for file in _walk(str(self.root), ""):
            if not self._is_meant(file.name):
                if not self.glob:
                    passed_over.append(
                        f"{file.name} is passed over: its name is not that of a {self.source.format} file"
                    )
            elif file.size == 0:
                passed_over.append(f"{file.name} is passed over: it is empty")
            else:
                files.append(file)
        return Landed(tuple(sorted(files, key=lambda file: file.name)), tuple(sorted(passed_over)))

    def _is_meant(self, name: str) -> bool:
        if self.glob:
            return bool(self._pattern.fullmatch(name))
        return type(self.source).suits(Path(name.rpartition("/")[2]))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("".join(_part(part) for part in self.glob.split("/")).removesuffix("/"))


def find_landing(project: Project, source: Source) -> Landing | None:
    """Tell whether a source is a folder, or a glob, of files that arrive; one file, or one table in parts, is none."""
    written = source.path.replace("\\", "/")
    if not source.lands:
        return None
    if WILD.search(written) and not project.source(source.path).is_file():
        return _of_glob(project, source, written)
    path = project.source(source.path)
    # What Spark writes is a folder too, named orders.csv or full of part-*.parquet: one table, written anew each time.
    if not path.is_dir() or type(source).suits(path):
        return None
    return Landing(path, written.rstrip("/"), "", source)


def _of_glob(project: Project, source: Source, written: str) -> Landing:
    parts = written.split("/")
    first = next(at for at, part in enumerate(parts) if WILD.search(part))
    rest = parts[first:]
    if "**" in rest[:-2] or any("**" in part and part != "**" for part in rest) or rest[-1] == "**":
        raise SourceError(f"`{written}`: ** may stand only before a file's name", hint="such as landing/**/*.csv")
    folder = "/".join(parts[:first]) or "."
    root = project.source(folder)
    if not root.is_dir():
        raise SourceError(f"{root}: there is no such folder", hint="paths count from the project's folder")
    return Landing(root, folder, "/".join(rest), source)


def _walk(root: str, folder: str) -> Iterator[LandedFile]:
    """Walk by scandir: of 10,000 files it takes a third of the time of Path.rglob and stat."""
    with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118 - text, a third of the time
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir():
                yield from _walk(root, f"{folder}{entry.name}/")
            else:
                try:
                    said = entry.stat()
                except FileNotFoundError:  # gone since it was listed, or a link to nowhere
                    continue
                yield LandedFile(folder + entry.name, said.st_size, said.st_mtime_ns)


def _part(part: str) -> str:
    """Write a part of a glob as a regular expression; the wildcards mean what they mean to Spark."""
    if part == "**":
        return "(?:[^/]+/)*"
    pieces = re.findall(r"\[[^\]]+\]|.", part)
    known = {"*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(piece) or _characters(piece) for piece in pieces) + "/"


def _characters(piece: str) -> str:
    if len(piece) == 1:
        return re.escape(piece)
    inside = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
    return f"[{'^' + inside[1:] if inside.startswith(('!', '^')) else inside}]"

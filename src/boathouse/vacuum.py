"""Vacuum: remove data files that no release, no newest table and no recent version needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from boathouse.config import Project
from boathouse.engines import delta
from boathouse.journal import arrow_rows, writing
from boathouse.names import OPS as OPS_LAYER
from boathouse.names import TableName
from boathouse.ops import OPS
from boathouse.query import built
from boathouse.release import Release, current_release, releases

WEEK = 7 * 24  # hours; what a reader that began before may still read


@dataclass(frozen=True)
class Vacuumed:
    """What was removed, or would be: files of each table, and the releases that are given up for it."""

    files: dict[TableName, int]
    bytes: int
    given_up: tuple[int, ...]


def vacuum(project: Project, *, hours: int = WEEK, keep: int | None = None, dry_run: bool = False) -> Vacuumed:
    """Remove files that are older and needed by no release; `keep` gives up all releases but the last, and the current."""
    with writing(project):
        known = releases(project)
        kept = known if keep is None else _kept(project, known, keep)
        given_up = tuple(release.number for release in known if release not in kept)
        if given_up and not dry_run:
            _forget(project, kept)
        files: dict[TableName, int] = {}
        size = 0
        for name in built(project):
            path = project.lake(name)
            pinned = [] if name.layer == OPS_LAYER else [r.versions[name] for r in kept if name in r.versions]
            named = delta.vacuum(path, hours, sorted(set(pinned)), dry_run=True)
            gone = [path / file for file in named if (path / file).is_file()]  # it names those of before, too
            size += sum(file.stat().st_size for file in gone)
            files[name] = len(gone)
            if gone and not dry_run:
                delta.vacuum(path, hours, sorted(set(pinned)), dry_run=False)
    return Vacuumed({name: count for name, count in files.items() if count}, size, given_up)


def _kept(project: Project, known: Iterable[Release], keep: int) -> tuple[Release, ...]:
    now, all_of_them = current_release(project), tuple(known)
    last = all_of_them[-keep:] if keep else ()
    return tuple(release for release in all_of_them if release in last or (now and release.number == now.number))


def _forget(project: Project, kept: Iterable[Release]) -> None:
    """Keep the list to what can be read."""
    rows = [{**row, "released_at": release.released_at.isoformat()} for release in kept for row in release.rows]
    delta.overwrite(project.ops / "releases", arrow_rows(OPS["releases"], rows))

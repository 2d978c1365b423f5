"""Release: a manifest of Delta versions that belong together; whoever reads the current one sees all of it, or the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import UserError
from boathouse.names import TableName

CURRENT, NEWEST = "current", "newest"


@dataclass(frozen=True)
class Release:
    """The version of each table, quarantines included, as one run left them."""

    number: int
    released_at: datetime
    run_id: str
    note: str
    versions: Mapping[TableName, int]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of the ops tables, a table each."""
        said = {"release": self.number, "released_at": self.released_at, "run_id": self.run_id, "note": self.note}
        return [
            {**said, "table_name": str(name), "delta_version": version}
            for name, version in sorted(self.versions.items())
        ]


def releases(project: Project) -> tuple[Release, ...]:
    """List all releases, the oldest first."""
    return _read(project, "releases")


def current_release(project: Project) -> Release | None:
    """Give the release that is current; its rows are written in one commit, so it is whole."""
    found = _read(project, "latest_release")
    return found[0] if found else None


def find_release(project: Project, at: str) -> Release | None:
    """Find what is to be read: `current`, a release's number, or the last until a time; None reads the newest tables."""
    if at == NEWEST:
        return None
    if at == CURRENT:
        return current_release(project)
    known = releases(project)
    if at.isdigit():
        found = [release for release in known if release.number == int(at)]
    else:
        found = [release for release in known if release.released_at <= _time(at)][-1:]
    if not found:
        there = ", ".join(str(release.number) for release in known[-10:])
        hint = f"there is {there}" if there else "there is none yet: type `boathouse release`"
        raise UserError(f"there is no release {at if at.isdigit() else f'until {at}'}", hint=hint)
    return found[0]


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        hint = f"write a release's number, {CURRENT}, {NEWEST}, or a time such as 2026-11-20T18:00"
        raise UserError(f"`{text}` is no release", hint=hint) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _read(project: Project, name: str) -> tuple[Release, ...]:
    path = project.ops / name
    if not delta.exists(path):
        return ()
    rows = sorted(delta.rows(path), key=lambda row: (row["release"], row["table_name"]))
    made = []
    for number, each in groupby(rows, key=lambda row: int(row["release"])):
        own = list(each)
        versions = {TableName.parse(row["table_name"]): int(row["delta_version"]) for row in own}
        made.append(Release(number, own[0]["released_at"], own[0]["run_id"], own[0]["note"], versions))
    return tuple(made)

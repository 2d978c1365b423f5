"""Origin: what a table was built from, written into the note of the commit that built it; a plan compares it with now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from boathouse import yaml_file
from boathouse.engines import delta

RUN, FINGERPRINT, INPUTS = "boathouse.run", "boathouse.fingerprint", "boathouse.inputs"
READS = "boathouse.reads"
GONE = "not there"


@dataclass(frozen=True)
class Origin:
    """The definition that a table was built by, and the state of everything that was read for it."""

    fingerprint: str
    inputs: Mapping[str, str] = field(default_factory=dict)  # silver.customers -> 12, raw/orders.csv -> size and time
    run: str = ""
    reads: str = ""  # the id of the table that its steps start from; one that was deleted and built anew has another

    @property
    def note(self) -> dict[str, str]:
        said = {RUN: self.run, FINGERPRINT: self.fingerprint, INPUTS: json.dumps(self.inputs)}
        return {**said, READS: self.reads} if self.reads else said

    def is_of_build(self, other: Origin) -> bool:
        """Tell whether both were built by one definition from the same things, by whichever run."""
        return (self.fingerprint, self.inputs) == (other.fingerprint, other.inputs)


def origin_of(path: Path, version: int | None = None) -> Origin | None:
    """Read what a Delta table was built from; None where there is no table."""
    if not delta.exists(path):
        return None
    note = delta.last_notes(path, (FINGERPRINT, INPUTS, RUN, READS), version)
    inputs = json.loads(note.get(INPUTS) or "{}")
    return Origin(note.get(FINGERPRINT, ""), inputs, note.get(RUN, ""), note.get(READS, ""))


def table_state(path: Path) -> str:
    return str(delta.version(path)) if delta.exists(path) else GONE


def raw_state(path: Path) -> str:
    """Say what tells a raw file from itself after a change: size and time, as make does; of a folder, those of all in it."""
    if delta.exists(path):
        return f"version {delta.version(path)}"
    if not path.exists():
        return GONE
    if path.is_file():
        said, wal = path.stat(), path.with_name(f"{path.name}-wal")
        state = f"{said.st_size} bytes, {said.st_mtime_ns}"
        # What was written last into a SQLite database may stand beside it only.
        if wal.is_file() and wal.stat().st_size:
            state += f"; {wal.stat().st_size} bytes, {wal.stat().st_mtime_ns}"
        return state
    files = sorted(file for file in path.rglob("*") if file.is_file())
    told = [[str(file.relative_to(path)), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    return f"{len(files)} files, {sha256(json.dumps(told).encode()).hexdigest()[:16]}"


def numbers_state(numbers: Mapping[str, dict[str, Any]]) -> str:
    """Say which numbers the steps of a table are frozen with."""
    return sha256(yaml_file.dump(dict(sorted(numbers.items()))).encode()).hexdigest()[:16]

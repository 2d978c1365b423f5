"""Snapshot: the rows that a model is trained on, kept as they were known at a cutoff, and known again by their hash."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import CheckFailed, UnknownName, UserError
from boathouse.file_lock import held
from boathouse.frame import arrow_table
from boathouse.ml.features.feature_view import TIMESTAMP, instant
from boathouse.names import IDENTIFIER
from boathouse.quoting import sql_literal, sql_name
from boathouse.yaml_file import write_whole

LABEL_AVAILABLE = "label_available_flag"
PLACE = "boathouse_snapshot"


@dataclass(frozen=True)
class Snapshot:
    """What a snapshot has: rows until its cutoff, in a Parquet file whose SHA-256 says that it is still the same."""

    name: str
    version: int
    cutoff_date: str
    target_column: str
    rows: int
    columns: tuple[str, ...]
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.name}_v{self.version}.parquet"


@dataclass(frozen=True)
class Snapshots:
    """The snapshots of a folder: training_v1.parquet, with training_v1.json beside it, and so on."""

    folder: Path

    def create(self, df: Any, cutoff_date: Any, target_column: str, name: str = "training") -> Snapshot:
        """Keep the rows until the cutoff whose label is there, as the next version; none is ever written over."""
        cutoff, rows = _cutoff(cutoff_date), arrow_table(df)
        for column in (TIMESTAMP, target_column):
            if column not in rows.column_names:
                raise UnknownName("column", column, rows.column_names, where="the rows of the snapshot")
        if not IDENTIFIER.fullmatch(name):
            raise UserError(f"`{name}` is no snapshot's name", hint="write letters, digits and _, such as training")
        kept = _until(rows, cutoff, target_column)
        with held(self.folder / "write.lock", f"another process is writing snapshots in {self.folder}"):
            version = max((each.version for each in self.all() if each.name == name), default=0) + 1
            file = self.folder / f"{name}_v{version}.parquet"
            pq.write_table(kept, file)
            made = Snapshot(
                name, version, cutoff.isoformat(), target_column, kept.num_rows, (*kept.column_names,), _hash(file)
            )
            write_whole(file.with_suffix(".json"), json.dumps(asdict(made), indent=2) + "\n")
        return made

    def all(self) -> list[Snapshot]:
        """List the snapshots by name and version."""
        told = [json.loads(file.read_text(encoding="utf-8")) for file in self.folder.glob("*_v*.json")]
        found = [Snapshot(**{**each, "columns": tuple(each["columns"])}) for each in told]
        return sorted(found, key=lambda each: (each.name, each.version))

    def load(self, name: str = "training", version: int | None = None) -> pa.Table:
        """Give the rows of a snapshot, the newest unless a version is named; a file that has changed is refused."""
        snapshot = self._find(name, version)
        file = self.folder / snapshot.file
        if not file.is_file() or _hash(file) != snapshot.sha256:
            raise CheckFailed(f"{file} is not what it was when it was made", hint="make a new snapshot")
        return pq.read_table(file)

    def compare(self, before: tuple[str, int], after: tuple[str, int]) -> dict[str, Any]:
        """Say how two snapshots differ: in rows, in columns, and by how far the cutoff moved."""
        old, new = self._find(*before), self._find(*after)
        moved = datetime.fromisoformat(new.cutoff_date) - datetime.fromisoformat(old.cutoff_date)
        return {
            "rows": new.rows - old.rows,
            "columns_added": [name for name in new.columns if name not in old.columns],
            "columns_removed": [name for name in old.columns if name not in new.columns],
            "cutoff_days": moved.total_seconds() / 86400,
            "is_same": old.sha256 == new.sha256,
        }

    def _find(self, name: str, version: int | None) -> Snapshot:
        known = {f"{each.name}_v{each.version}": each for each in self.all()}
        versions = [each.version for each in known.values() if each.name == name]
        wanted = f"{name}_v{max(versions, default=1) if version is None else version}"
        if wanted not in known:
            raise UnknownName("snapshot", wanted, known, where=str(self.folder))
        return known[wanted]


def _cutoff(value: Any) -> datetime:
    cutoff = instant(value)
    if cutoff is None:
        raise UserError("a snapshot wants a cutoff_date", hint="write it as 2026-11-20")
    return cutoff


def _until(rows: pa.Table, cutoff: datetime, target: str) -> pa.Table:
    """Keep the rows until the cutoff that have a label, by the flag that says so or by the label itself."""
    engine = DuckDB()
    engine.register(PLACE, "given", rows)
    flag = sql_name(LABEL_AVAILABLE, "duckdb") if LABEL_AVAILABLE in rows.column_names else "TRUE"
    time, label = sql_name(TIMESTAMP, "duckdb"), sql_name(target, "duckdb")
    until = f"CAST({time} AS TIMESTAMPTZ) <= {sql_literal(cutoff, 'duckdb')}"
    with translated_errors():
        kept = f"SELECT * FROM {PLACE}.given WHERE {until} AND {flag} AND {label} IS NOT NULL ORDER BY rowid"
        return pa.table(engine.stream(kept))


def _hash(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()

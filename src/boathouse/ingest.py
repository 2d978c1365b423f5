"""Ingest: take the files of a landing folder into an append-only Delta table, each once, whatever is killed when.

A batch is planned in the ledger, appended to the very snapshot on which its number was found to be new, and settled
in the ledger. The Delta log is the truth: the commit carries the batch's number as its transaction, and a ledger that
does not end with that number is rebuilt from `_source_file`. delta-rs refuses a number that another writer has
committed since the snapshot was loaded; on a newer snapshot it would take it again, hence one snapshot for both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from boathouse import arrivals
from boathouse import ledger as ledger_file
from boathouse.arrivals import APP, BATCH, DAY, READ_AS, RESCUED, RawFile
from boathouse.config import Project
from boathouse.duckdb_types import duckdb_type
from boathouse.engines import delta
from boathouse.engines.duckdb import DuckDB, translated_errors
from boathouse.errors import EngineError, SourceError
from boathouse.landing import LandedFile, Landing
from boathouse.ledger import Ledger
from boathouse.pipeline import Table
from boathouse.query import open_table
from boathouse.quoting import sql_name, sql_text
from boathouse.schema import Schema


@dataclass(frozen=True)
class Ingested:
    """What a run took in: how many files, and what it passed over or found changed."""

    files: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ingestion:
    """One table, its landing folder, and the session that reads the files."""

    project: Project
    table: Table
    landing: Landing
    engine: DuckDB
    run_id: str

    def run(self, note: dict[str, str]) -> Ingested:
        """Take in every file that the table has not; without one, nothing is written."""
        name = str(self.table.name)
        with ledger_file.opened(self.project.ops, name) as ledger:
            landed = self.landing.look()
            known, batch = self._known(ledger, landed.files)
            new = [file for file in landed.files if file.name not in known]
            for at in range(0, len(new), BATCH):
                batch += 1
                self._take(new[at : at + BATCH], batch, ledger, note)
        return Ingested(len(new), arrivals.warnings(landed, known))

    def _known(self, ledger: Ledger, landed: Sequence[LandedFile]) -> tuple[Mapping[str, LandedFile], int]:
        """Give the files that the table has, by the ledger if it is in step with the Delta log, and the last batch."""
        path = self.project.lake(self.table.name)
        if not delta.exists(path):
            ledger.rebuild("", 0, ())
            return {}, 0
        table = delta.opened(path)
        identity, batch = delta.identity(table), delta.last_transaction(table, APP)
        if not ledger.is_in_step(identity, batch):
            remembered = {file.name: file for file in landed} | ledger.files()
            open_table(self.engine, self.project, self.table.name)
            rows = self.engine.rows(
                f"SELECT _source_file AS file, any_value(_run_id) AS run FROM {self.table.name} GROUP BY ALL"
            )
            there = {row["file"]: row["run"] for row in rows}
            # A file all of whose rows were deleted is told of, and is not to come back.
            told = ledger.settled(identity) or self._told(identity)
            found = {name: remembered.get(name, LandedFile(name, 0, 0)) for name in there.keys() | told}
            ledger.tell(identity, [(run, batch, found[name]) for name, run in there.items() if name not in told])
            ledger.rebuild(identity, batch, found.values())
        return ledger.files(), batch

    def _told(self, identity: str) -> set[str]:
        """Name the files that ops.ingested_files tells of, of this very table; asked where the ledger is lost."""
        path = self.project.ops / "ingested_files"
        if not delta.exists(path):
            return set()
        return {row["file"] for row in delta.rows(path) if row["delta_id"] == identity}

    def _take(self, files: Sequence[LandedFile], batch: int, ledger: Ledger, note: dict[str, str]) -> None:
        """Commit one batch, unless its number is taken: then what the table has is not what was looked at."""
        raw = [arrivals.raw_file(self.landing, file, self.engine) for file in files]
        started = arrivals.started_schema(self.project, self.table)
        schema = arrivals.evolved(started, raw, self.landing.source.new_columns)
        if self.landing.source.new_columns == "freeze":
            for file in raw:
                self._refuse_unknown(file, schema)
        # The landing folder as it was planned knows the files of earlier runs.
        source = arrivals.knowing(self.landing.source, raw)
        read_as = {**source.model_dump(mode="json", exclude_defaults=True), "format": source.format}
        note = {**note, READ_AS: json.dumps(read_as)}
        path = self.project.lake(self.table.name)
        if not delta.exists(path):
            delta.create(path, self.engine.stream(_nothing(schema)), note)
        table = delta.opened(path)
        if delta.last_transaction(table, APP) != batch - 1:
            raise EngineError(f"{path} was changed by another run at the same time", hint="run again")
        ledger.plan(delta.identity(table), batch, files, self.run_id)
        now = datetime.now(UTC)
        query = " UNION ALL ".join(self._select(file, schema, now) for file in raw)
        with translated_errors():  # the stream computes while it is written
            delta.append(table, self.engine.stream(query), (APP, batch), note)
        ledger.settle(batch, self.run_id)

    def _refuse_unknown(self, file: RawFile, schema: Schema) -> None:
        new = arrivals.unknown(file, schema)
        if new:
            raise SourceError(
                f"{file.source.path} has columns that {self.table.name} has not: {', '.join(new)}",
                hint="mend the file, or write `new_columns: add` (or rescue) in the table's source",
            )

    def _select(self, file: RawFile, schema: Schema, now: datetime) -> str:
        """Select a file's rows as the table's columns, matched by name; what the file has not is NULL."""
        types = {column.name.lower(): column.type for column in schema}
        own = {name: types.get(table_name.lower()) for name, table_name in file.names.items()}
        read = Schema(tuple(
            replace(column, type=own[column.name] or column.type)
            for column in file.schema if own[column.name] or column.type != "void"
        ))  # fmt: skip
        values = {file.names[name].lower(): sql_name(name, "duckdb") for name in read.names}
        values |= _told(file, now, self.run_id)
        if self.landing.source.new_columns == "rescue":
            values[RESCUED] = _rescued(
                {file.source.names.get(name, name): name for name in read.names if not own[name]}
            )
        columns = ", ".join(
            f"CAST({values.get(column.name.lower(), 'NULL')} AS {duckdb_type(column.type)}) AS {sql_name(column.name, 'duckdb')}"
            for column in schema
        )
        return f"SELECT {columns} FROM ({file.source.sql(self.landing.file(file.landed.name), read, self.engine)})"


def _told(file: RawFile, now: datetime, run_id: str) -> dict[str, str]:
    """Write what ingestion says of each row."""
    told = {
        "_ingested_at": f"TIMESTAMPTZ {sql_text(now.isoformat(), 'duckdb')}",
        "_run_id": sql_text(run_id, "duckdb"),
        "_source_file": sql_text(file.landed.name, "duckdb"),
    }
    return {**told, DAY: f"DATE {sql_text(str(file.landed.day), 'duckdb')}"} if file.landed.day else told


def _rescued(columns: Mapping[str, str]) -> str:
    """Write the values of unknown columns as one JSON object of texts, without those that are NULL."""
    pairs = ", ".join(
        f"{sql_text(name, 'duckdb')}, CAST({sql_name(own, 'duckdb')} AS VARCHAR)"
        for name, own in sorted(columns.items())
    )
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR), '{{}}')" if columns else "NULL"


def _nothing(schema: Schema) -> str:
    columns = ", ".join(
        f"CAST(NULL AS {duckdb_type(column.type)}) AS {sql_name(column.name, 'duckdb')}" for column in schema
    )
    return f"SELECT {columns} WHERE FALSE"

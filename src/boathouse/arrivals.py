"""Arrivals: the files of a landing folder that a table has not taken yet, and the columns that it has with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from boathouse import ledger
from boathouse.config import Project
from boathouse.engines import delta
from boathouse.errors import SourceError, UserError
from boathouse.landing import Landed, LandedFile, Landing
from boathouse.pipeline import Table
from boathouse.schema import Column, Schema
from boathouse.source import Reader, Source

APP = "boathouse.ingest"  # of the Delta transaction; the batches of a table are its versions
BATCH = 500  # files of one commit; their headers and their SELECTs are held in memory
DAY = "dt"
READ_AS = "boathouse.read_as"  # the commit's note of the source that reads all files until then
RESCUED = "_rescued_data"
TOLD = Schema.of(_ingested_at="timestamp", _run_id="string", _source_file="string")


@dataclass(frozen=True)
class RawFile:
    """A landed file that was looked at: how it is read, and its columns as the table will name them."""

    landed: LandedFile
    source: Source
    schema: Schema  # as `source` names the columns
    names: Mapping[str, str]  # a column of `schema` -> as the table's file names it

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(Column(self.names[column.name], column.type) for column in self.schema)

    @property
    def renamed(self) -> dict[str, str]:
        """Say of the columns that the lake names otherwise how the file has them."""
        in_file = {name: self.source.names.get(own, own) for own, name in self.names.items()}
        return {name: written for name, written in in_file.items() if written != name}


@dataclass(frozen=True)
class Arrivals:
    """A table's landing folder, how many of its files wait, and the table's columns once they are in."""

    landing: Landing  # its source knows how every column is named in the files
    schema: Schema
    waiting: int
    warnings: tuple[str, ...] = ()


def look(project: Project, table: Table, landing: Landing, reader: Reader) -> Arrivals:
    """Say the columns of an ingested table: what it has, and what waiting files will add; no rows are read."""
    is_there = delta.exists(project.lake(table.name))
    known = _known(project, table) if is_there else {}
    there = landing.look()
    landed = there.files
    raw = [raw_file(landing, file, reader) for file in landed if file.name not in known]
    started = started_schema(project, table)
    if started is None and not raw:
        raise SourceError(
            f"{landing.root} holds no {landing.source.format} file yet", hint="the first one says the columns"
        )
    source, policy = landing.source, landing.source.new_columns
    if is_there:
        source = _as_noted(source, delta.last_notes(project.lake(table.name), (READ_AS,)).get(READ_AS, ""))
    source = knowing(source, raw)
    schema = evolved(evolved(started, raw[:BATCH], policy), raw[BATCH:], policy)
    by_day = DAY in schema and any(file.day for file in landed)
    return Arrivals(replace(landing, source=source, by_day=by_day), schema, len(raw), warnings(there, known))


def _known(project: Project, table: Table) -> Mapping[str, LandedFile]:
    """Give the files that the table has, if the ledger is in step with it; else none, and the run finds out which."""
    opened = delta.opened(project.lake(table.name))
    end = delta.identity(opened), delta.last_transaction(opened, APP)
    return ledger.known_files(project.ops, str(table.name), end)


def warnings(landed: Landed, known: Mapping[str, LandedFile]) -> tuple[str, ...]:
    """Say which files are passed over, and which were changed after they were ingested."""
    changed = [file.name for file in landed.files if known.get(file.name, file) != file]
    said = "was changed after it was ingested, and is not read again; give the new rows as a new file"
    return (*landed.passed_over, *(f"{name} {said}" for name in changed))


def knowing(source: Source, files: Sequence[RawFile]) -> Source:
    """Add what the files were seen to have, so that a notebook can read them all."""
    for file in files:
        source = source.knowing(file.source, file.renamed)
    return source


def _as_noted(source: Source, note: str) -> Source:
    """Add what earlier files were seen to have, as the commit that took in the last of them tells."""
    said = json.loads(note or "{}")
    if said.get("format") != source.format:
        return source
    before = type(source).model_validate(said)
    return source.knowing(before, before.names)


def started_schema(project: Project, table: Table) -> Schema | None:
    """Give the columns before new files come: those of the Delta table, or that the table's file declares."""
    path = project.lake(table.name)
    if not delta.exists(path):
        return table.columns
    schema = delta.schema(path)
    if TOLD.names[-1] not in schema:
        raise UserError(
            f"{path} was not ingested", hint="delete the folder, and the next run ingests its files from the first on"
        )
    return schema


def raw_file(landing: Landing, file: LandedFile, reader: Reader) -> RawFile:
    """Look at a file's columns, and name them as the table's file does."""
    path = landing.file(file.name)
    source, schema = landing.source.of_file(path, reader)
    wanted = {in_file: name for name, in_file in landing.source.names.items()}
    names = {column.name: wanted.get(source.names.get(column.name, column.name), column.name) for column in schema}
    reserved = {*TOLD.names, RESCUED, *([DAY] if file.day else [])}
    taken = sorted(name for name in names.values() if name.lower() in reserved)
    if taken:
        hint = f"name it otherwise: `names: {{raw_{taken[0].strip('_')}: {taken[0]}}}` in the source"
        raise SourceError(f"{path} has a column `{taken[0]}`, which ingestion writes itself", hint=hint)
    return RawFile(file, source, schema, names)


def evolved(started: Schema | None, files: Sequence[RawFile], policy: str) -> Schema:
    """Give the table's columns once these files are in; one whose type does not fit is an error with its file."""
    columns = {column.name.lower(): column for column in started or ()}
    grows = started is None or policy == "add"
    for file in files:
        for column in file.columns:
            have = columns.get(column.name.lower())
            if have is not None and not file.source.fits(column.type, have.type):
                have = _widened(file, column, have, is_new=started is None)
            if have is not None or (grows and column.type != "void"):
                columns[column.name.lower()] = have or column
    told = list(TOLD)
    if grows and any(file.landed.day for file in files):
        told.insert(0, Column(DAY, "date"))
    if policy == "rescue":
        told.append(Column(RESCUED, "string"))
    return Schema((*columns.values(), *(column for column in told if column.name not in columns)))


def _widened(file: RawFile, column: Column, have: Column, *, is_new: bool) -> Column:
    if is_new and file.source.fits(have.type, column.type):
        return column
    raise SourceError(
        f"{file.source.path}: `{column.name}` holds {column.type}, and the table has {have.type}",
        hint="mend the file, or declare the wider type under `columns:` before the first run",
    )


def unknown(file: RawFile, schema: Schema) -> list[str]:
    """Name the file's columns that the table has not."""
    known = {name.lower() for name in schema.names}
    return [column.name for column in file.columns if column.name.lower() not in known and column.type != "void"]

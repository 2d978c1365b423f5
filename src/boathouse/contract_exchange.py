"""Contract exchange: contracts leave a project as documents of the standard, and come into it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from boathouse import (
    contract_file,
    odcs_export,
    odcs_import,
    table_load,
    yaml_file,
)
from boathouse.config import Project
from boathouse.errors import UserError
from boathouse.landing import find_landing
from boathouse.names import TableName
from boathouse.odcs_export import Document
from boathouse.odcs_import import Imported
from boathouse.odcs_quality import Unheld
from boathouse.pipeline import Contract, Table
from boathouse.plan import Plan, plan
from boathouse.schema import Schema
from boathouse.world import look


@dataclass(frozen=True)
class Exported:
    """The file that was written, and what it holds."""

    file: Path
    document: Document


@dataclass(frozen=True)
class Changed:
    """A table's file that an import was for."""

    file: Path
    changed: bool
    imported: Imported


def export_contracts(planned: Plan, project: Project, table: str, out: Path | None) -> Exported:
    """Write the contract of a table, or of all, as a file of the Open Data Contract Standard."""
    names = [action.name for action in planned.actions]
    chosen = names if table == "all" else [planned.pipeline.table(TableName.parse(table)).name]
    document = odcs_export.export(planned, chosen, project.target)
    file = out or project.dist("odcs") / document.file
    yaml_file.write_whole(file, document.text)
    return Exported(file, document)


# ---- import ---------------------------------------------------------------------------------------------------------


def import_contracts(project: Project, file: Path, table: str) -> tuple[Changed, ...]:
    """Put the contracts of a file into the files of their tables: all of them, or where one cannot be, none."""
    pipeline = table_load.load(project)
    schemas: dict[TableName, Schema | None] = dict.fromkeys(pipeline.tables)
    with suppress(UserError):  # a contract that does not fit may be why it is imported anew
        schemas |= _columns_made(plan(pipeline, look(project)))
    chosen = pipeline.table(TableName.parse(table)).name if table else None
    found = [
        _with_what_goes(each, pipeline.tables[each.table].contract, schemas[each.table])
        for each in odcs_import.read(yaml_file.read(file), schemas, chosen)
    ]
    found = [_if_it_can_be(each, project, pipeline.tables[each.table]) for each in found]
    texts = {each.table: _text(project, pipeline.tables[each.table], each) for each in found}
    changed = []
    for each in found:
        path, (old, new) = project.root / pipeline.tables[each.table].file, texts[each.table]
        if new != old:
            yaml_file.write_whole(path, new)
        changed.append(Changed(path, new != old, each))
    return tuple(changed)


def _columns_made(planned: Plan) -> dict[TableName, Schema]:
    """Give what each table's steps make, which its contract's columns are chosen from."""
    return {a.name: (a.stages[-1].step.after(a.stages[-1].table) if a.stages else a.start) for a in planned.actions}


def _with_what_goes(imported: Imported, before: Contract, made: Schema | None) -> Imported:
    """List the rules that leave the contract, and the columns that only one side has: those promised are what the table will have."""
    asked = {rule.check for rule in imported.contract.rules}
    left = [
        Unheld(f"the rule {rule.name} ({rule.written})", "the file does not have it, so it leaves the contract")
        for rule in before.rules
        if rule.check not in asked
    ]
    promised = imported.contract.columns
    if made is not None and promised is not None:
        gone = [name for name in made.names if name not in promised]
        unmade = [name for name in promised.names if name not in made]
        left += [Unheld(f"the column {name}", "the file does not have it, so it leaves the table") for name in gone]
        left += [Unheld(f"the column {name}", "nothing makes it, so the table cannot be built") for name in unmade]
    return replace(imported, unheld=(*imported.unheld, *left))


def _if_it_can_be(imported: Imported, project: Project, table: Table) -> Imported:
    """Take the contract from a table that is ingested: such a table keeps what arrived."""
    if table.source is None or find_landing(project, table.source) is None:
        return imported
    why = "it is ingested from a folder and keeps what arrived; a silver table that reads it can have it"
    return Imported(table.name, Contract(), unheld=(Unheld(f"the contract of {table.name}", why),))


def _text(project: Project, table: Table, imported: Imported) -> tuple[str, str]:
    old = (project.root / table.file).read_text(encoding="utf-8")
    return old, contract_file.put(old, imported.contract, imported.told, table.file)

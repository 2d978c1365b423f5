"""Run record: what a run built, found and refused, as types and as the rows that the ops tables keep of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from boathouse.action import Action
from boathouse.column_change import ColumnChange
from boathouse.config import Project
from boathouse.contract_check import RuleResult
from boathouse.engines import delta
from boathouse.errors import BoathouseError, CheckFailed
from boathouse.names import TableName

Rows = dict[str, list[dict[str, Any]]]  # of each ops table


@dataclass(frozen=True)
class TableRun:
    """One table that was built."""

    table: TableName
    rows: int
    version: int
    seconds: float
    path: str
    quarantined: int = 0
    rules: tuple[RuleResult, ...] = ()
    files: int | None = None  # taken in by this run, where the table is ingested
    file_warnings: tuple[str, ...] = ()
    changes: tuple[ColumnChange, ...] = ()
    apart_version: int | None = None  # of the quarantine that was written with it
    learnt: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # by the steps that learn, by their keys
    only_new: bool = False  # whether new rows alone were read of what it is built from

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say which files were passed over or changed, which columns they brought, and which `warn` rules do not hold."""
        brought = (f"a new column has come: {change.column} {change.after}" for change in self.changes)
        broken = (result.says for result in self.rules if result.action == "warn" and not result.holds)
        # What a table of steps or SQL has changed in, its author has changed; plan tells of it.
        return (*self.file_warnings, *(brought if self.files else ()), *broken)


@dataclass(frozen=True)
class Run:
    """One run: what was built, in order, and what was up to date."""

    id: str
    started: datetime
    tables: tuple[TableRun, ...]
    seconds: float
    same: tuple[TableName, ...] = ()
    warnings: tuple[str, ...] = ()  # of tables that are up to date


@dataclass
class RunRecord:
    """What is known of a run while it goes on."""

    project: Project
    id: str
    engine: str
    started: datetime
    left: tuple[Action, ...]
    done: list[tuple[Action, TableRun]] = field(default_factory=list)
    building: Action | None = None

    @property
    def row(self) -> dict[str, Any]:
        """Say of the run what is known at its start."""
        return {
            "run_id": self.id, "environment": self.project.elsewhere or "local", "engine": self.engine,
            "started_at": self.started, "tables_same": sum(action.state == "same" for action in self.left),
        }  # fmt: skip

    def rows(self, failed: Action | None = None, error: BaseException | None = None) -> Rows:
        """Say how the run ended, and how each of its tables did."""
        now = datetime.now(UTC)
        message = error.message if isinstance(error, BoathouseError) else repr(error) if error else ""
        status = "passed" if error is None else "refused" if isinstance(error, CheckFailed) else "failed"
        ended = {"status": status, "ended_at": now, "seconds": (now - self.started).total_seconds(), "message": message}
        tables = [row for action, run in self.done for row in self._built(action, run)]
        tables += [row for action in self.left for row in self._left(action)]
        if failed is not None:
            tables.append(self._row(failed, failed.name, status=status, message=message))
        results = [(run.table, result) for _, run in self.done for result in run.rules]
        if failed is not None and isinstance(error, CheckFailed):
            results += [(failed.name, result) for result in error.results]
        return {
            "pipeline_runs": [{**self.row, **ended, "tables_built": len(self.done)}],
            "table_runs": tables,
            "contract_results": [self._result(table, result) for table, result in results],
            "fitted_numbers": [
                {"run_id": self.id, "table_name": run.table, "step": step, "numbers": json.dumps(numbers)}
                for _, run in self.done for step, numbers in run.learnt.items()
            ],
            "schema_changes": [
                {"run_id": self.id, "table_name": run.table, "column_name": change.column, "type_before": change.before,
                 "type_after": change.after}
                for _, run in self.done for change in run.changes
            ],
        }  # fmt: skip

    def _built(self, action: Action, run: TableRun) -> Iterator[dict[str, Any]]:
        told = {"rows": run.rows, "quarantined": run.quarantined, "seconds": run.seconds, "delta_version": run.version}
        yield self._row(action, run.table, status="built", **told)
        if action.drops:
            apart = {"rows": run.quarantined, "delta_version": self._apart(run)}
            yield self._row(action, run.table.quarantine, status="built", **apart)

    def _apart(self, run: TableRun) -> int | None:
        return self._version(run.table.quarantine) if run.apart_version is None else run.apart_version

    def _left(self, action: Action) -> Iterator[dict[str, Any]]:
        for name in action.writes:
            yield self._row(action, name, status=action.state, delta_version=self._version(name))

    def _row(self, action: Action, name: TableName, **told: Any) -> dict[str, Any]:
        said = {"run_id": self.id, "table_name": name, "why": action.told, "fingerprint": action.fingerprint}
        return {**said, **told}

    def _result(self, table: TableName, result: RuleResult) -> dict[str, Any]:
        return {
            "run_id": self.id, "table_name": table, "rule": result.rule, "action": result.action, "written": result.written,
            "holds": result.holds, "found": str(result.found),
        }  # fmt: skip

    def _version(self, name: TableName) -> int | None:
        path = self.project.lake(name)
        return delta.version(path) if delta.exists(path) else None

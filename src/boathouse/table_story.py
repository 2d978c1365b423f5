"""Table story: what the ops tables and the quarantine tell of one table: its checks, its bad rows, its builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from boathouse.config import Project
from boathouse.engines import delta
from boathouse.names import TableName

Rows = list[dict[str, Any]]
Ask = Callable[[str], Rows]

QUALITY = """
SELECT c.rule, c.action, c.holds, c.found, c.written, r.started_at AS at, c.run_id
FROM ops.contract_results c JOIN ops.pipeline_runs r ON c.run_id = r.run_id
WHERE c.table_name = '{table}'
  AND r.started_at = (SELECT max(p.started_at) FROM ops.contract_results d JOIN ops.pipeline_runs p ON d.run_id = p.run_id
                      WHERE d.table_name = '{table}')
ORDER BY c.holds, c.rule
"""
HISTORY = """
SELECT r.started_at AS at, t.status, t.why, t.rows, t.quarantined, t.delta_version AS version, t.seconds, t.run_id, t.message
FROM ops.table_runs t JOIN ops.pipeline_runs r ON t.run_id = r.run_id
WHERE t.table_name = '{table}' AND t.status <> 'same'
ORDER BY r.started_at DESC LIMIT 20
"""
REASONS = "SELECT rule, count(*) AS rows FROM (SELECT explode(_rules) AS rule FROM {table}) GROUP BY rule ORDER BY rows DESC, rule LIMIT 20"


@dataclass(frozen=True)
class TableStory:
    """What is told of one table."""

    project: Project
    table: TableName
    ask: Ask  # answers a SELECT over the lake

    def quality(self) -> Rows:
        """Say what each rule of the table's contract found when it was last asked, those that do not hold first."""
        return self.ask(QUALITY.format(table=self.table)) if self._told("contract_results") else []

    def history(self) -> Rows:
        """List the table's last builds, the newest first, with why each was due and how it ended."""
        return self.ask(HISTORY.format(table=self.table)) if self._told("table_runs") else []

    def quarantine(self) -> Rows:
        """Count the table's rows in quarantine by the rule that they break."""
        apart = self.table.quarantine
        return self.ask(REASONS.format(table=apart)) if delta.exists(self.project.lake(apart)) else []

    def _told(self, name: str) -> bool:
        return delta.exists(self.project.ops / name)

"""Learned numbers: what the steps of each table learnt in its last build, for exports whose code cannot learn."""

from __future__ import annotations

import json
from typing import Any

from boathouse.config import Project
from boathouse.engines import delta
from boathouse.fitted import Fitted


def learned(project: Project) -> Fitted:
    """Read the newest numbers of each step; a project that was never run has none."""
    path = project.ops / "fitted_numbers"
    if not delta.exists(path):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for row in sorted(delta.rows(path), key=lambda row: str(row["run_id"])):  # which begins with its time
        found.setdefault(row["table_name"], {})[row["step"]] = json.loads(row["numbers"])
    return found

"""Databricks: notebooks that stand alone, the job that runs them in order, and a specification to read."""

from __future__ import annotations

import json
from dataclasses import replace

from boathouse.destination import Destination
from boathouse.export import Export, Target
from boathouse.job import workflow
from boathouse.notebook_set import notebook, source_paths
from boathouse.pipeline_spec import pipeline_spec


class Databricks(Target):
    """One notebook a table, `workflow.json` and `pipeline_spec.md`, all tables in one schema."""

    def files(self, export: Export) -> dict[str, str]:
        plan, to = export.plan, Destination(export.catalog, export.schema)
        paths = source_paths(plan, to)
        notebooks = {
            f"notebooks/{action.name.flat}.py": notebook(
                action, replace(to, source_path=paths.get(action.name.flat, ""))
            )
            for action in plan.actions
        }
        spec = pipeline_spec(plan, to, sources=paths, findings=export.findings)
        return {
            **notebooks,
            "workflow.json": json.dumps(workflow(plan), indent=2, ensure_ascii=False) + "\n",
            "pipeline_spec.md": spec,
        }

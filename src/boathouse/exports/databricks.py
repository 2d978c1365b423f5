"""Databricks: notebooks that stand alone, the job that runs them in order, and a specification to read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

from pydantic import Field

from boathouse.destination import Destination
from boathouse.export import Export, Target
from boathouse.job import workflow
from boathouse.notebook_set import notebook, source_paths
from boathouse.pipeline_spec import pipeline_spec
from boathouse.release_notebooks import publish_notebook, setup_notebook


class Databricks(Target):
    """One notebook a table, `workflow.json` and `pipeline_spec.md`, all tables in one schema."""

    ingestion: Literal["auto-loader", "batch"] = Field(
        default="auto-loader", description="how landing folders are read: new files alone, or all of them"
    )
    numbers: Literal["as-run", "frozen"] = Field(
        default="as-run", description="of fitted steps: learnt where a run learns them, or all as constants"
    )

    def files(self, export: Export) -> dict[str, str]:
        plan = export.frozen() if self.numbers == "frozen" else export.plan
        to = Destination(export.catalog, export.schema, is_stream=self.ingestion == "auto-loader")
        paths = source_paths(plan, to)
        notebooks = {
            f"notebooks/{action.name.flat}.py": notebook(
                action, replace(to, source_path=paths.get(action.name.flat, ""))
            )
            for action in plan.actions
        }
        return {
            **notebooks,
            "notebooks/setup.py": setup_notebook(to),
            "notebooks/publish.py": publish_notebook(plan, to),
            "workflow.json": json.dumps(workflow(plan), indent=2, ensure_ascii=False) + "\n",
            "pipeline_spec.md": pipeline_spec(plan, to, sources=paths, findings=export.findings),
        }

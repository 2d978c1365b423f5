"""An Airflow 3 DAG that runs the notebooks of the target databricks as one serverless job."""

from __future__ import annotations

from pydantic import Field

from boathouse.export import Export, Target
from boathouse.job import workflow
from boathouse.notebook import workspace_folder
from boathouse.quoting import python_text
from boathouse.step import LINE
from boathouse.template import template


class Airflow(Target):
    """An Airflow 3 DAG that runs the notebooks of the target databricks as one serverless job."""

    schedule: str = Field(default="0 6 * * *", description="when it runs, as cron has it")
    timezone: str = Field(default="UTC", description="of the schedule, such as Europe/London")
    connection: str = Field(default="databricks_default", description="Airflow's connection to the workspace")

    def files(self, export: Export) -> dict[str, str]:
        """Give the DAG's file; the notebooks are those of `boathouse export databricks`."""
        project = export.plan.pipeline.project
        entries = (
            _entry(task["task_key"], [other["task_key"] for other in task.get("depends_on", [])])
            for task in workflow(export.plan)["tasks"]
        )
        dag = template(
            "airflow/dag.py",
            project=project,
            connection=python_text(self.connection),
            folder=python_text(workspace_folder(project)),
            notebooks="".join(entries),
            dag=python_text(f"{project}_pipeline"),
            schedule=python_text(self.schedule),
            timezone=python_text(self.timezone),
            tag=python_text(project),
        )
        return {f"dags/{project}_pipeline.py": dag}


def _entry(task: str, before: list[str]) -> str:
    names = [python_text(name) for name in before]
    line = f"    {python_text(task)}: [{', '.join(names)}],"
    if len(line) <= LINE:
        return f"{line}\n"
    inside = "".join(f"        {name},\n" for name in names)
    return f"    {python_text(task)}: [\n{inside}    ],\n"

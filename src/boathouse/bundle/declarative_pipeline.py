"""Bundle pipeline: the tables as a declarative pipeline, and what the job does around it, in place of a task a table."""

from __future__ import annotations

from typing import Any

from boathouse.bundle.job import job_key
from boathouse.bundle.notebooks import around, copied, sample_files
from boathouse.bundle.sample_lake import sample_lake
from boathouse.declarative.declared import InPipeline
from boathouse.declarative.settings import databricks_settings
from boathouse.declarative.transformations import transformations
from boathouse.export import Export
from boathouse.template import template

FOLDER, KEY = "src", "tables"
# What the files around say where a pipeline builds the tables; its statements stand four further in.
MARKS = {"width": "124", "file": "FOLDER.parent / \"transformations\" / f\"{table.replace('.', '/')}.py\""}
SERVERLESS = ' if "pipeline_task" not in task'


def pipeline_files(export: Export) -> dict[str, str]:
    """Write a file a table, and the notebooks around; a development target renames the schemas, so that the files ask for it."""
    to = InPipeline(export.catalog, export.schema, asks_schema=True)
    tables = transformations(export.frozen(), to, {})
    return {
        **{f"{FOLDER}/{path}": text for path, text in tables.items()},
        **around(export),
        f"{FOLDER}/notebooks/ruff.toml": template("pipeline/notebooks_ruff.toml"),
        **_tests(export),
    }


def pipeline_resource(export: Export) -> dict[str, Any]:
    """Describe the pipeline."""
    to = InPipeline("${var.catalog}", export.schema)
    return {
        **databricks_settings(export.project, to, f"../{FOLDER}"),
        "schema": "${resources.schemas.gold.name}",
        "configuration": {
            "landing": "/Volumes/${var.catalog}/${resources.schemas.bronze.name}/landing",
            "schema": "${var.schema_prefix}${var.schema}",
            **({"models": "${var.catalog}.${resources.schemas.gold.name}"} if export.plan.scored else {}),
        },
    }


def _tests(export: Export) -> dict[str, str]:
    samples = sample_lake(export.plan, export.findings)
    whole = len(samples) == len(export.plan.actions)
    job = template("tests/test_job.py", job=job_key(export.project), imports="", serverless=SERVERLESS)
    tested = template("pipeline/test_tested.py") if whole else ""
    imports = "from sample import TABLES\n" if whole else ""
    return {
        **copied(export, MARKS),
        "tests/contract/test_job.py": job + template("pipeline/test_job.py"),
        "tests/integration/test_pipeline.py": template("pipeline/test_pipeline.py", imports=imports, tested=tested),
        **sample_files(samples),
    }

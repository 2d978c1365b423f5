"""The pipeline churn: its notebooks as one job on serverless compute, each after those that it reads.

Airflow makes the job anew from this file in each run, so the file is the truth and the job's page shows its progress.
Needs Airflow 3, apache-airflow-providers-databricks >= 7.23 and the connection below.
"""

from datetime import timedelta

import pendulum
from airflow.providers.databricks.operators.databricks import DatabricksTaskOperator
from airflow.providers.databricks.operators.databricks_workflow import DatabricksWorkflowTaskGroup
from airflow.sdk import DAG

CONNECTION = "databricks_default"
FOLDER = "/Workspace/pipelines/churn"  # `databricks workspace import-dir ./notebooks` has put the notebooks there

# Each notebook, and those that have to be done before it.
NOTEBOOKS = {
    "setup": [],
    "bronze_customers": ["setup"],
    "bronze_plans": ["setup"],
    "silver_customers": ["bronze_customers"],
    "silver_plans": ["bronze_plans"],
    "gold_customer_features": ["silver_customers", "silver_plans"],
    "gold_spend": ["silver_customers", "silver_plans"],
    "publish": [
        "bronze_customers",
        "bronze_plans",
        "silver_customers",
        "silver_plans",
        "gold_customer_features",
        "gold_spend",
    ],
}


def task(notebook: str) -> DatabricksTaskOperator:
    """Run a notebook; a task that names no cluster runs on serverless compute."""
    return DatabricksTaskOperator(
        task_id=notebook,
        databricks_conn_id=CONNECTION,
        databricks_task_key=notebook,
        task_config={"notebook_task": {"notebook_path": f"{FOLDER}/{notebook}", "source": "WORKSPACE"}},
        max_retries=1,
        min_retry_interval_millis=60_000,
    )


with (
    DAG(
        dag_id="churn_pipeline",
        schedule="0 6 * * *",
        start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
        catchup=False,
        max_active_runs=1,  # two runs at a time would overwrite each other's tables
        dagrun_timeout=timedelta(hours=4),
        tags=["boathouse", "churn"],
    ),
    DatabricksWorkflowTaskGroup(
        group_id="notebooks",
        databricks_conn_id=CONNECTION,
        extra_job_params={"queue": {"enabled": True}, "timeout_seconds": 4 * 60 * 60},
    ),
):
    tasks = {notebook: task(notebook) for notebook in NOTEBOOKS}
    for notebook, before in NOTEBOOKS.items():
        tasks[notebook].set_upstream([tasks[name] for name in before])

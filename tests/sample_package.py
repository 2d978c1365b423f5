"""A package as a good colleague would write it by hand in 2026: a bundle, notebooks, a dashboard, a job and grants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BUNDLE = """\
bundle:
  name: retail

include:
  - resources/*.yml

variables:
  catalog:
    description: the Unity Catalog of the environment
  schema:
    default: retail
  warehouse_id:
    lookup:
      warehouse: Shared Warehouse
  alert_address:
    default: data-team@example.com
  service_principal:
    description: whom production runs as
    default: 11111111-2222-3333-4444-555555555555
  most_retries:
    default: 2
  watchers:
    type: complex
    default: [data-team@example.com, ada@example.com]
  webhook_id:
    default: 0481e838-0a59-4eff-9541-a4ca6f149574

artifacts:
  wheel:
    type: whl
    build: python -m build --wheel
    path: .

sync:
  exclude:
    - tests/**

targets:
  dev:
    mode: development
    default: true
    workspace:
      host: https://dev.cloud.databricks.com
    variables:
      catalog: dev_main

  prod:
    mode: production
    workspace:
      host: https://prod.cloud.databricks.com
      root_path: /Workspace/Shared/.bundle/${bundle.name}/${bundle.target}
    run_as:
      service_principal_name: ${var.service_principal}
    permissions:
      - level: CAN_MANAGE
        group_name: data-engineers
      - level: CAN_VIEW
        group_name: analysts
    variables:
      catalog: prod_main
    resources:
      jobs:
        daily:
          tasks:
            - task_key: silver_orders
              max_retries: 3
"""

JOBS = """\
resources:
  jobs:
    daily:
      name: ${bundle.name}_daily
      max_concurrent_runs: 1
      schedule:
        quartz_cron_expression: 0 30 5 * * ?
        timezone_id: Europe/Berlin
        pause_status: UNPAUSED
      parameters:
        - name: catalog
          default: ${var.catalog}
        - name: day
          default: "{{job.start_time.iso_date}}"
      email_notifications:
        on_failure: ${var.watchers}
        on_duration_warning_threshold_exceeded:
          - ${var.alert_address}
      webhook_notifications:
        on_failure:
          - id: ${var.webhook_id}
      health:
        rules:
          - metric: RUN_DURATION_SECONDS
            op: GREATER_THAN
            value: 7200
      environments:
        - environment_key: default
          spec:
            environment_version: "4"
            dependencies:
              - ../dist/*.whl
      tasks:
        - task_key: bronze_orders
          notebook_task:
            notebook_path: ../src/notebooks/bronze_orders.py
            base_parameters:
              catalog: ${var.catalog}
              schema: ${var.schema}
          max_retries: ${var.most_retries}
          min_retry_interval_millis: 60000
        - task_key: silver_orders
          depends_on:
            - task_key: bronze_orders
          notebook_task:
            notebook_path: ../src/notebooks/silver_orders.py
        - task_key: features
          depends_on:
            - task_key: silver_orders
          pipeline_task:
            pipeline_id: ${resources.pipelines.features.id}
        - task_key: score
          depends_on:
            - task_key: features
          python_wheel_task:
            package_name: retail
            entry_point: score
            parameters: ["{{job.parameters.day}}"]
          environment_key: default
        - task_key: report
          depends_on:
            - task_key: silver_orders
            - task_key: score
          run_if: ALL_DONE
          sql_task:
            warehouse_id: ${var.warehouse_id}
            file:
              path: ../src/report.sql
      permissions:
        - level: CAN_MANAGE_RUN
          group_name: analysts
    backfill:
      name: ${bundle.name}_backfill
      job_clusters:
        - job_cluster_key: small
          new_cluster:
            spark_version: 17.3.x-scala2.13
            node_type_id: i3.xlarge
            num_workers: 2
      tasks:
        - task_key: load
          job_cluster_key: small
          spark_python_task:
            python_file: ../src/retail/load.py
          libraries:
            - pypi:
                package: holidays==0.62
        - task_key: again
          depends_on:
            - task_key: load
          run_job_task:
            job_id: ${resources.jobs.daily.id}
"""

PIPELINES = """\
resources:
  pipelines:
    features:
      name: ${bundle.name}_features
      catalog: ${var.catalog}
      schema: ${resources.schemas.gold.name}
      serverless: true
      root_path: ../src/features
      libraries:
        - glob:
            include: ../src/features/**
      permissions:
        - level: CAN_VIEW
          group_name: analysts
"""

TABLES = """\
resources:
  schemas:
    bronze:
      catalog_name: ${var.catalog}
      name: ${var.schema}_bronze
      comment: what arrived
      grants:
        - principal: data-engineers
          privileges: &write [USE_SCHEMA, CREATE_TABLE, MODIFY, SELECT]
        - principal: ingestion
          privileges: *write
    gold:
      catalog_name: ${var.catalog}
      name: ${var.schema}_gold
      grants:
        - principal: analysts
          privileges: [USE_SCHEMA, SELECT]
      lifecycle:
        prevent_destroy: true
  volumes:
    landing:
      catalog_name: ${var.catalog}
      schema_name: ${resources.schemas.bronze.name}
      name: landing
      volume_type: MANAGED
      grants:
        - principal: data-engineers
          privileges: [READ_VOLUME, WRITE_VOLUME]
  registered_models:
    churn:
      catalog_name: ${var.catalog}
      schema_name: ${resources.schemas.gold.name}
      name: churn
      grants:
        - principal: analysts
          privileges: [EXECUTE]
  experiments:
    churn:
      name: /Workspace/Shared/retail_churn_${bundle.target}
      permissions:
        - level: CAN_READ
          group_name: analysts
  dashboards:
    sales:
      display_name: Sales
      file_path: ../src/sales.lvdash.json
      warehouse_id: ${var.warehouse_id}
      dataset_catalog: ${var.catalog}
      dataset_schema: ${resources.schemas.gold.name}
      permissions:
        - level: CAN_READ
          group_name: analysts
"""

BRONZE = """\
# Databricks notebook source
# MAGIC %md
# MAGIC # Bronze: orders

# COMMAND ----------

CATALOG = dbutils.widgets.get("catalog")
SCHEMA = dbutils.widgets.get("schema")

# COMMAND ----------

orders = (
    spark.readStream.format("cloudFiles")
    .option("cloudFiles.format", "csv")
    .load(f"/Volumes/{CATALOG}/{SCHEMA}_bronze/landing/orders")
)
orders.writeStream.trigger(availableNow=True).toTable(f"{CATALOG}.{SCHEMA}_bronze.orders")
"""

SILVER = """\
# Databricks notebook source
from pyspark.sql import functions as F

# COMMAND ----------

df = spark.read.table("orders")
df = df.withColumn("amount", F.col("amount").cast("decimal(12,2)"))
df.write.mode("overwrite").saveAsTable("silver_orders")
"""

FEATURES = """\
from pyspark import pipelines as dp


@dp.materialized_view
def features():
    return spark.read.table("orders").groupBy("customer_id").count()
"""

DASHBOARD: dict[str, Any] = {
    "datasets": [
        {
            "name": "by_day",
            "displayName": "Sales by day",
            "queryLines": ["SELECT order_day, sum(amount) AS amount, count(*) AS orders\n", "FROM orders\n", "GROUP BY order_day"],
        },
        {"name": "everything", "displayName": "All orders", "queryLines": ["SELECT * FROM orders WHERE day >= :day"]},
    ],
    "pages": [
        {
            "name": "overview",
            "displayName": "Overview",
            "layout": [
                {
                    "widget": {"name": "title", "multilineTextboxSpec": {"lines": ["# Sales"]}},
                    "position": {"x": 0, "y": 0, "width": 6, "height": 1},
                },
                {
                    "widget": {
                        "name": "line",
                        "queries": [
                            {
                                "name": "main_query",
                                "query": {
                                    "datasetName": "by_day",
                                    "fields": [
                                        {"name": "order_day", "expression": "`order_day`"},
                                        {"name": "sum(amount)", "expression": "SUM(`amount`)"},
                                    ],
                                    "disaggregated": False,
                                },
                            }
                        ],
                        "spec": {
                            "version": 3,
                            "widgetType": "line",
                            "encodings": {
                                "x": {"fieldName": "order_day", "scale": {"type": "temporal"}},
                                "y": {"fieldName": "sum(amount)", "scale": {"type": "quantitative"}},
                            },
                        },
                    },
                    "position": {"x": 0, "y": 1, "width": 6, "height": 6},
                },
            ],
        }
    ],
}  # fmt: skip

WORKFLOW: dict[str, Any] = {
    "name": "retail_pipeline",
    "tasks": [
        {"task_key": "bronze_orders", "notebook_task": {"notebook_path": "/Workspace/pipelines/retail/bronze_orders"}},
        {
            "task_key": "silver_orders",
            "depends_on": [{"task_key": "bronze_orders"}],
            "notebook_task": {"notebook_path": "/Workspace/pipelines/retail/silver_orders"},
        },
    ],
    "schedule": {"quartz_cron_expression": "0 0 6 ? * MON-FRI", "timezone_id": "UTC"},
    "queue": {"enabled": True},
}

GRANTS = """\
-- Who may read and write which layer.
USE CATALOG dev_main;

GRANT USE CATALOG ON CATALOG dev_main TO `data engineers`;
GRANT USE SCHEMA, SELECT ON SCHEMA dev_main.retail_bronze TO `analysts`;
GRANT SELECT, MODIFY ON TABLE dev_main.retail_silver.`order lines` TO ingestion;
GRANT READ VOLUME
  ON VOLUME dev_main.retail_bronze.landing TO `11111111-2222-3333-4444-555555555555`;
REVOKE MODIFY ON TABLE dev_main.retail_gold.sales FROM `analysts`;
"""

SPARK_PIPELINE = """\
name: retail
storage: file:///tmp/retail
catalog: spark_catalog
database: retail_gold
libraries:
  - glob:
      include: transformations/**/*.py
"""

SAMPLE: dict[str, str] = {
    "bundle/databricks.yml": BUNDLE,
    "bundle/resources/jobs.yml": JOBS,
    "bundle/resources/pipelines.yml": PIPELINES,
    "bundle/resources/tables.yml": TABLES,
    "bundle/src/notebooks/bronze_orders.py": BRONZE,
    "bundle/src/notebooks/silver_orders.py": SILVER,
    "bundle/src/features/features.py": FEATURES,
    "bundle/src/report.sql": "SELECT count(*) AS orders FROM orders\n",
    "bundle/src/retail/load.py": "import sys\n\nprint(sys.argv)\n",
    "bundle/src/sales.lvdash.json": json.dumps(DASHBOARD, indent=2),
    "bundle/README.md": "# retail\n\nA Declarative Automation Bundle: `databricks bundle deploy -t dev`.\n",
    "databricks/workflow.json": json.dumps(WORKFLOW, indent=2),
    "databricks/notebooks/bronze_orders.py": BRONZE,
    "databricks/notebooks/silver_orders.py": SILVER,
    "declarative/spark-pipeline.yml": SPARK_PIPELINE,
    "declarative/transformations/gold/features.py": FEATURES,
    "unity-catalog/grants.sql": GRANTS,
}


def written(folder: Path, files: dict[str, str] = SAMPLE) -> Path:
    """Write the package to a folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder

"""What leaves is checked offline: a right package has no fault, and each fault that is put into it is found where it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse import inspection, yaml_file
from boathouse.fault import Fault
from boathouse.inspection import INSPECTIONS
from boathouse.inspections.schedules import quartz_mistake
from boathouse.package import package, resource_shape
from boathouse.package.folder import PackageFolder
from sample_package import SAMPLE, written
from terminal import Terminal

pytest.importorskip("databricks.sdk", reason="the extra `databricks` is not installed")

BUNDLE, JOBS = "bundle/databricks.yml", "bundle/resources/jobs.yml"
TABLES, PIPELINES = "bundle/resources/tables.yml", "bundle/resources/pipelines.yml"
WORKFLOW, DASHBOARD = "databricks/workflow.json", "bundle/src/sales.lvdash.json"
BRONZE, SILVER = "bundle/src/notebooks/bronze_orders.py", "bundle/src/notebooks/silver_orders.py"
SPARK = "declarative/spark-pipeline.yml"
GRANTS = "unity-catalog/grants.sql"


def checked(files: dict[str, str]) -> list[Fault]:
    return inspection.faults(package.of(PackageFolder(frozenset(files), files)))


def test_a_right_package_has_no_fault_and_no_hint() -> None:
    assert list(map(str, checked(SAMPLE))) == []


@dataclass(frozen=True)
class Seeded:
    """A mistake: in which file, what stood there and stands there now; then where it is found, and what is said."""

    file: str
    old: str
    new: str
    path: str
    says: str
    found_in: str = ""  # where it is another file


SEEDED = (
    # Shapes: keys, types, words
    Seeded(JOBS, "max_concurrent_runs", "max_concurent_runs", "resources.jobs.daily.max_concurent_runs", "did you mean `max_concurrent_runs`"),
    Seeded(JOBS, "max_concurrent_runs: 1", 'max_concurrent_runs: "1"', "resources.jobs.daily.max_concurrent_runs", "expected a whole number"),
    Seeded(JOBS, 'environment_version: "4"', "environment_version: 4", "spec.environment_version", 'quote it: "4"'),
    Seeded(JOBS, "run_if: ALL_DONE", "run_if: ALL_DON", "tasks[4].run_if", "did you mean `ALL_DONE`"),
    Seeded(JOBS, "pause_status: UNPAUSED", "pause_status: unpaused", "schedule.pause_status", "did you mean `UNPAUSED`"),
    Seeded(JOBS, "            - task_key: bronze_orders\n", "            - bronze_orders\n", "tasks[1].depends_on[0]", "write {task_key: bronze_orders}"),
    Seeded(JOBS, "            - task_key: bronze_orders\n", "            task_key: bronze_orders\n", "tasks[1].depends_on", "expected a list"),
    Seeded(JOBS, "        timezone_id: Europe/Berlin\n", "", "daily.schedule", "`timezone_id` is missing"),
    Seeded(JOBS, "      name: ${bundle.name}_backfill\n", "", "resources.jobs.backfill", "`name` is missing"),
    Seeded(JOBS, "level: CAN_MANAGE_RUN", "level: CAN_RUN", "permissions[0].level", "none of its words"),
    Seeded(JOBS, "            entry_point: score\n", "", "tasks[3].python_wheel_task", "`entry_point` is missing"),
    Seeded(JOBS, "op: GREATER_THAN", "op: LESS_THAN", "rules[0].op", "there is `GREATER_THAN`"),
    Seeded(JOBS, "          max_retries: ${var.most_retries}", "          max_retries:", "tasks[0].max_retries", "nothing stands here"),
    Seeded(PIPELINES, "serverless: true", "serverless: yes", "pipelines.features.serverless", "expected true or false"),
    Seeded(PIPELINES, "libraries:", "library:", "pipelines.features.library", "did you mean `libraries`"),
    Seeded(PIPELINES, "  pipelines:\n", "  pipeline:\n", "resources.pipeline", "did you mean `pipelines`"),
    Seeded(TABLES, "volume_type: MANAGED", "volume_type: managed", "volumes.landing.volume_type", "did you mean `MANAGED`"),
    Seeded(TABLES, "      catalog_name: ${var.catalog}\n      name: ${var.schema}_bronze", "      name: ${var.schema}_bronze", "schemas.bronze", "`catalog_name` is missing"),
    Seeded(TABLES, "USE_SCHEMA, CREATE_TABLE", "USE_SCHEMAS, CREATE_TABLE", "grants[0].privileges[0]", "did you mean `USE_SCHEMA`"),
    Seeded(TABLES, "READ_VOLUME, WRITE_VOLUME", "READ_VOLUME, SELECT", "volumes.landing.grants[0].privileges[1]", "a volume has no `SELECT`"),
    Seeded(TABLES, "        - principal: analysts\n          privileges: [EXECUTE]", "        - privileges: [EXECUTE]", "registered_models.churn.grants[0]", "`principal` is missing"),
    Seeded(TABLES, "display_name: Sales", "displayname: Sales", "dashboards.sales.displayname", "did you mean `display_name`"),
    # The bundle's own keys
    Seeded(BUNDLE, "  name: retail\n", "  nmae: retail\n", "bundle.nmae", "did you mean `name`"),
    Seeded(BUNDLE, "mode: development", "mode: developement", "targets.dev.mode", "did you mean `development`"),
    Seeded(BUNDLE, "    run_as:", "    run_like:", "targets.prod.run_like", "unknown key"),
    Seeded(BUNDLE, "    mode: production\n", "    mode: production\n    default: true\n", "targets.prod.default", "two default targets"),
    Seeded(BUNDLE, "        group_name: analysts", "        group_name: analysts\n        user_name: a@example.com", "permissions[1]", "write one of"),
    Seeded(BUNDLE, "      service_principal_name: ${var.service_principal}", "      group_name: robots", "targets.prod.run_as.group_name", "unknown key"),
    Seeded(BUNDLE, "  - resources/*.yml", "  - resource/*.yml", "include[0]", "no file matches"),
    Seeded(BUNDLE, "bundle:\n", "bundle:\n\t", "", "this is not YAML"),
    Seeded(TABLES, "    gold:\n", "    bronze:\n", "", "is there twice"),
    Seeded(PIPELINES, "resources:\n", "resources:\n  jobs:\n    daily: {name: x, tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}\n", "resources.jobs.daily", "declared twice"),
    # References and variables
    Seeded(PIPELINES, "catalog: ${var.catalog}", "catalog: ${var.catalogue}", "pipelines.features.catalog", "did you mean `catalog`"),
    Seeded(JOBS, "${resources.pipelines.features.id}", "${resources.pipelines.feature.id}", "tasks[2].pipeline_task.pipeline_id", "did you mean `features`"),
    Seeded(JOBS, "${resources.jobs.daily.id}", "${resources.jobs.daily.ident}", "run_job_task.job_id", "has no `ident`"),
    Seeded(JOBS, "${bundle.name}_daily", "${bundle.nam}_daily", "jobs.daily.name", "leads nowhere"),
    Seeded(JOBS, "${bundle.name}_daily", "${bundle.name_daily", "jobs.daily.name", "close the brace"),
    Seeded(BUNDLE, "    variables:\n      catalog: dev_main\n", "", "variables.catalog", "no value in the target `dev`"),
    Seeded(BUNDLE, "      catalog: dev_main\n", "      catalog: dev_main\n      shcema: x\n", "targets.dev.variables.shcema", "did you mean `schema`"),
    Seeded(BUNDLE, "    default: 2\n", "    default: two\n", "tasks[0].max_retries", "expected a whole number, found `two`", JOBS),
    Seeded(BUNDLE, "  schema:\n", "  schemata:\n    default: x\n  schema:\n", "variables.schemata", "nothing uses"),
    Seeded(JOBS, "{{job.parameters.day}}", "{{job.parameters.date}}", "python_wheel_task.parameters[0]", "the job has no parameter `date`"),
    # The job's graph
    Seeded(JOBS, "            - task_key: features\n", "            - task_key: feature\n", "tasks[3].depends_on[0]", "did you mean `features`"),
    Seeded(JOBS, "        - task_key: score\n          depends_on", "        - task_key: features\n          depends_on", "tasks[3]", "two tasks `features`"),
    Seeded(JOBS, "        - task_key: bronze_orders\n", "        - task_key: bronze_orders\n          depends_on: [{task_key: score}]\n", "tasks[0].depends_on", "wait for each other"),
    Seeded(JOBS, "          run_job_task:\n            job_id: ${resources.jobs.daily.id}\n", "", "backfill.tasks[1]", "this task does nothing"),
    Seeded(JOBS, "          run_job_task:", "          condition_task: {op: EQUAL_TO, left: a, right: b}\n          run_job_task:", "backfill.tasks[1]", "does 2 things"),
    Seeded(WORKFLOW, '[\n        {\n          "task_key": "bronze_orders"\n        }\n      ]', '["bronze_orders"]', "tasks[1].depends_on[0]", "write {task_key: bronze_orders}"),
    Seeded(WORKFLOW, '"notebook_task"', '"notebok_task"', "tasks[0].notebok_task", "did you mean `notebook_task`"),
    Seeded(WORKFLOW, '"notebook_task": {\n        "notebook_path": "/Workspace/pipelines/retail/bronze_orders"\n      }', '"python_file": "etl.py"', "tasks[0].python_file", "it belongs into `spark_python_task`"),
    Seeded(BUNDLE, "[data-team@example.com, ada@example.com]", "[data-team@example.com, ada]", "email_notifications.on_failure[1]", "no e-mail address", JOBS),
    # Compute
    Seeded(JOBS, "          environment_key: default\n", "", "tasks[3]", "a python_wheel_task needs compute"),
    Seeded(JOBS, "          environment_key: default\n", "          environment_key: deflaut\n", "tasks[3].environment_key", "did you mean `default`"),
    Seeded(JOBS, "          job_cluster_key: small\n          spark", "          job_cluster_key: large\n          spark", "backfill.tasks[0].job_cluster_key", "has no `large`"),
    Seeded(JOBS, "          job_cluster_key: small\n          spark", "          environment_key: default\n          job_cluster_key: small\n          spark", "backfill.tasks[0]", "name one of them"),
    Seeded(JOBS, '            environment_version: "4"\n', "", "environments[0]", "this environment has no version"),
    Seeded(JOBS, "        - task_key: silver_orders\n          depends_on", "        - task_key: silver_orders\n          libraries: [{whl: ../dist/a.whl}]\n          depends_on", "tasks[1].libraries", "libraries need a cluster"),
    Seeded(JOBS, "            file:\n              path: ../src/report.sql\n", "", "tasks[4].sql_task", "this asks nothing"),
    # Pipelines
    Seeded(PIPELINES, "serverless: true", "serverless: true\n      clusters: [{num_workers: 2}]", "pipelines.features.clusters", "a serverless pipeline has no `clusters`"),
    Seeded(PIPELINES, "      schema: ${resources.schemas.gold.name}\n", "", "pipelines.features", "`schema` is missing"),
    Seeded(PIPELINES, "        - glob:\n            include: ../src/features/**\n", "        - {}\n", "libraries[0]", "this library is nothing"),
    Seeded(SPARK, "storage: file:///tmp/retail\n", "", "", "`storage` is missing"),
    Seeded(SPARK, "database:", "databse:", "databse", "did you mean `database`"),
    Seeded(SPARK, "transformations/**", "transformation/**", "libraries[0].glob.include", "no file matches"),
    # When it starts and whom it tells
    Seeded(JOBS, "0 30 5 * * ?", "30 5 * * *", "schedule.quartz_cron_expression", "has 5 fields"),
    Seeded(JOBS, "0 30 5 * * ?", "0 30 25 * * ?", "schedule.quartz_cron_expression", "`25` is no hours"),
    Seeded(JOBS, "0 30 5 * * ?", "0 30 5 * * *", "schedule.quartz_cron_expression", "is `?`"),
    Seeded(JOBS, "Europe/Berlin", "Europe/Berln", "schedule.timezone_id", "did you mean `Europe/Berlin`"),
    Seeded(JOBS, "      max_concurrent_runs: 1\n", "      continuous: {pause_status: PAUSED}\n", "daily.continuous", "keep one"),
    Seeded(JOBS, "value: 7200", "value: 0", "health.rules[0].value", "above 0"),
    Seeded(JOBS, "metric: RUN_DURATION_SECONDS", "metric: STREAMING_BACKLOG_SECONDS", "email_notifications.on_duration_warning", "no rule says what is too long"),
    Seeded(JOBS, "- id: ${var.webhook_id}", "- id: pagerduty", "on_failure[0].id", "`pagerduty` is no id"),
    Seeded(BUNDLE, "default: data-team@example.com", "default: data-team", "email_notifications.on_duration_warning_threshold_exceeded[0]", "no e-mail address", JOBS),
    # Paths
    Seeded(JOBS, "../src/notebooks/silver_orders.py", "../src/notebooks/silver_orders", "notebook_task.notebook_path", "write its extension: ../src/notebooks/silver_orders.py"),
    Seeded(JOBS, "../src/notebooks/silver_orders.py", "src/notebooks/silver_orders.py", "notebook_task.notebook_path", "there is no file `bundle/resources/src/"),
    Seeded(JOBS, "../src/report.sql", "../src/reports.sql", "sql_task.file.path", "did you mean `report.sql`"),
    Seeded(JOBS, "../src/retail/load.py", "../../../load.py", "spark_python_task.python_file", "leads out of the package"),
    Seeded(PIPELINES, "include: ../src/features/**", "include: ../src/feature/**", "libraries[0].glob.include", "no file matches"),
    Seeded(TABLES, "../src/sales.lvdash.json", "../src/sale.lvdash.json", "dashboards.sales.file_path", "did you mean `sales.lvdash.json`"),
    Seeded(WORKFLOW, "retail/silver_orders", "retail/silver_order", "tasks[1].notebook_task.notebook_path", "did you mean `silver_orders`"),
    Seeded(WORKFLOW, "retail/silver_orders", "retail/silver_orders.py", "tasks[1].notebook_task.notebook_path", "has no extension"),
    # Modes, run_as, catalogs
    Seeded(BUNDLE, "      root_path: /Workspace/Shared/.bundle/${bundle.name}/${bundle.target}\n", "", "targets.prod", "production has no workspace.root_path"),
    Seeded(BUNDLE, "    run_as:\n      service_principal_name: ${var.service_principal}\n", "", "targets.prod", "production has no run_as"),
    Seeded(BUNDLE, "    mode: development\n", "    mode: development\n    presets: {trigger_pause_status: UNPAUSED}\n", "targets.dev.presets.trigger_pause_status", "pauses"),
    Seeded(BUNDLE, "      host: https://dev.cloud.databricks.com\n", "      host: https://dev.cloud.databricks.com\n      root_path: /Workspace/Shared/retail\n", "targets.dev.workspace.root_path", "overwrite"),
    Seeded(TABLES, "      file_path:", "      embed_credentials: true\n      file_path:", "dashboards.sales.embed_credentials", "run_as"),
    Seeded(PIPELINES, "      serverless: true", "      serverless: true\n      development: true", "pipelines.features.development", "production is no development"),
    Seeded(BUNDLE, "catalog: dev_main", "catalog: prod_main", "targets.dev.variables.catalog", "is a catalog of prod, and this is dev"),
    Seeded(TABLES, "dataset_catalog: ${var.catalog}", "dataset_catalog: dev_main", "dashboards.sales.dataset_catalog", "is a catalog of dev, and this is prod"),
    # Notebooks
    Seeded(BRONZE, "# Databricks notebook source\n", "", "", "a notebook's first line"),
    Seeded(SILVER, "# Databricks notebook source\n", "\n# Databricks notebook source\n", "", "a notebook's first line"),
    Seeded(SILVER, "df = df.withColumn(", "df = df.withColumn((", "", "does not compile"),
    Seeded(SILVER, 'spark.read.table("orders")', 'spark.read.table("orders").cache()', "", "keeps no DataFrame in memory"),
    Seeded(SILVER, 'spark.read.table("orders")', 'spark.read.table("orders").rdd.toDF()', "", "no RDDs"),
    Seeded(SILVER, "# COMMAND", "spark.sparkContext.setLogLevel('WARN')\n\n# COMMAND", "", "no sparkContext"),
    Seeded(SILVER, "from pyspark.sql", "from boathouse import api\nfrom pyspark.sql", "", "this needs Boathouse"),
    Seeded("bundle/src/features/features.py", ".count()", ".count().persist()", "", "keeps no DataFrame in memory"),
    # Dashboards
    Seeded(DASHBOARD, '"datasetName": "by_day"', '"datasetName": "by_days"', "layout[1].widget.queries[0].query.datasetName", "did you mean `by_day`"),
    Seeded(DASHBOARD, '"fieldName": "order_day"', '"fieldName": "orderday"', "encodings.x.fieldName", "did you mean `order_day`"),
    Seeded(DASHBOARD, '"SUM(`amount`)"', '"SUM(`amounts`)"', "fields[1].expression", "did you mean `amount`"),
    Seeded(DASHBOARD, '"queryLines": [\n        "SELECT *', '"queryLine": [\n        "SELECT *', "datasets[1]", "`queryLines` is missing"),
    Seeded(DASHBOARD, "SELECT order_day,", "SELECT (order_day,", "datasets[0].queryLines", "does not parse"),
    Seeded(DASHBOARD, '"name": "everything"', '"name": "by_day"', "datasets[1]", "two of the name `by_day`"),
    Seeded(DASHBOARD, '"name": "line"', '"name": "title"', "pages[0].layout[1]", "two of the name `title`"),
    Seeded(DASHBOARD, '"y": 1', '"y": 0', "pages[0].layout[1].position", "`line` lies over `title`"),
    Seeded(DASHBOARD, '"pages": [', '"pages": [,', "", "this is not JSON"),
    # Grants
    Seeded(GRANTS, "USE SCHEMA, SELECT", "USE SCHEMAS, SELECT", "", "there is no privilege `USE SCHEMAS`; did you mean `USE SCHEMA`"),
    Seeded(GRANTS, "READ VOLUME", "SELECT", "", "a volume has no `SELECT`"),
    Seeded(GRANTS, "ON SCHEMA", "ON SCHEMATA", "", "this is no GRANT"),
    Seeded(GRANTS, "dev_main.retail_bronze TO", "dev_main.retail_bronze.orders TO", "", "has a name of 2 parts"),
    Seeded(GRANTS, "`data engineers`", "data engineers", "", "this is no GRANT"),
    Seeded(GRANTS, "sales FROM", "sales TO", "", "write FROM"),
    # Older names, which are hints
    Seeded("bundle/src/features/features.py", "from pyspark import pipelines as dp", "import dlt as dp", "", "`from pyspark import pipelines as dp`"),
    Seeded("bundle/README.md", "Declarative Automation Bundle", "Databricks Asset Bundle", "", "Declarative Automation Bundles"),
    Seeded("bundle/README.md", "bundle deploy -t dev", "workspace import_dir . /x", "", "import-dir"),
)  # fmt: skip


@pytest.mark.parametrize("seeded", SEEDED, ids=lambda seeded: f"{seeded.file.rsplit('/', 1)[-1]}: {seeded.says}"[:70])
def test_a_seeded_fault_is_found_where_it_is(seeded: Seeded) -> None:
    assert seeded.old in SAMPLE[seeded.file], "the sample has changed"
    found = checked({**SAMPLE, seeded.file: SAMPLE[seeded.file].replace(seeded.old, seeded.new, 1)})
    right = [each for each in found if seeded.path in each.path and seeded.says in str(each)]
    assert {each.place.file for each in right} == {seeded.found_in or seeded.file}, list(map(str, found))


def test_every_inspection_finds_a_seeded_fault() -> None:
    silent = {*INSPECTIONS.names()}
    for seeded in SEEDED:
        files = {**SAMPLE, seeded.file: SAMPLE[seeded.file].replace(seeded.old, seeded.new, 1)}
        of = package.of(PackageFolder(frozenset(files), files))
        silent -= {name for name in silent if any(INSPECTIONS.module(name).inspect(of))}
    assert silent == set()


def test_the_page_shows_what_is_said(boathouse: Terminal, tmp_path: Path) -> None:
    files = {**SAMPLE, JOBS: SAMPLE[JOBS].replace("run_if: ALL_DONE", "run_if: ALL_DON")}
    files[WORKFLOW] = SAMPLE[WORKFLOW].replace('"timezone_id": "UTC"', '"timezone": "UTC"')
    answer = boathouse("check", written(tmp_path, files))
    assert answer.code == 1
    shown = "".join(f"    {line}\n" for line in ("$ boathouse check dist", *(answer.out + answer.err).splitlines()))
    assert shown in (Path(__file__).parents[1] / "docs/check-and-deploy.md").read_text(encoding="utf-8")


# What the SDK or we ask for, wherever it stands in the sample: each of these keys, left out, is a fault.
NEEDED = {
    "name", "tasks", "task_key", "notebook_path", "quartz_cron_expression", "timezone_id", "metric", "op", "value", "rules",
    "environment_key", "environment_version", "package_name", "entry_point", "pipeline_id", "warehouse_id", "file", "path",
    "job_cluster_key", "python_file", "job_id", "package", "catalog_name", "schema_name", "principal", "display_name", "level",
    "group_name", "id", "default", "libraries", "schema", "notebook_task", "sql_task", "python_wheel_task", "include",
}  # fmt: skip


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """List where the keys stand that have to be there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        optional = path[:1] == ("artifacts",) or "base_parameters" in path or (key == "libraries" and "jobs" in path)
        optional = optional or "targets" in path  # what is laid over something else
        optional = (
            optional
            or (key == "default" and "parameters" not in path)
            or (key == "warehouse_id" and "dashboards" in path)
        )
        if key in NEEDED and not optional and path[-1:] != ("variables",):
            yield (*path, key)
        yield from paths(each, (*path, key))


def without(value: Any, path: tuple[str | int, ...]) -> Any:
    """Copy a document without the key at a path."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return copy


def documents() -> list[tuple[str, tuple[str | int, ...]]]:
    return [
        (name, path)
        for name in (BUNDLE, JOBS, TABLES, PIPELINES, WORKFLOW)
        for path in paths(yaml_file.parse(SAMPLE[name], name, aliases=True).data)
    ]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(documents()))
def test_a_key_that_has_to_be_there_is_missed(chosen: tuple[str, tuple[str | int, ...]]) -> None:
    name, path = chosen
    changed = without(yaml_file.parse(SAMPLE[name], name, aliases=True).data, path)
    found = checked({**SAMPLE, name: json.dumps(changed)})
    assert [each for each in found if not each.only_a_hint], path


@settings(max_examples=40, deadline=None)
@given(st.sampled_from((BUNDLE, JOBS, TABLES, PIPELINES, DASHBOARD, GRANTS, BRONZE)), st.data())
def test_whatever_stands_in_a_file_is_a_fault_and_no_crash(name: str, data: st.DataObject) -> None:
    lines = SAMPLE[name].splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines) - 1))
    what = st.sampled_from(
        ["", "- x\n", "a: [1, {b: null}]\n", "- {}\n", "  - - 1\n", "'\n", "${\n", "\x00\n", '"x": 1,\n']
    )
    kept = lines[at].split(":")[0]
    new = data.draw(what | st.sampled_from([f"{kept}: 7\n", f"{kept}: []\n", f"{kept}: {{}}\n", f"{kept}: null\n"]))
    for each in checked({**SAMPLE, name: "".join((*lines[:at], new, *lines[at + 1 :]))}):
        assert each.place.file in SAMPLE
        assert each.what


@pytest.mark.parametrize(
    "right",
    ["0 0 12 * * ?", "0 15 10 ? * MON-FRI", "0 0/5 14 * * ?", "0 15 10 L * ?", "0 15 10 ? * 6L", "0 0 6 ? * 6#3 2026", "0 0 0 1W * ?",
     "0 */10 * ? * *", "11 30 2 1,15 JAN-MAR ?"],
)  # fmt: skip
def test_quartz_expressions_that_are_right(right: str) -> None:
    assert quartz_mistake(right) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "* * * * *",
        "0 0 12 * * *",
        "0 0 24 * * ?",
        "0 0 12 ? * ?",
        "0 0 12 32 * ?",
        "0 0 0 * FOO ?",
        "0 0/0 1 * * ?",
    ],
)
def test_quartz_expressions_that_are_wrong(wrong: str) -> None:
    assert quartz_mistake(wrong)


def test_the_verb_needs_no_project_and_ends_with_one(boathouse: Terminal, tmp_path: Path) -> None:
    right = boathouse("check", written(tmp_path / "right"))
    assert (right.code, right.err) == (0, "")
    assert right.out == (
        "checked offline, no fault: 1 bundle, 1 dashboard, 1 experiment, 3 jobs, 1 pipeline, 1 registered model,"
        " 2 schemas, 1 volume, 4 notebooks, 1 dashboard file\n"
    )
    files = {**SAMPLE, SILVER: SAMPLE[SILVER].replace('("orders")', '("orders").cache()')}
    wrong = boathouse("check", written(tmp_path / "wrong", files))
    assert wrong.code == 1
    assert (
        wrong.out == f"{SILVER}:6:6: serverless compute keeps no DataFrame in memory; leave it out, or write a table\n"
    )
    assert wrong.err.startswith("error: 1 fault in ")


def test_the_verb_answers_in_json(boathouse: Terminal, tmp_path: Path) -> None:
    files = {**SAMPLE, JOBS: SAMPLE[JOBS].replace("value: 7200", "value: 0")}
    answer = boathouse("check", written(tmp_path, files), "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["faults"] == [
        {
            "file": JOBS, "line": 26, "column": 13, "path": "resources.jobs.daily.health.rules[0].value",
            "what": "a bound is above 0, and this is 0", "hint": "", "only_a_hint": False,
        }
    ]  # fmt: skip


def test_a_hint_fails_nothing(boathouse: Terminal, tmp_path: Path) -> None:
    files = {**SAMPLE, "README.md": "Delta Live Tables\n"}
    answer = boathouse("check", written(tmp_path, files))
    assert answer.code == 0
    assert answer.out.startswith("hint: README.md:1:1: `Delta Live Tables` is an older name; it is now Lakeflow Spark")


def test_a_folder_that_is_not_there(boathouse: Terminal, tmp_path: Path) -> None:
    answer = boathouse("check", tmp_path / "dist")
    assert (answer.code, answer.out) == (2, "")
    assert "there is no folder" in answer.err


def test_without_the_sdk_it_says_what_to_install(
    boathouse: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource_shape.request.cache_clear()
    resource_shape.resource.cache_clear()
    resource_shape.task_words.cache_clear()
    monkeypatch.setitem(sys.modules, "databricks.sdk", None)
    answer = boathouse("check", written(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: databricks-sdk is not installed; pip install 'boathouse[databricks]'\n"

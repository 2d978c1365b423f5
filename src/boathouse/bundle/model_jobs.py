"""Bundle model jobs: the jobs that train a project's models and look after them, with what they work on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from boathouse import yaml_file
from boathouse.bundle.environments import catalogs
from boathouse.bundle.job import ENVIRONMENT, HOUR, JobOptions, job_key, outline
from boathouse.export import Export
from boathouse.model_file import FOLDER, ModelSpec
from boathouse.names import TableName

PROJECT = "src/project"  # the part of the project that the tasks read, as `boathouse job --project` finds it
WEEKLY, DAILY = "0 0 4 ? * SUN", "0 0 8 * * ?"
EXTRAS = {"catboost": "catboost", "xgboost": "xgboost"}  # by what a model is made of
MLFLOW = {"mlflow": {"tracking_uri": "databricks", "registry_uri": "databricks-uc"}}
TARGETS = ("dev", "prod")


def model_jobs(export: Export, options: JobOptions) -> dict[str, dict[str, Any]]:
    """Describe two jobs a model, by their keys: one trains, the other watches; and one for all forecasts."""
    jobs = {}
    for spec in export.models:
        name = "_".join(filter(None, [export.project, spec.name if len(export.models) > 1 else "", "model"]))
        jobs[f"{name}_training"] = training_job(f"{name}_training", export, spec, options)
        jobs[f"{name}_monitoring"] = monitoring_job(f"{name}_monitoring", export, spec, options)
    if export.forecasts:
        key, tasks = f"{export.project}_forecast", [_task("forecast", [], ["forecast"])]
        about = (
            f"Forecasts {', '.join(file.removesuffix('.yml') for file in sorted(export.forecasts))} into gold.pred_*."
        )
        jobs[key] = _job(key, about, export, replace(options, schedule=DAILY), tasks)
    return jobs


def training_job(key: str, export: Export, spec: ModelSpec, options: JobOptions) -> dict[str, Any]:
    """Describe ingestion, features, a training of each type beside the others, fairness, and what may serve."""
    trainings = {f"train_{kind}": ["train", "--model-type", kind] for kind in spec.model_types} or {"train": ["train"]}
    run = {"run_job_task": {"job_id": f"${{resources.jobs.{job_key(export.project)}.id}}"}}
    tasks = [{"task_key": "ingestion", **run}, _task("features", ["ingestion"], ["features"], spec)]
    tasks += [_task(name, ["features"], [*words, *_experiment(spec)], spec) for name, words in trainings.items()]
    last = list(trainings)
    if spec.protected:
        # It tells, and `register` refuses: of two models the one that is fair may serve.
        tasks.append(_task("fairness", last, ["fairness-validate", "--no-fail"], spec))
        last = ["fairness"]
    tasks.append(_task("register", last, ["register"], spec))
    about = f"Trains {spec.name} on {spec.table}, and has the best that every gate lets pass serve."
    return _job(key, about, export, replace(options, schedule=WEEKLY), tasks)


def monitoring_job(key: str, export: Export, spec: ModelSpec, options: JobOptions) -> dict[str, Any]:
    """Describe the scores of today's rows, unless the pipeline has them, and what has drifted or become unfair."""
    scored = TableName("gold", f"pred_{spec.name}") in {action.name for action in export.plan.actions}
    tasks = [] if scored else [_task("score", [], ["score"], spec)]
    tasks.append(_task("monitor", [task["task_key"] for task in tasks], ["monitor"], spec))
    about = f"Scores {spec.table} by {spec.name}, and fails on major drift or where a group is treated unfairly."
    return _job(key, about, export, replace(options, schedule=DAILY), tasks)


def registered_models(export: Export) -> dict[str, Any]:
    """Describe the models as Unity Catalog has them; their versions are made by whoever trains."""
    return {
        spec.name: {
            "catalog_name": "${var.catalog}",
            "schema_name": "${resources.schemas.gold.name}",
            "name": spec.name,
            "comment": spec.about or f"Trained on {spec.table}.",
            "grants": [{"principal": "${var.readers}", "privileges": ["EXECUTE"]}],
        }
        for spec in export.models
    }


def experiments(export: Export) -> dict[str, Any]:
    """Describe where the runs of trainings are kept."""
    return {spec.name: {"name": f"/Shared/${{bundle.name}}-${{bundle.target}}-{spec.name}"} for spec in export.models}


def project_files(export: Export) -> dict[str, str]:
    """Give what the tasks read of the project: its name, its environments' MLflow, and the models' files."""
    bare = catalogs(export.catalog)["dev"].removeprefix("dev_")  # each target's environment puts its own name before it
    named = {"name": export.project, "catalog": bare}
    return {
        f"{PROJECT}/boathouse.yml": yaml_file.dump(named),
        **{f"{PROJECT}/config/{target}.yaml": yaml_file.dump(MLFLOW) for target in TARGETS},
        **{
            f"{PROJECT}/{FOLDER}/{spec.name}.yml": yaml_file.dump(spec.model_dump(mode="json", exclude_defaults=True))
            for spec in export.models
        },
        **{f"{PROJECT}/forecasts/{name}": text for name, text in sorted(export.forecasts.items())},
    }


def packages(export: Export) -> str:
    """Say what pip installs for the tasks: Boathouse, with what the models are made of."""
    wanted = {EXTRAS.get(kind, "ml") for spec in export.models for kind in spec.model_types or ("ml",)}
    wanted |= {"forecast"} if export.forecasts else set()
    return f"boathouse[{','.join(sorted(wanted))}]"


def _job(key: str, about: str, export: Export, options: JobOptions, tasks: list[dict[str, Any]]) -> dict[str, Any]:
    environment = {"environment_version": "4", "dependencies": ["${var.boathouse}"]}
    return {
        "name": key,
        "description": about,
        **outline(export.project, options),
        "environments": [{"environment_key": ENVIRONMENT, "spec": environment}],
        "tasks": tasks,
    }


def _experiment(spec: ModelSpec) -> list[str]:
    experiment = f"${{resources.experiments.{spec.name}.name}}"
    return ["--experiment-name", experiment, "--run-name", "{{job.parameters.run_id}}"]


def _task(key: str, before: list[str], words: list[str], spec: ModelSpec | None = None) -> dict[str, Any]:
    """Describe a task that is `boathouse job ...`, by the entry point of its wheel."""
    where = {
        "project": f"${{workspace.file_path}}/{PROJECT}",
        "environment": "${bundle.target}",
        "catalog": "{{job.parameters.catalog}}",
        "schema": "{{job.parameters.schema}}_gold",
    }
    if spec:
        where |= {"model": spec.name, "registered-model": f"${{resources.registered_models.{spec.name}.id}}"}
    return {
        "task_key": key,
        **({"depends_on": [{"task_key": other} for other in before]} if before else {}),
        "environment_key": ENVIRONMENT,
        "python_wheel_task": {
            "package_name": "boathouse",
            "entry_point": "boathouse",
            "parameters": ["job", *words, *(word for name, value in where.items() for word in (f"--{name}", value))],
        },
        "timeout_seconds": 2 * HOUR,
    }

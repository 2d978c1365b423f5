"""The bundle of a project with models: the jobs that train and watch them, and what these read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boathouse import config, inspection, model_file
from boathouse.cli.job import command
from boathouse.export import Export, target
from boathouse.scheduled_job import JOBS
from bundles import planned, put, yaml_of

FILES = {
    "raw/claims.csv": "claim_id,amount,region\n1,10,north\n2,20,south\n",
    "tables/bronze/claims.yml": "source: {format: csv, path: raw/claims.csv}\n",
    "tables/gold/features.yml": "reads: bronze.claims\nsteps:\n  - {step: cast, columns: {amount: double}}\n",
    "models/claims_fraud.yml": """\
about: Claims that look unlike the others.
kind: scorecard
table: gold.features
key: [claim_id]
numerical: [amount]
protected: [region]
model_types: [catboost, xgboost]
options: {points: {amount: 1.0}}
""",
}


def bundle(root: Path, files: dict[str, str] | None = None, **options: Any) -> dict[str, str]:
    plan = planned(root, files or FILES)
    models = model_file.load_all(config.find(root))
    forecasts = {path.name: path.read_text() for path in root.glob("forecasts/*.yml")}
    return target("bundle", options).files(Export(plan, "main", "claims", models=models, forecasts=forecasts))


def job(files: dict[str, str], name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml_of(files, f"resources/{name}.job.yml")["resources"]["jobs"][name]
    return found


def after(tasks: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {task["task_key"]: [each["task_key"] for each in task.get("depends_on", ())] for task in tasks}


def test_training_is_ingestion_features_both_types_fairness_and_the_registry(tmp_path: Path) -> None:
    made = job(bundle(tmp_path / "claims"), "claims_model_training")
    assert after(made["tasks"]) == {
        "ingestion": [], "features": ["ingestion"], "train_catboost": ["features"], "train_xgboost": ["features"],
        "fairness": ["train_catboost", "train_xgboost"], "register": ["fairness"],
    }  # fmt: skip
    assert made["tasks"][0]["run_job_task"] == {"job_id": "${resources.jobs.claims_pipeline.id}"}


def test_monitoring_scores_and_watches(tmp_path: Path) -> None:
    made = job(bundle(tmp_path / "claims"), "claims_model_monitoring")
    assert after(made["tasks"]) == {"score": [], "monitor": ["score"]}


def test_scores_that_the_pipeline_has_are_not_written_twice(tmp_path: Path) -> None:
    table = {"tables/gold/pred_claims_fraud.yml": "reads: gold.features\nsteps: []\n"}
    made = job(bundle(tmp_path / "claims", {**FILES, **table}), "claims_model_monitoring")
    assert after(made["tasks"]) == {"monitor": []}


def test_forecasts_are_made_each_day_and_need_no_model(tmp_path: Path) -> None:
    forecast = {"forecasts/daily.yml": "kind: daily\ntable: gold.features\nday: claim_day\n"}
    files = bundle(
        tmp_path / "claims", {path: text for path, text in (FILES | forecast).items() if "models/" not in path}
    )
    assert after(job(files, "claims_forecast")["tasks"]) == {"forecast": []}
    assert files["src/project/forecasts/daily.yml"] == forecast["forecasts/daily.yml"]
    assert "boathouse[forecast]" in files["databricks.yml"]
    assert [str(fault) for fault in inspection.check(put(tmp_path / "out", files))] == []


def test_two_models_have_jobs_of_their_own(tmp_path: Path) -> None:
    two = FILES | {
        "models/late_claims.yml": FILES["models/claims_fraud.yml"].replace("model_types: [catboost, xgboost]\n", "")
    }
    files = bundle(tmp_path / "claims", two)
    assert after(job(files, "claims_late_claims_model_training")["tasks"])["register"] == ["fairness"]
    assert "train" in after(job(files, "claims_late_claims_model_training")["tasks"])
    assert "databricks bundle run claims_claims_fraud_model_monitoring" in files["README.md"]
    assert [str(fault) for fault in inspection.check(put(tmp_path / "out", files))] == []


def test_every_task_is_a_command_that_boathouse_has(tmp_path: Path) -> None:
    files = bundle(tmp_path / "claims")
    for name in ("claims_model_training", "claims_model_monitoring"):
        for task in job(files, name)["tasks"]:
            if "python_wheel_task" in task:
                words = task["python_wheel_task"]["parameters"]
                assert words[:1] == ["job"]
                found = command.get_command(None, words[1])  # type: ignore[arg-type]
                found.make_context(words[1], words[2:])  # reads its options, and does nothing


def test_the_bundle_has_no_faults(tmp_path: Path) -> None:
    for options in ({}, {"style": "modules"}, {"pipeline": True}):
        folder = put(tmp_path / "".join(options or "n"), bundle(tmp_path / f"p{''.join(options)}", **options))
        assert [str(fault) for fault in inspection.check(folder)] == []


def test_the_tasks_find_the_project_and_its_models(tmp_path: Path) -> None:
    folder = put(tmp_path / "out", bundle(tmp_path / "claims"))
    there = config.find(folder / "src" / "project")
    assert model_file.load(there) == model_file.load(config.find(tmp_path / "claims"))
    from boathouse import environment_file

    assert environment_file.enter(there, "prod").target == ("prod_main", "claims")


def test_a_project_without_models_has_none_of_it(tmp_path: Path) -> None:
    files = bundle(tmp_path / "claims", {path: text for path, text in FILES.items() if "models/" not in path})
    assert not [path for path in files if "model" in path or path.startswith("src/project")]
    assert "boathouse" not in files["databricks.yml"].replace("Boathouse", "").lower()


@pytest.mark.parametrize("name", JOBS.names())
def test_every_job_has_options_with_help(name: str) -> None:
    for field, info in JOBS.member(name).model_fields.items():
        assert info.description, field

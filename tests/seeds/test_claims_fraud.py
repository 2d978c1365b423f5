"""Claims fraud as its migration guide has a user type it: ingestion, training, fairness, hooks and jobs, here and on Spark."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boathouse.ml.tracking.metrics import auc
from boathouse.ml.tracking.store import Store, store_of
from boathouse.workbench import Workbench
from claims_lake import ClaimsLake

pytestmark = pytest.mark.slow

GUIDE = Path(__file__).resolve().parents[2] / "../shared/seeds/004_cd2e78c717b97e75.txt"
CATALOG, SCHEMA = "main", "claims_gold"
CATEGORICAL = [
    "claim_type",
    "provider_specialty",
    "diagnosis_code",
    "procedure_code",
    "patient_gender",
    "geographic_region",
]
NUMERICAL = ["claim_amount", "patient_age", "provider_experience_years", "days_since_last_claim", "num_previous_claims",
             "average_claim_amount", "claim_duration_days"]  # fmt: skip
PROTECTED = ["patient_gender", "geographic_region"]
BETTER_THAN_CHANCE = 0.55  # AUC of 2,000 claims; of 20,000 it is more


@pytest.fixture
def here(claims: ClaimsLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a copy of the project, whose tables are built."""
    root = tmp_path / "claims"
    shutil.copytree(claims.landed.root, root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def kinds(claims: ClaimsLake) -> dict[str, str]:
    return claims.landed.fraud


def test_what_the_guide_imports_is_there() -> None:
    from boathouse import api

    wanted = {"ClaimsTreeAutoencoder", "DataIngestion", "FairnessAnalyzer", "PSIMonitor", "coordination_hooks"}
    assert {name for name in wanted if not hasattr(api, name)} == set()


# ---- step 1: ingestion ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_table_becomes_a_frame_and_a_frame_a_table() -> None:
    from boathouse.api import DataIngestion

    ingestion = DataIngestion()
    frame = ingestion.load_from_delta(CATALOG, SCHEMA, "features")
    ingestion.save_to_delta(frame, catalog=CATALOG, schema=SCHEMA, table="training_data")
    ingestion.save_to_delta(frame, catalog=CATALOG, schema=SCHEMA, table="training_data")
    again = ingestion.load_from_delta(CATALOG, SCHEMA, "training_data")

    assert set(frame.columns) == {"claim_id", "service_at", *CATEGORICAL, *NUMERICAL}
    assert len(again) == len(frame) > 1_500, "the second time it is written over"
    assert again.sort_values("claim_id")["claim_amount"].sum() == pytest.approx(frame["claim_amount"].sum())


@pytest.mark.usefixtures("here")
def test_rows_are_for_training_for_validation_or_for_the_test() -> None:
    from boathouse.api import DataIngestion

    train, validation, test = DataIngestion(config="claims_fraud").load_train_val_test()
    every = [*train["claim_id"], *validation["claim_id"], *test["claim_id"]]
    assert len(every) == len(set(every)) > 1_500
    assert len(train) / len(every) == pytest.approx(0.7, abs=0.03)
    assert train["service_at"].max() <= test["service_at"].min(), "what is tested is of later days"


# ---- step 2: the model -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_model_is_trained_with_and_without_mlflow(kinds: dict[str, str]) -> None:
    from boathouse.api import ClaimsTreeAutoencoder, DataIngestion

    data = DataIngestion().load_from_delta(CATALOG, SCHEMA, "features")
    fraud_scores, errors = ClaimsTreeAutoencoder(model_type="lightgbm").fit(data, CATEGORICAL, NUMERICAL)
    with Store(f"sqlite:///{Path.cwd()}/guide.db").used() as mlflow:  # what mlflow.set_tracking_uri does
        logged_scores, _ = ClaimsTreeAutoencoder(model_type="lightgbm").fit(
            data, cat_features=CATEGORICAL, num_features=NUMERICAL, log_mlflow=True, run_name="prod-run-123"
        )
        (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")

    assert len(fraud_scores) == len(data)
    assert set(errors) == {*CATEGORICAL, *NUMERICAL}
    assert np.array_equal(fraud_scores, logged_scores), "whether it is logged changes no score"
    assert auc(np.asarray(fraud_scores), data["claim_id"].isin(kinds).to_numpy()) > BETTER_THAN_CHANCE
    assert (run.info.run_name, run.data.params["model_type"]) == ("prod-run-123", "lightgbm")
    logged = {name: run.data.metrics[name] for name in ("mean", "p95", "p99")}
    p95, p99 = np.percentile(fraud_scores, [95, 99])
    assert logged == pytest.approx({"mean": fraud_scores.mean(), "p95": p95, "p99": p99})


# ---- step 3: the jobs --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(claims: ClaimsLake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train as the guide does, in a copy of the project; no test changes it but by what it adds."""
    root = tmp_path_factory.mktemp("trained") / "claims"
    shutil.copytree(claims.landed.root, root)
    job = boathouse_job(
        root, "train", "--model-type", "lightgbm", "--experiment-name", "/test", "--run-name", "test-local"
    )
    assert job.returncode == 0, job.stderr
    return root


def boathouse_job(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "boathouse", "job", words[0], "--catalog", CATALOG, "--schema", SCHEMA, *words[1:]]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_the_training_job_scores_every_claim_and_keeps_its_run(trained: Path, kinds: dict[str, str]) -> None:
    bench = Workbench(trained)
    rows = bench.query("SELECT claim_id, fraud_score, model_type FROM gold.fraud_scores_lightgbm", at="newest")
    (count,) = bench.query("SELECT count(*) AS n FROM gold.labelled_features", at="newest")
    assert len(rows) == count["n"]
    assert {row["model_type"] for row in rows} == {"lightgbm"}
    scores = np.array([row["fraud_score"] for row in rows])
    assert auc(scores, np.array([row["claim_id"] in kinds for row in rows])) > BETTER_THAN_CHANCE
    with store_of(bench.project).used() as mlflow:
        (run,) = mlflow.search_runs(experiment_names=["/test"], output_format="list")
    assert run.info.run_name == "test-local"
    assert {"auc", "average_precision", "precision_at_1_percent"} <= set(run.data.metrics), "of the claims with a label"


def test_the_fairness_job_judges_what_was_trained_and_writes_it(trained: Path) -> None:
    judged = boathouse_job(
        trained, "fairness-validate", "--protected-attributes", ",".join(PROTECTED), "--threshold-percentile", "95",
        "--output-table", "fairness_results",
    )  # fmt: skip
    assert judged.returncode in (0, 1), judged.stderr
    rows = Workbench(trained).query("SELECT DISTINCT attribute FROM gold.fairness_results", at="newest")
    assert {row["attribute"] for row in rows} == set(PROTECTED)
    assert ("a group is treated unfairly" in judged.stdout) is (judged.returncode == 1)


@pytest.mark.usefixtures("here")
def test_bias_is_detected_by_what_the_guide_asks() -> None:
    from boathouse.api import DataIngestion, FairnessAnalyzer

    data = DataIngestion().load_from_delta(CATALOG, SCHEMA, "features")
    scores = np.linspace(0, 1, len(data)) + (data["patient_gender"] == "F").to_numpy()
    analyzer = FairnessAnalyzer(
        data=data, fraud_scores=scores, protected_attributes=PROTECTED, threshold_percentile=95.0
    )
    results = analyzer.analyze_all_attributes()
    summary = analyzer.get_bias_summary()

    assert not results["patient_gender"]["overall_metrics"]["is_fair"], "only women are flagged"
    assert not summary.empty
    assert set(summary["attribute"]) == set(PROTECTED)


# ---- the hooks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_what_the_hooks_tell_is_there_for_the_next_process() -> None:
    from boathouse.api import coordination_hooks

    coordination_hooks.pre_model_training("lightgbm")
    coordination_hooks.post_model_training("lightgbm", {"mean_score": 1.5, "p95_score": 4.0})
    coordination_hooks.pre_fairness_analysis(PROTECTED)
    coordination_hooks.post_fairness_analysis({"patient_gender": {"overall_metrics": {"is_fair": False}}})

    status = type(coordination_hooks)().get_pipeline_status()
    told = Workbench(Path.cwd()).query("SELECT count(*) AS n FROM ops.hook_events", at="newest")
    assert (status["model_training"]["status"], status["fairness_analysis"]["status"]) == ("passed", "failed")
    assert told == [{"n": 4}]


def test_nothing_is_deployed_that_was_not_looked_at(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from boathouse.api import coordination_hooks
    from boathouse.errors import CheckFailed

    monkeypatch.chdir(trained)
    with pytest.raises(CheckFailed, match="claims_fraud"):  # nobody has held its table against its file
        coordination_hooks.pre_deployment("production")
    assert coordination_hooks.get_pipeline_status()["deployment"]["status"] == "failed"


# ---- the guide's own text, on Spark --------------------------------------------------------------------------------------------


def script(title: str, **changes: str) -> str:
    """Give one of the guide's scripts: its imports are ours, and numpy, which it uses and does not import, is there."""
    text = GUIDE.read_text(encoding="utf-8", errors="replace")
    (found,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if f'"""\n{title}' in block]
    found = re.sub(r"from src\.\w+ import", "from boathouse.api import", found)
    for old, new in changes.items():
        found = found.replace(old, new)
    return "import numpy as np\n" + found


@pytest.mark.spark
@pytest.mark.filterwarnings(
    "ignore"
)  # what is called is the guide's: toPandas of PySpark with pandas 3, MLflow's tables
@pytest.mark.skipif(not GUIDE.is_file(), reason="the guide is not beside the repository")
@pytest.mark.usefixtures("here")
def test_the_guide_s_jobs_run_as_they_are_written(spark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from boathouse.api import DataIngestion

    monkeypatch.setattr(sys, "path", list(sys.path))
    # mlflow.set_experiment holds for the process: what it sets is taken back after the test.
    monkeypatch.setattr("mlflow.tracking.fluent._active_experiment_id", None)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    features = DataIngestion().load_from_delta(CATALOG, SCHEMA, "features")
    spark.sql("CREATE SCHEMA IF NOT EXISTS spark_catalog.claims_guide")
    DataIngestion(spark=spark).save_to_delta(features, "spark_catalog", "claims_guide", "features")

    where = ["--catalog", "spark_catalog", "--schema", "claims_guide"]
    monkeypatch.setattr(
        sys,
        "argv",
        ["train.py", "--model-type", "lightgbm", *where, "--experiment-name", "guide", "--run-name", "first"],
    )
    exec(compile(script("Databricks training job entry point"), "train.py", "exec"), {"__name__": "__main__"})  # noqa: S102
    results = "spark_catalog.claims_guide.fairness"
    monkeypatch.setattr(
        sys,
        "argv",
        ["fairness_validate.py", *where, "--protected-attributes", ",".join(PROTECTED), "--output-table", results],
    )
    text = script("Databricks fairness validation job", fraud_scores_catboost="fraud_scores_lightgbm")
    exec(compile(text, "fairness_validate.py", "exec"), {"__name__": "__main__"})  # noqa: S102

    scored = spark.table("spark_catalog.claims_guide.fraud_scores_lightgbm")
    assert scored.count() == len(features)
    assert {row["attribute"] for row in spark.table(results).collect()} == set(PROTECTED)

"""Jobs: from raw files to a model that serves, watched, by the command line and in Python; and what is refused on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from boathouse.coordination_hooks import CoordinationHooks
from boathouse.data_ingestion import DataIngestion
from boathouse.errors import CheckFailed, UserError
from boathouse.project_lake import project_lake
from boathouse.workbench import Workbench
from claims_project import MODEL, claims, make
from terminal import Terminal, is_one_error


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A project whose model serves; no test changes it."""
    bench = make(tmp_path_factory.mktemp("served"))
    for name in ("ingest", "features", "train", "fairness-validate", "register", "score"):
        assert bench.job(name).refused == "", name
    return bench


def rows(bench: Workbench, sql: str) -> list[dict[str, Any]]:
    return bench.query(sql, at="newest")


def test_the_whole_chain_by_the_command_line(boathouse: Terminal, tmp_path: Path) -> None:
    bench = make(tmp_path)
    root, said = bench.project.root, {}
    place = ("--catalog", "main", "--schema", "claims")
    for words in (
        ("ingest",), ("features", *place), ("train", *place, "--model-type", "lightgbm", "--experiment-name", "/test", "--run-name", "first"),
        ("fairness-validate", *place, "--protected-attributes", "patient_gender", "--threshold-percentile", "90", "--output-table", "fairness_results"),
        ("register",), ("score", *place, "--output-table", "main.claims_gold.scored"), ("monitor", *place),
    ):  # fmt: skip
        answer = boathouse("job", *words, "--project", root, "--json")
        assert (answer.code, answer.err) == (0, ""), (words, answer.out)
        said[words[0]] = json.loads(answer.out)
    assert (
        said["train"]["said"] == "claims_fraud version 1 (lightgbm) learnt from 600 rows of main.claims_gold.features@0"
    )
    assert said["train"]["numbers"]["auc"] > 0.9
    assert said["register"]["said"] == "claims_fraud version 1 (lightgbm) is the champion"
    assert said["monitor"]["said"].endswith("drift is stable")
    assert rows(bench, "SELECT count(*) AS n, count(DISTINCT claim_id) AS claims FROM gold.scored") == [
        {"n": 600, "claims": 600}
    ]
    assert [event.hook for event in CoordinationHooks(project_lake(bench.project)).events] == [
        "pre_data_validation", "post_data_validation", "post_feature_engineering", "pre_model_training", "post_model_training",
        "pre_fairness_analysis", "post_fairness_analysis", "pre_deployment", "post_deployment", "pre_drift_detection",
        "post_drift_detection", "pre_fairness_analysis", "post_fairness_analysis",
    ]  # fmt: skip


def test_the_scores_of_a_training_stand_beside_the_keys(served: Workbench) -> None:
    (found,) = rows(
        served,
        "SELECT count(*) AS n, min(model_version) AS version, min(model_type) AS type FROM gold.fraud_scores_lightgbm",
    )
    assert found == {"n": 600, "version": 1, "type": "lightgbm"}
    (fraud,) = rows(served, """
        SELECT avg(CASE WHEN is_fraud THEN fraud_score END) > avg(CASE WHEN NOT is_fraud THEN fraud_score END) AS higher
        FROM gold.features JOIN gold.fraud_scores_lightgbm USING (claim_id)""")  # fmt: skip
    assert fraud["higher"]


def test_todays_scores_are_the_champions(served: Workbench) -> None:
    assert rows(served, "SELECT DISTINCT model_version FROM gold.pred_claims_fraud") == [{"model_version": 1}]


def test_what_was_found_of_fairness_is_a_table(served: Workbench) -> None:
    (found,) = rows(
        served, "SELECT attribute, num_groups, is_fair, model_version, data_version FROM gold.fairness_claims_fraud"
    )
    assert found["attribute"] == "patient_gender"
    assert found["data_version"] == "main.claims_gold.features@0"


def test_the_status_of_the_pipeline_is_in_every_process(served: Workbench) -> None:
    status = CoordinationHooks(project_lake(served.project)).get_pipeline_status()
    assert {stage for stage, said in status.items() if said["status"] in ("passed", "started")} == {
        "data_validation", "feature_engineering", "model_training", "fairness_analysis", "deployment",
    }  # fmt: skip
    assert status["deployment"]["model_version"] == "1"


def test_the_parts_share_no_claim(served: Workbench) -> None:
    train, validation, test = DataIngestion(lake=project_lake(served.project)).load_train_val_test()
    ids = [set(part["claim_id"]) for part in (train, validation, test)]
    assert sum(map(len, ids)) == len(set.union(*ids)) == 600
    assert len(train) > 3 * len(test)


def test_a_model_that_nobody_looked_at_does_not_serve(tmp_path: Path) -> None:
    bench = make(tmp_path)
    bench.job("ingest")
    with pytest.raises(UserError, match="no version of claims_fraud was trained yet; type `boathouse job train`"):
        bench.job("register")
    bench.job("train")
    hooks = CoordinationHooks(project_lake(bench.project)).about(model="claims_fraud", model_version="1")
    refused = bench.job("register").refused
    assert "the validation of main.claims_gold.features@0 was not done" in refused
    assert "fairness: not analysed yet" in refused
    assert hooks.get_pipeline_status()["deployment"]["status"] == "failed"
    with pytest.raises(UserError, match="is the champion"):
        bench.job("score")

    bench.job("features")
    bench.job("train")  # the validation is of the rows that this one learns from
    bench.job("fairness-validate")
    assert bench.job("register").said == "claims_fraud version 2 (lightgbm) is the champion"
    assert hooks.about(model_version="2").pre_deployment("champion").status == "started"
    with pytest.raises(CheckFailed, match="claims_fraud may not be the champion: data_validation: "):
        hooks.pre_deployment("champion")


def test_bias_ends_as_failed_and_blocks_what_comes_after(boathouse: Terminal, tmp_path: Path) -> None:
    bench = make(tmp_path, claims(2_000, against="F"))
    root = bench.project.root
    for name in ("ingest", "features", "train"):
        bench.job(name)
    answer = boathouse("job", "fairness-validate", "--project", root)
    assert answer.code == 1
    assert "the scores treat groups unfairly" in answer.err
    assert rows(bench, "SELECT status FROM gold.fairness_claims_fraud") == [
        {"status": "unfair"}
    ]  # written all the same
    assert boathouse("job", "fairness-validate", "--no-fail", "--project", root).code == 0
    answer = boathouse("job", "register", "--project", root)
    assert answer.code == 1
    assert "no version of claims_fraud may be the champion" in answer.err


def test_major_drift_ends_as_failed(boathouse: Terminal, tmp_path: Path) -> None:
    bench = make(tmp_path)
    for name in ("ingest", "features", "train", "fairness-validate", "register"):
        bench.job(name)
    (bench.project.root / "raw" / "claims.csv").write_text(claims(600, seed=2, times=3.0), encoding="utf-8")
    bench.job("ingest")
    answer = boathouse("job", "monitor", "--project", bench.project.root)
    assert answer.code == 1
    assert "major drift of claim_amount" in answer.err
    found = rows(bench, "SELECT feature, drift, reference, data_version FROM gold.drift_claims_fraud ORDER BY feature")
    assert {row["feature"]: row["drift"] for row in found}["claim_amount"] == "major"
    assert {row["feature"]: row["drift"] for row in found}["claim_type"] == "stable"
    assert {row["reference"] for row in found} == {"main.claims_gold.features@0"}
    assert boathouse("job", "monitor", "--no-fail", "--project", bench.project.root).code == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("c7,", "c8,", "1 rows have a key that is there already"),
        ("c7,", ",", "1 keys are null"),
    ],
)
def test_rows_that_are_not_what_the_model_wants_are_refused(
    boathouse: Terminal, tmp_path: Path, old: str, new: str, says: str
) -> None:
    bench = make(tmp_path, claims(50).replace(f"\n{old}", f"\n{new}"))
    bench.job("ingest")
    answer = boathouse("job", "features", "--project", bench.project.root)
    assert answer.code == 1
    assert says in answer.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["trian"], "there is no job `trian`; did you mean `train`?"),
        (["train", "--model-typ", "x"], "No such option '--model-typ'"),
        (
            ["train", "--model", "claim_fraud"],
            "there is no model `claim_fraud` in models; did you mean `claims_fraud`?",
        ),
        (["train", "--catalog", "prod_main"], "`prod_main` is not the catalog of this project, which is `main`"),
        (
            ["train", "--environment", "dev", "--catalog", "prod_main"],
            "`prod_main` is a catalog of prod, and this is dev",
        ),
        (["train", "--schema", "clams_gold"], "there is no schema `clams_gold` in main; did you mean `claims_gold`?"),
        (["train", "--table", "gold.featurs"], "gold.featurs is not built yet"),
        (["features"], "gold.features is not built yet; type `boathouse run gold.features`"),
        (
            ["fairness-validate", "--threshold-percentile", "100"],
            "--threshold-percentile: Input should be less than 100",
        ),
        (["score"], "there is no model main.claims_gold.claims_fraud"),
        (["ingest", "--source", "nowhere.parquet"], "nowhere.parquet cannot be read as Parquet"),
    ],
)
def test_what_is_typed_wrongly(
    boathouse: Terminal, tmp_path_factory: pytest.TempPathFactory, words: list[str], says: str
) -> None:
    root = make(tmp_path_factory.mktemp("wrong")).project.root
    answer = boathouse("job", *words, "--project", root)
    assert (answer.code, is_one_error(answer.err)) == (2, True), answer.err
    assert says in answer.err


def test_a_parquet_file_comes_in_as_a_table(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    bench = make(tmp_path)
    parquet.write_table(
        pa.table({"claim_id": ["a", "b"], "claim_amount": [1.0, None]}), tmp_path / "training_data.parquet"
    )
    done = bench.job("ingest", {"source": str(tmp_path / "training_data.parquet")})
    assert done.tables == {"main.claims_gold.training_data": 0}
    assert rows(bench, "SELECT count(*) AS n FROM gold.training_data") == [{"n": 2}]


def test_a_table_without_labels_is_trained_on_and_watched_all_the_same(tmp_path: Path) -> None:
    bench = make(tmp_path)
    unlabelled = "reads: bronze.claims\nsteps:\n  - {step: drop_columns, columns: [is_fraud]}\n  - {step: cast, columns: {claim_amount: double, claim_duration_days: int}}\n"
    (bench.project.tables / "gold" / "unlabelled.yml").write_text(unlabelled, encoding="utf-8")
    bench.job("ingest")
    for name in ("features", "train"):
        done = bench.job(name, {"table": "unlabelled"}, schema="claims")
    assert "auc" not in done.numbers
    for name in ("fairness-validate", "register", "monitor"):
        done = bench.job(name)
        assert done.refused == "", name
    assert "rows of main.claims_gold.unlabelled@0" in done.said


def test_a_job_of_another_model_type_or_table_overrides_the_file(tmp_path: Path) -> None:
    bench = make(tmp_path)
    (bench.project.root / "models" / "claims_fraud.yml").write_text(
        MODEL.replace("[lightgbm]", "[catboost]"), encoding="utf-8"
    )
    bench.job("ingest")
    done = bench.job("train", {"model_type": "lightgbm", "numerical": "claim_amount", "output_table": "first_scores"})
    assert list(done.tables) == ["main.claims_gold.first_scores"]
    assert "claim_duration_days" not in bench.models.versions("claims_fraud")[0].columns

"""Coordination hooks: events that outlive the process, what they say of a model's way, and a test of two models."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from boathouse.coordination_hooks import CoordinationHooks, coordination_hooks
from boathouse.errors import UserError
from boathouse.file_lock import held
from boathouse.project_lake import project_lake
from boathouse.workbench import Workbench
from projects import project


def hooks(folder: Path) -> CoordinationHooks:
    return CoordinationHooks(project_lake(project(folder / "claims", {}).project))


def test_an_event_is_there_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path / "claims", {})
    monkeypatch.chdir(tmp_path / "claims")
    told = "from boathouse.coordination_hooks import coordination_hooks as h; h.post_feature_engineering(['age']); h.store_memory('seed', 42)"
    subprocess.run([sys.executable, "-c", told], check=True)
    assert [event.hook for event in coordination_hooks.events] == ["post_feature_engineering", "memory"]
    assert coordination_hooks.retrieve_memory("seed") == 42
    assert coordination_hooks.retrieve_memory("other", "none") == "none"


def test_events_are_a_table_that_sql_reads(tmp_path: Path) -> None:
    hooks(tmp_path).about(model="claims_fraud", model_version="3").post_fairness_analysis({"age": {"is_fair": False}})
    (row,) = Workbench(tmp_path / "claims").query("SELECT * FROM ops.hook_events")
    assert (row["hook"], row["status"], row["model"], row["model_version"]) == (
        "post_fairness_analysis", "failed", "claims_fraud", "3",
    )  # fmt: skip
    assert row["details"] == '{"results": {"age": {"is_fair": false}}}'


def test_an_event_is_known_while_a_run_goes_on(tmp_path: Path) -> None:
    told = hooks(tmp_path)
    with held(Workbench(tmp_path / "claims").project.ops / "run.lock", "a run"):
        told.pre_model_training("lightgbm")
        assert [event.subject.model_type for event in told.events] == ["lightgbm"]
    told.post_model_training("lightgbm", {"p95": np.float64(1.5), "n": np.int64(3), "bad": float("nan")})
    assert [event.hook for event in told.events] == ["pre_model_training", "post_model_training"]
    assert told.events[1].details == {"metrics": {"p95": 1.5, "n": 3, "bad": "nan"}}


def test_two_at_a_time_lose_nothing(tmp_path: Path) -> None:
    told = hooks(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: told.during_model_training("catboost", n, {}), range(20)))
    assert sorted(event.details["epoch"] for event in told.events) == list(range(20))


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ({"passed": True}, "passed"),
        ({"is_valid": False, "rows": 3}, "failed"),
        ({"nulls": {"valid": True}, "types": {"valid": True}}, "passed"),
        ({"nulls": {"valid": True}, "types": {"valid": False}}, "failed"),
        ({"nulls": True, "types": True}, "passed"),
        ({"nulls": {"share": 0.2}}, "failed"),  # what says nothing of itself does not hold
        ({}, "failed"),
    ],
)
def test_what_was_validated_says_whether_it_holds(tmp_path: Path, results: dict[str, object], status: str) -> None:
    assert hooks(tmp_path).post_data_validation(results).status == status


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ({"age": {"overall_metrics": {"is_fair": True}}}, "passed"),
        ({"age": {"overall_metrics": {"is_fair": True}}, "sex": {"overall_metrics": {"is_fair": False}}}, "failed"),
        ({"age": {"overall_metrics": {}}}, "failed"),  # a group that was never flagged had none, and passed for fair
        ({"age": {"error": "no such column"}}, "failed"),
        ({}, "failed"),
    ],
)
def test_what_was_not_found_fair_is_not_fair(tmp_path: Path, results: dict[str, object], status: str) -> None:
    assert hooks(tmp_path).post_fairness_analysis(results).status == status


def test_an_error_is_the_end_of_its_step(tmp_path: Path) -> None:
    told = hooks(tmp_path)
    told.pre_model_training("catboost")
    with pytest.raises(ValueError, match="no rows"), told.telling_failure("model_training"):
        raise ValueError("no rows")
    assert told.get_pipeline_status()["model_training"]["status"] == "failed"


def test_the_status_names_each_step_and_where_it_stands(tmp_path: Path) -> None:
    told = hooks(tmp_path)
    told.pre_data_validation()
    told.post_data_validation({"passed": True})
    told.about(model="claims_fraud", model_version="3").pre_fairness_analysis(["age"])
    status = told.get_pipeline_status()
    assert {stage: said["status"] for stage, said in status.items()} == {
        "data_validation": "passed", "feature_engineering": "not_started", "model_training": "not_started",
        "fairness_analysis": "started", "drift_detection": "not_started", "shap_analysis": "not_started",
        "deployment": "not_started",
    }  # fmt: skip
    assert status["fairness_analysis"]["model_version"] == "3"


def test_results_that_are_no_results_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="results are a dict, not list"):
        hooks(tmp_path).post_fairness_analysis([])
    with pytest.raises(UserError, match="say `drift_status`"):
        hooks(tmp_path / "other").post_drift_detection({"psi_values": {}})


def test_an_ab_test_is_the_same_in_another_process(tmp_path: Path) -> None:
    told = hooks(tmp_path)
    with pytest.raises(UserError, match="no A/B test was set up"):
        told.route_traffic("ann")
    told.setup_ab_test("models", control="catboost", treatment="xgboost", share=0.2)
    again = CoordinationHooks(project_lake(Workbench(tmp_path / "claims").project))
    users = [f"user{n}" for n in range(2_000)]
    assert [told.route_traffic(user) for user in users[:20]] == [again.route_traffic(user) for user in users[:20]]
    test = again.ab_test("models")
    outcomes = [test.route(user) == "xgboost" or at % 3 == 0 for at, user in enumerate(users)]
    found = again.analyze_ab_test({"user": users, "outcome": outcomes})
    assert found.winner == "xgboost"
    assert found.lift == pytest.approx(2 / 3, abs=0.03)
    with pytest.raises(UserError, match="more than one outcome"):
        again.analyze_ab_test({"user": ["ann", "ann"], "outcome": [1, 0]})

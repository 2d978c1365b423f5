"""Tracking: what a training leaves in MLflow, and that a model comes back from there as it was."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from boathouse.config import Config, Project
from boathouse.errors import EngineError, StepError, UserError
from boathouse.ml.tracking.given import scored
from boathouse.ml.tracking.metrics import auc, average_precision, cost_curve, measured, precision_at
from boathouse.ml.tracking.registry import Registry
from boathouse.ml.tracking.store import Store, store_of
from boathouse.ml.tracking.training import Training, log_training
from boathouse.models.scorecard import Scorecard
from boathouse.workbench import Workbench
from projects import project, write
from tracked import CHEAP, DEAR, ROWS, new_store, trained

LABELS = [0, 0, 1, None]


# ---- a training is a run -------------------------------------------------------------------------------------------


def test_a_run_says_how_the_model_was_made_and_of_what(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    scores = CHEAP.score(ROWS)
    training = Training(
        store, "churn", {"gold.customers": 7}, 2, "churned", {"folds": 3}, {"seconds": 0.5}, {"team": "risk"}
    )

    run = log_training(CHEAP, ROWS, scores, run_name="first", labels=LABELS, training=training)

    data = store.client().get_run(run).data
    assert data.tags["mlflow.runName"] == "first"
    assert data.params == {"kind": "scorecard", "points": '{"fee": 1.0, "plan": {"a": 100.0}}', "folds": "3"}
    assert {name: data.metrics[name] for name in ("rows", "mean", "positives", "auc", "seconds")} == {
        "rows": 4, "mean": 64.5, "positives": 1, "auc": 0.5, "seconds": 0.5,
    }  # fmt: skip
    assert data.metrics["p95"] == pytest.approx(np.percentile(scores, 95))
    told = {name.removeprefix("boathouse."): text for name, text in data.tags.items() if name.startswith("boathouse.")}
    assert json.loads(told.pop("tables")) == {"gold.customers": 7}
    assert json.loads(told.pop("columns")) == {"fee": "double", "plan": "string"}
    assert len(told.pop("fingerprint")) == 16
    assert told == {"kind": "scorecard", "release": "2", "label": "churned"}
    assert data.tags["team"] == "risk"


def test_it_registers_one_model_whose_newest_version_is_the_challenger(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    first, second = trained(store, CHEAP), trained(store, DEAR)
    registry = Registry(store)

    assert registry.names() == ("main.claims.churn",)
    assert [each.version for each in registry.versions("churn")] == [1, 2]
    assert (first.aliases, second.aliases) == (("challenger",), ("challenger",))
    assert registry.version("churn", 1).aliases == ()
    assert first.fingerprint != second.fingerprint
    assert second.tables == {"gold.customers": 3}
    assert second.release == 1
    assert second.columns == {"fee": "double", "plan": "string"}


def test_what_is_kept_is_no_pickle_and_names_its_packages(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    trained(store)

    with store.used() as mlflow:
        folder = Path(mlflow.artifacts.download_artifacts("models:/main.claims.churn@challenger"))
        info = mlflow.models.get_model_info("models:/main.claims.churn@challenger")
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}

    assert {"pyfunc.py", "artifacts/model/model.json", "input_example.json"} <= files
    assert not [file for file in files if file.endswith((".pkl", ".pickle", ".joblib"))]
    requirements = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    assert "boathouse==0.1.0" in requirements
    assert f"numpy=={np.__version__}" in requirements
    assert all("==" in line for line in requirements)
    assert [(each.name, each.type.name, each.required) for each in info.signature.inputs] == [
        ("fee", "double", False), ("plan", "string", False),
    ]  # fmt: skip
    assert [each.type.name for each in info.signature.outputs] == ["double"]


def test_a_model_comes_back_as_it_was(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    version = trained(store)

    assert Registry(store).load(version).score(ROWS).tolist() == CHEAP.score(ROWS).tolist()
    with store.used() as mlflow:
        served = mlflow.pyfunc.load_model("models:/main.claims.churn/1").predict(ROWS.to_pandas())
    assert served.tolist() == CHEAP.score(ROWS).tolist()


def test_files_that_were_changed_since_are_refused(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    version = trained(store)
    (file,) = (tmp_path / "models").rglob("model.json")
    file.write_text(file.read_text(encoding="utf-8").replace("100.0", "1.0"), encoding="utf-8")

    with pytest.raises(EngineError, match=r"the files of main\.claims\.churn/1 are not those that were registered"):
        Registry(store).load(version)


def test_nothing_is_registered_that_no_name_is_given_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = new_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", store.client().create_experiment("mine", (tmp_path / "runs").as_uri()))

    run = log_training(CHEAP, ROWS, CHEAP.score(ROWS))

    assert store.client().get_run(run).data.metrics["rows"] == 4
    assert Registry(store).names() == ()


def test_mlflow_is_left_as_it_was_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = new_store(tmp_path / "mine").uri
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mine)
    trained(new_store(tmp_path / "projects"))
    import mlflow

    assert mlflow.get_tracking_uri() == mlflow.get_registry_uri() == mine
    assert "MLFLOW_REGISTRY_URI" not in os.environ
    assert mlflow.active_run() is None


# ---- names and places ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["claims.churn", "a.b.c.d", "main.claims.my model", "main..churn", "", "main.claims.churn@x"]
)
def test_a_name_has_three_levels(name: str) -> None:
    with pytest.raises(UserError, match=r"write catalog\.schema\.model"):
        Store(catalog="main", schema="claims").model_name(name)


def test_a_name_alone_is_one_of_the_project() -> None:
    store = Store(catalog="dev_main", schema="claims")
    assert store.model_name("fraud") == "dev_main.claims.fraud"
    assert store.model_name("shared.ml.fraud") == "shared.ml.fraud"


def test_each_environment_has_a_store_of_its_own(tmp_path: Path) -> None:
    root = project(tmp_path / "churn").project.root
    write(root, {"config/prod.yaml": "mlflow: {tracking_uri: databricks}\n", "config/dev.yaml": "{}\n"})
    local, dev, prod = (store_of(Workbench(root, env=env).project) for env in ("local", "dev", "prod"))

    assert local.uri == f"sqlite:///{root}/lake/churn_models/mlflow.db"
    assert dev.uri == f"sqlite:///{root}/lake/dev_churn_models/mlflow.db"
    assert (dev.model_name("risk"), prod.model_name("risk")) == (
        "dev_main.churn_gold.risk",
        "prod_main.churn_gold.risk",
    )
    assert (prod.uri, prod.registry_uri, prod.experiment) == ("databricks", "databricks-uc", "/Shared/churn")


def test_a_project_that_has_no_model_gets_no_file(tmp_path: Path) -> None:
    found = Project(tmp_path, Config(name="churn"))

    assert Registry(store_of(found)).names() == ()
    with pytest.raises(
        UserError, match=r"there is no model main\.churn_gold\.risk; train one with `boathouse job train`"
    ):
        Registry(store_of(found)).version("risk", "champion")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_said_with_what_is(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    trained(store)
    registry = Registry(store)

    with pytest.raises(UserError, match="did you mean `churn`"):
        registry.version("chrun", "champion")
    with pytest.raises(
        UserError, match=r"no version of the model main\.claims\.churn is the champion; .* promote churn"
    ):
        registry.version("churn", "champion")
    with pytest.raises(UserError, match="has no version 9; the newest is 1; challenger is 1"):
        registry.version("churn", 9)


# ---- what a model is given -----------------------------------------------------------------------------------------

TYPED = Scorecard({"visits": 2.0, "plan": {"a": 1.0}})


def test_rows_of_pandas_and_of_arrow_are_scored_alike() -> None:
    arrow = pa.table({"visits": pa.array([3, None], pa.int64()), "plan": ["a", None]})
    frame = pd.DataFrame({"visits": [3.0, float("nan")], "plan": ["a", None]})

    assert scored(TYPED, arrow).to_pylist() == [7.0, 0.0]
    assert scored(TYPED, pa.Table.from_pandas(frame)).to_pylist() == [7.0, 0.0]
    assert scored(TYPED, arrow.slice(0, 0)).to_pylist() == []


def test_a_column_that_is_missing_or_of_another_type_is_named() -> None:
    with pytest.raises(StepError, match="wants the column `visits`, which it is not given; did you mean `visit`"):
        scored(TYPED, pa.table({"visit": [1], "plan": ["a"]}))
    with pytest.raises(StepError, match="wants `plan` as string, and is given double"):
        scored(TYPED, pa.table({"visits": [1], "plan": [1.0]}))
    with pytest.raises(StepError, match="wants `visits` as double, and is given string"):
        scored(TYPED, pa.table({"visits": ["1"], "plan": ["a"]}))


# ---- metrics -------------------------------------------------------------------------------------------------------

ranked = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.5000001, 2.0]), st.booleans()), min_size=2, max_size=40)


@given(ranked.filter(lambda rows: len({label for _, label in rows}) == 2))
def test_ranks_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    scores, labels = np.array([score for score, _ in rows]), np.array([label for _, label in rows])

    assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert average_precision(scores, labels) == pytest.approx(average_precision_score(labels, scores), abs=1e-12)


def test_precision_of_the_first_rows_takes_ties_as_they_are_to_be_expected() -> None:
    labels = np.array([True, False, True, False])

    assert precision_at(np.array([4.0, 3.0, 2.0, 1.0]), labels, 0.5) == 0.5
    assert precision_at(np.array([4.0, 1.0, 3.0, 2.0]), labels, 0.5) == 1.0
    assert precision_at(np.array([1.0, 1.0, 1.0, 1.0]), labels, 0.25) == 0.5


def test_a_cost_curve_goes_from_missing_all_to_reviewing_all() -> None:
    curve = cost_curve([9.0, 8.0, 1.0, 0.0], [1, 0, 0, 0], review=1.0, miss=10.0)

    assert curve[0] == {"share": 0.0, "cost": 2.5}
    assert curve[25] == {"share": 0.25, "cost": 0.25}
    assert curve[100] == {"share": 1.0, "cost": 1.0}
    assert measured([9.0, 8.0, 1.0, 0.0], [1, 0, 0, 0])["least_cost_share"] == 0.25


@pytest.mark.parametrize("labels", [[1, 1, None], [None, None, None], [0, 0, 0]])
def test_labels_of_one_kind_rank_nothing(labels: list[int | None]) -> None:
    assert "auc" not in measured([1.0, 2.0, 3.0], labels)


def test_no_rows_have_no_metrics() -> None:
    assert measured(np.array([]), []) == {"rows": 0.0}


# ---- the model tests of the platform -------------------------------------------------------------------------------


@pytest.mark.models
def test_mlflow_evaluates_the_registered_model(tmp_path: Path) -> None:
    """MLflow's own evaluation wants Matplotlib, which the extra `ml` does not bring."""
    store = new_store(tmp_path)
    chance = np.random.default_rng(4)
    rows = pa.table({"fee": chance.random(200), "plan": chance.choice(["a", "b"], 200)})
    labels = chance.random(200) < 0.3
    trained(store, CHEAP, rows, labels=labels)
    with store.used() as mlflow:
        metric = mlflow.models.make_metric(
            eval_fn=lambda predictions, targets: auc(np.asarray(predictions), np.asarray(targets) > 0),
            greater_is_better=True, name="auc",
        )  # fmt: skip
        data = rows.to_pandas().assign(churned=labels.astype(float))
        with mlflow.start_run():
            found = mlflow.models.evaluate(
                "models:/main.claims.churn@challenger", data, targets="churned", model_type="regressor",
                extra_metrics=[metric], evaluator_config={"log_model_explainability": False},
            )  # fmt: skip

    assert found.metrics["auc"] == pytest.approx(Registry(store).version("churn", 1).metrics["auc"])
    assert found.metrics["auc"] == pytest.approx(roc_auc_score(labels, CHEAP.score(rows)))

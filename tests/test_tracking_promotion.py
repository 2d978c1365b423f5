"""Promotion: a challenger becomes the champion through gates, and nothing changes where one refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from boathouse.errors import UnknownName, UserError
from boathouse.ml.tracking.gate import GATES, Candidate, Trial, Verdict
from boathouse.ml.tracking.promotion import candidate, promote, tried
from boathouse.ml.tracking.registry import ModelVersion, Registry
from boathouse.models.scorecard import Scorecard
from boathouse.workbench import Workbench
from projects import project
from terminal import Terminal
from tracked import CHEAP, DEAR, ROWS, new_store, registry_of, trained

COLUMNS = '{"fee": "double", "plan": "string"}'
LABELLED = ROWS.append_column("churned", pa.array([0, 1, 0, 0]))  # who pays much leaves


def version(
    number: int = 2, metrics: dict[str, float] | None = None, tags: dict[str, str] | None = None
) -> ModelVersion:
    told = {"columns": COLUMNS, "release": "1", "tables": '{"gold.customers": 3}', **(tags or {})}
    return ModelVersion(
        "main.claims.churn", number, tags={f"boathouse.{k}": v for k, v in told.items()}, metrics=metrics or {}
    )


def judged(gate: str, found: Candidate) -> Verdict:
    verdict: Verdict = GATES.member(gate).judge(found)
    assert verdict.gate == gate
    return verdict


# ---- each gate -----------------------------------------------------------------------------------------------------


def against(ours: dict[str, float], theirs: dict[str, float], **tags: str) -> Candidate:
    return Candidate(version(metrics=ours, tags=tags), version(1, metrics=theirs))


@pytest.mark.parametrize(
    ("found", "passed", "looked_at"),
    [
        (Candidate(version()), None, "nobody to compare with"),
        (against({"auc": 0.8}, {"auc": 0.7}), True, "gold.customers at version 3: auc 0.8000, the champion's 0.7000"),
        (against({"auc": 0.7}, {"auc": 0.7}), True, "auc 0.7000, the champion's 0.7000"),
        (against({"auc": 0.6}, {"auc": 0.7}), False, "auc 0.6000, the champion's 0.7000"),
        (against({"auc": 0.9, "average_precision": 0.1}, {"auc": 0.7, "average_precision": 0.2}), False, "average_precision"),
        (against({"auc": 0.8}, {"auc": 0.7}, tables='{"gold.customers": 4}'), None, "--on TABLE --label COLUMN"),
        (against({"mean": 1.0}, {"mean": 2.0}), None, "no labels of both kinds"),
        (Candidate(version(), version(1), Trial("gold.x", 1_000, {"auc": 0.5}, {"auc": 0.6})), False, "1,000 rows of gold.x"),
    ],
)  # fmt: skip
def test_evaluation(found: Candidate, passed: bool | None, looked_at: str) -> None:
    verdict = judged("evaluation", found)
    assert verdict.passed is passed
    assert looked_at in verdict.looked_at


@pytest.mark.parametrize(
    ("ours", "looked_at"),
    [
        (COLUMNS, ""),
        ('{"plan": "string", "fee": "double"}', ""),
        ('{"fee": "double"}', "it lacks plan"),
        ('{"fee": "int", "plan": "string", "age": "int"}', "it adds age; has of another type fee"),
        ("{}", "does not say which columns"),
    ],
)
def test_signature(ours: str, looked_at: str) -> None:
    verdict = judged("signature", Candidate(version(tags={"columns": ours}), version(1)))
    assert verdict.passed is (not looked_at)
    assert looked_at in verdict.looked_at
    assert bool(verdict.remedy) is bool(looked_at)


def test_released_data() -> None:
    assert judged("released_data", Candidate(version())) == Verdict(
        "released_data", True, "trained on gold.customers at version 3, of release 1"
    )
    refused = judged("released_data", Candidate(version(tags={"release": ""})))
    assert refused.passed is False
    assert refused.remedy == "`boathouse release`, then `boathouse job train`"


@pytest.mark.parametrize("gate", ["fairness", "drift"])
def test_what_was_never_looked_at_is_let_pass_and_said(gate: str) -> None:
    verdict = judged(gate, Candidate(version()))
    assert verdict.passed is None
    assert "boathouse job" in verdict.looked_at


@pytest.mark.parametrize("gate", ["fairness", "drift"])
def test_what_was_found_decides(gate: str) -> None:
    for passed in (True, False):
        noted = json.dumps({"passed": passed, "told": "region: ratio 0.61"})
        verdict = judged(gate, Candidate(version(tags={f"gate.{gate}": noted})))
        assert (verdict.passed, verdict.looked_at, bool(verdict.remedy)) == (passed, "region: ratio 0.61", not passed)


@pytest.mark.parametrize("gate", GATES.names())
def test_a_gate_says_what_it_is(gate: str) -> None:
    assert GATES.summary(gate) == GATES.member(gate).__doc__.split("\n")[0]
    assert GATES.summary(gate).endswith(".")


# ---- the promotion -------------------------------------------------------------------------------------------------


def test_the_first_champion_and_the_next(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    registry, first = Registry(store), trained(store)
    assert promote(registry, candidate(registry, "churn")).before is None
    assert registry.version("churn", "champion").version == first.version

    second = trained(store)
    done = promote(registry, candidate(registry, "churn"))
    assert (done.passed, done.before.version if done.before else 0) == (True, 1)
    assert registry.version("churn", "champion").aliases == ("champion",)
    assert registry.version("churn", "champion").version == second.version
    assert registry.version("churn", 1).aliases == ()


def test_both_are_measured_on_the_same_rows(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    registry = Registry(store)
    points = Scorecard({"fee": 1.0, "plan": {"a": 0.0}})
    promote(registry, candidate(registry, trained(store, points).name))
    trained(store, DEAR, tables={"gold.customers": 4})

    found = tried(registry, candidate(registry, "churn"), LABELLED, "churned", "gold.customers")
    done = promote(registry, found)

    assert found.trial is not None
    assert (found.trial.champion["auc"], found.trial.challenger["auc"]) == (1.0, 0.0)
    assert [each.gate for each in done.refused] == ["evaluation"]
    assert registry.version("churn", "champion").version == 1
    assert registry.version("churn", "challenger").version == 2
    with pytest.raises(UnknownName, match="there is no column `left` in gold"):
        tried(registry, found, LABELLED, "left", "gold.customers")


def test_what_an_analysis_noted_stops_it(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    registry = Registry(store)
    registry.note(trained(store), "fairness", passed=False, told="gender: 0.4")

    assert [each.gate for each in promote(registry, candidate(registry, "churn")).refused] == ["fairness"]
    with pytest.raises(UserError, match="no version of the model"):
        registry.version("churn", "champion")


# ---- the command line ----------------------------------------------------------------------------------------------


@pytest.fixture
def churn(tmp_path: Path) -> Workbench:
    return project(tmp_path / "churn")


def test_list_show_and_promote(churn: Workbench, boathouse: Terminal) -> None:
    store = registry_of(churn.project).store
    trained(store, CHEAP, labels=[1, 0, 0, 0])
    trained(store, DEAR, labels=[1, 0, 0, 0])
    here = ("--project", churn.project.root)

    listed = boathouse("model", "list", *here)
    assert (listed.code, "main.churn_gold.churn" in listed.out, "challenger 2" in listed.out) == (0, True, True)
    shown = json.loads(boathouse("model", "show", "churn", *here, "--json").out)
    assert [each["version"] for each in shown["versions"]] == [1, 2]
    assert shown["versions"][1]["metrics"]["auc"] == pytest.approx(2 / 3)
    assert "gold.customers 3 (release 1)" in boathouse("model", "show", "churn", *here).out

    done = boathouse("model", "promote", "churn", "--version", 1, *here, "--json")
    assert (done.code, json.loads(done.out)["passed"]) == (0, True)
    refused = boathouse("model", "promote", "churn", *here)
    assert refused.code == 1
    assert "main.churn_gold.churn/2 is not the champion: evaluation refused; nothing has changed" in refused.out
    assert registry_of(churn.project).version("churn", "champion").version == 1


def test_models_are_compared_on_a_table_of_the_lake(churn: Workbench, boathouse: Terminal) -> None:
    (churn.project.root / "tables/gold/labelled.sql").write_text(
        "SELECT fee, plan, fee > 100 AS left_us FROM silver.customers\n", encoding="utf-8"
    )
    churn.run()
    store = registry_of(churn.project).store
    here = ("--project", churn.project.root)
    trained(store, DEAR)
    boathouse("model", "promote", "churn", *here)
    trained(store, CHEAP)

    done = boathouse("model", "promote", "churn", "--on", "gold.labelled", "--label", "left_us", *here, "--json")
    told = {each["gate"]: each["looked_at"] for each in json.loads(done.out)["gates"]}
    assert done.code == 0
    assert told["evaluation"] == "5 rows of gold.labelled: average_precision 1.0000, the champion's 0.2000"
    assert boathouse("model", "promote", "churn", "--on", "gold.labelled", *here).code == 2


def test_where_there_is_no_model_the_next_step_is_said(churn: Workbench, boathouse: Terminal) -> None:
    here = ("--project", churn.project.root)
    assert "no model is registered yet" in boathouse("model", "list", *here).out
    asked = boathouse("model", "promote", "churn", *here)
    assert (asked.code, "boathouse job train" in asked.err) == (2, True)

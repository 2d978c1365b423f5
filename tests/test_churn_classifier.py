"""The churn classifier: probabilities that come true, nothing that was not known, and a model that is text and numbers."""

from __future__ import annotations

import json
import math
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from boathouse import model
from boathouse.errors import FileError, MissingExtra, UnknownName, UserError
from boathouse.ml.forecast.churn_test import churn_test, suspects, time_split
from boathouse.ml.forecast.platt_scaling import fit_platt_scaling, folds_of, logistic
from boathouse.models.churn_classifier import ChurnClassifier

CATEGORIES, NUMBERS = ["plan"], ["days_since_last_purchase", "purchase_days_90d", "noise"]
EFFECT = {"basic": 0.7, "plus": -0.7}


def customers(count: int = 3_000, seed: int = 0) -> pa.Table:
    """Make customers who stop with a probability that is known."""
    random = np.random.default_rng(seed)
    away, came = random.integers(0, 60, count), random.poisson(6, count)
    plan = random.choice(list(EFFECT), count)
    chance = logistic(-2.2 + 0.06 * away - 0.25 * came + np.array([EFFECT[each] for each in plan]))
    return pa.table({
        "customer": np.arange(count), "plan": plan, "days_since_last_purchase": away, "purchase_days_90d": came,
        "noise": random.normal(size=count), "chance": chance, "churned": random.random(count) < chance,
    })  # fmt: skip


@pytest.fixture(scope="module")
def trained() -> ChurnClassifier:
    found = ChurnClassifier()
    found.fit(customers(), CATEGORIES, NUMBERS)
    return found


def test_it_finds_probabilities_that_are_known(trained: ChurnClassifier) -> None:
    new = customers(seed=1)
    said, chance = trained.score(new), np.asarray(new["chance"])
    assert np.corrcoef(said, chance)[0, 1] > 0.93
    assert said.mean() == pytest.approx(chance.mean(), abs=0.02)
    for tenth in np.array_split(np.argsort(said), 10):  # what is said comes true
        assert said[tenth].mean() == pytest.approx(chance[tenth].mean(), abs=0.05)


def test_training_rows_are_scored_by_what_has_not_seen_them() -> None:
    rows = customers(600)
    nothing = rows.set_column(6, "churned", pa.array(np.random.default_rng(3).random(600) < 0.3))
    said, moved = ChurnClassifier().fit(nothing, CATEGORIES, NUMBERS)
    happened: np.ndarray = np.array(nothing["churned"].to_pylist(), dtype=np.bool_)
    assert abs(said[happened].mean() - said[~happened].mean()) < 0.05  # labels by chance cannot be told
    assert set(moved) == {*NUMBERS, *CATEGORIES}
    assert all(len(column) == 600 for column in moved.values())


def test_rows_of_one_customer_do_not_teach_each_other() -> None:
    """Twenty snapshots of each customer, of whom chance alone says who stops; a model that knows the customer knows it."""
    random = np.random.default_rng(0)
    who = np.repeat(np.arange(100), 20)
    happened: np.ndarray = (random.random(100) < 0.4)[who]
    rows = {"who": who, "mark": random.normal(size=100)[who], "churned": happened}
    apart, _ = ChurnClassifier(entity="who").fit(rows, [], ["mark"])
    mixed, _ = ChurnClassifier().fit(rows, [], ["mark"])
    assert mixed[happened].mean() - mixed[~happened].mean() > 0.2
    assert apart[happened].mean() - apart[~happened].mean() < 0.1
    folds = folds_of(who, 5, 0)
    assert all(len(set(folds[who == each])) == 1 for each in range(100))


def test_a_row_is_scored_alike_alone_in_another_order_and_beside_columns_that_nobody_asked_for(
    trained: ChurnClassifier,
) -> None:
    rows = customers(200, seed=4)
    said = trained.score(rows)
    assert list(trained.score(rows.select(["noise", "plan", "purchase_days_90d", "days_since_last_purchase"]))) == list(
        said
    )
    assert list(trained.score(rows.take(list(range(199, -1, -1))))) == list(said[::-1])
    assert [trained.score(rows.slice(place, 1))[0] for place in range(5)] == list(said[:5])
    assert len(trained.score(rows.slice(0, 0))) == 0


def test_missing_and_unseen_values_are_scored(trained: ChurnClassifier) -> None:
    odd = {
        "plan": ["gold", None, ""],
        "days_since_last_purchase": [None, 5, 10**9],
        "purchase_days_90d": [3, None, -1],
        "noise": [float("nan"), float("inf"), 0.0],
    }
    said = trained.score(odd)
    assert np.isfinite(said).all()
    assert ((said > 0) & (said < 1)).all()


def test_rows_without_a_label_are_scored_and_not_learnt_from() -> None:
    rows = customers(1_000)
    labels = rows["churned"].to_pylist()
    labels[:300] = [None] * 300
    said, _ = ChurnClassifier().fit(rows.set_column(6, "churned", pa.array(labels, pa.bool_())), CATEGORIES, NUMBERS)
    chance = np.asarray(rows["chance"])
    assert np.corrcoef(said[:300], chance[:300])[0, 1] > 0.8


def test_what_moved_a_probability_adds_up_to_it(trained: ChurnClassifier) -> None:
    row = {"plan": "basic", "days_since_last_purchase": 55, "purchase_days_90d": 1, "noise": 0.0}
    told = trained.explain(row)
    assert (told[0]["column"], told[0]["value"]) == ("days_since_last_purchase", 55)
    assert told[0]["log_odds"] > 0
    assert told[-1]["column"] == "base"
    odds = sum(each["log_odds"] for each in told)
    assert 1 / (1 + math.exp(-odds)) == pytest.approx(trained.score({name: [value] for name, value in row.items()})[0])
    with pytest.raises(UserError, match="one row is explained at a time"):
        trained.explain(customers(2))


def test_it_is_saved_as_text_and_reads_back_the_same(trained: ChurnClassifier, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "churn"
    trained.save(folder)
    (folder / "left_over.txt").write_text("of an older one", encoding="utf-8")
    trained.save(folder)
    assert sorted(file.name for file in folder.iterdir()) == ["model.json", *(f"trees_{fold}.txt" for fold in range(5))]
    assert [file.name for file in folder.parent.iterdir()] == ["churn"]
    read = model.load(folder)
    rows = customers(100, seed=2)
    assert list(read.score(rows)) == list(trained.score(rows))
    assert read.columns == trained.columns == {
        "days_since_last_purchase": "bigint", "purchase_days_90d": "bigint", "noise": "double", "plan": "string",
    }  # fmt: skip
    assert isinstance(read, ChurnClassifier)
    assert read.get_params() == trained.get_params()


@pytest.mark.parametrize("broken", ["trees_0.txt", "model.json"])
def test_a_folder_that_is_no_model_is_said_to_be_none(trained: ChurnClassifier, tmp_path: Path, broken: str) -> None:
    trained.save(tmp_path / "churn")
    (tmp_path / "churn" / broken).unlink()
    with pytest.raises(FileError, match="train and save it anew"):
        model.load(tmp_path / "churn")
    (tmp_path / "churn" / broken).write_text(json.dumps({"kind": "churn_classifier"}), encoding="utf-8")
    with pytest.raises(FileError, match="train and save it anew"):
        model.load(tmp_path / "churn")


def test_the_same_rows_give_the_same_model() -> None:
    rows = customers(500)
    first, _ = ChurnClassifier(random_state=3).fit(rows, CATEGORIES, NUMBERS)
    again, _ = ChurnClassifier(random_state=3).fit(rows, CATEGORIES, NUMBERS)
    assert list(first) == list(again)


@pytest.mark.parametrize(
    ("options", "categories", "numbers", "said"),
    [
        ({"label": "noise"}, [], ["purchase_days_90d"], "is to say who stopped"),
        ({"label": "plan"}, [], ["noise"], "no number"),
        ({}, [], ["plan"], "name it among the categories"),
        ({}, ["plan"], ["plan"], "among the numbers and among the categories"),
        ({}, [], [], "a model wants columns"),
        ({"label": "churnd"}, [], ["noise"], "did you mean `churned`"),
        ({"entity": "customr"}, [], ["noise"], "did you mean `customer`"),
    ],
)
def test_what_cannot_be_learnt_is_said(
    options: dict[str, Any], categories: list[str], numbers: list[str], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        ChurnClassifier(**options).fit(customers(200), categories, numbers)


def test_too_few_who_stopped_and_a_model_that_is_not_trained_are_errors() -> None:
    rows = customers(200)
    with pytest.raises(UserError, match="of 200 rows with a label, 0 churned; 10 of each kind are needed"):
        ChurnClassifier().fit(rows.set_column(6, "churned", pa.array([False] * 200)), [], NUMBERS)
    with pytest.raises(UserError, match="not trained yet"):
        ChurnClassifier().score(rows)
    with pytest.raises(UserError, match="leaves 2 or more"):
        ChurnClassifier(leaves=1)
    trained = ChurnClassifier()
    trained.fit(rows, [], NUMBERS)
    with pytest.raises(UnknownName, match="noise"):
        trained.score(rows.drop(["noise"]))


def test_without_lightgbm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingExtra, match=r"pip install 'boathouse\[ml\]'"):
        ChurnClassifier().fit(customers(200), [], NUMBERS)


def test_platt_scaling_finds_the_line_that_made_the_labels() -> None:
    random = np.random.default_rng(0)
    margins = random.normal(0, 2, 20_000)
    scaling = fit_platt_scaling(margins, (random.random(20_000) < logistic(0.5 * margins - 1)).astype(float))
    assert scaling.slope == pytest.approx(0.5, abs=0.03)
    assert scaling.intercept == pytest.approx(-1, abs=0.06)
    turned = fit_platt_scaling(margins, (random.random(20_000) < logistic(-margins)).astype(float))
    assert turned.slope == 0  # what tells the opposite of what it learnt tells nothing


def snapshots() -> pa.Table:
    """Put the same customers before us at the first of each month of half a year."""
    parts = []
    for month in range(1, 7):
        rows = customers(1_000, seed=month)
        parts.append(rows.append_column("snapshot_on", pa.array([date(2024, month, 1)] * 1_000)))
    return pa.concat_tables(parts)


def test_a_snapshot_is_learnt_from_only_when_its_outcome_is_known() -> None:
    train, test = time_split(snapshots(), "snapshot_on", date(2024, 6, 1), outcome_days=60)
    # The outcome of 1 April is known on 31 May; that of 1 May is on 30 June, a month too late.
    assert set(train["snapshot_on"].to_pylist()) == {date(2024, month, 1) for month in (1, 2, 3, 4)}
    assert set(test["snapshot_on"].to_pylist()) == {date(2024, 6, 1)}
    with pytest.raises(UserError, match="0 rows to learn from and 1000 to test on 2024-02-01; test on a snapshot from"):
        time_split(snapshots(), "snapshot_on", date(2024, 2, 1), outcome_days=60)


def test_the_model_is_held_against_a_rule_of_thumb() -> None:
    def fit(train: pa.Table) -> Any:
        found = ChurnClassifier(entity="customer")
        found.fit(train, CATEGORIES, NUMBERS)
        return found.score

    days = [date(2024, 5, 1), date(2024, 6, 1)]
    rows = churn_test(snapshots(), fit, label="churned", time="snapshot_on", test_on=days, outcome_days=60).to_pylist()
    assert [(row["test_on"], row["by"]) for row in rows] == [(day, by) for day in days for by in ("model", "rule")]
    for model_row, rule_row in zip(rows[::2], rows[1::2], strict=True):
        assert model_row["beats_rule"] is True  # the plan counts, and the rule does not know it
        assert model_row["auc"] > rule_row["auc"] + 0.02
        assert (
            model_row["brier"] < rule_row["brier"]
        )  # that of the rule is the share of the training rows, for everybody
        assert rule_row["beats_rule"] is None


def test_a_column_that_was_written_after_the_outcome_is_suspected() -> None:
    rows = customers()
    stopped = np.asarray(rows["churned"])
    last_seen = [date(2024, 6, 1) + timedelta(days=0 if gone else 40) for gone in stopped]
    leak = pa.array([None if gone else 1 for gone in stopped], pa.int64())  # its being there is what tells
    told = rows.append_column("closed_reason", leak).append_column(
        "last_seen_days", pa.array([each.day for each in last_seen])
    )
    assert suspects(told, [*NUMBERS, "closed_reason", "last_seen_days"], "churned") == {
        "closed_reason": 1.0,
        "last_seen_days": 1.0,
    }
    assert suspects(rows, NUMBERS, "churned") == {}

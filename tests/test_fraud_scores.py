from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from boathouse.errors import FileError, UnknownName, UserError
from boathouse.model import load
from boathouse.models.claims_tree_autoencoder import ClaimsTreeAutoencoder
from claims_frame import CATEGORIES, NUMBERS, ODD, claims

LIBRARIES = [
    "lightgbm",
    pytest.param("catboost", marks=pytest.mark.models),
    pytest.param("xgboost", marks=pytest.mark.models),
]


@cache
def fitted(**params: Any) -> ClaimsTreeAutoencoder:
    model = ClaimsTreeAutoencoder(**params)
    model.fit(claims(), CATEGORIES, NUMBERS)
    return model


def one(**changes: Any) -> dict[str, list[Any]]:
    usual: dict[str, Any] = {"claim_type": "office", "region": "north", "amount": 200.0, "days": 2}
    return {name: [value] for name, value in (usual | changes).items()}


@pytest.mark.parametrize("library", LIBRARIES)
def test_rows_whose_values_do_not_belong_together_are_flagged(library: str) -> None:
    model = ClaimsTreeAutoencoder(library)
    scores, errors = model.fit(claims(), CATEGORIES, NUMBERS)
    assert scores[ODD].min() > model.threshold
    assert errors["amount"][ODD].min() > np.percentile(errors["amount"], 95)
    assert list(errors) == NUMBERS + CATEGORIES
    assert all(values.shape == (1_000,) for values in errors.values())


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_training_row_keeps_its_out_of_fold_score(library: str) -> None:
    model = ClaimsTreeAutoencoder(library)
    scores, errors = model.fit(claims(), CATEGORIES, NUMBERS)
    np.testing.assert_array_equal(model.score(claims()), scores)
    np.testing.assert_array_equal(model.errors(claims())["amount"], errors["amount"])


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_row_scores_the_same_in_every_batch_and_order(library: str) -> None:
    model, new = fitted(model_type=library), claims(300, seed=1)
    scores = model.score(new)
    np.testing.assert_allclose(model.score(new.take(list(range(299, -1, -1))))[::-1], scores, rtol=1e-12, atol=1e-12)
    by_one = np.concatenate([model.score(new.slice(row, 1)) for row in range(5)])
    np.testing.assert_allclose(by_one, scores[:5], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_is_saved_scores_the_same(library: str, tmp_path: Path) -> None:
    model = fitted(model_type=library, aggregate="l2")
    model.save(tmp_path / "model")
    found = load(tmp_path / "model")
    assert isinstance(found, ClaimsTreeAutoencoder)
    assert found.get_params() == model.get_params()
    assert (found.columns, found.threshold) == (model.columns, model.threshold)
    np.testing.assert_array_equal(found.score(claims()), model.score(claims()))
    assert found.explain(one()) == model.explain(one())


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    "table",
    [
        {"number": [1.0], "category": ["a"]},
        {"number": [1.0] * 30, "category": ["a"] * 30},
        {"number": [None] * 30, "category": pa.nulls(30, pa.string())},
        {"number": list(range(30)), "category": [str(row) for row in range(30)]},
        {"number": [0.0] * 29 + [1e308], "category": ["a"] * 29 + ["b"]},
        {"number": [float("inf"), float("-inf"), float("nan")] * 10, "category": ["a", "b", None] * 10},
    ],
    ids=["one row", "constant", "nothing known", "nothing twice", "one apart", "not finite"],
)
def test_any_frame_gives_finite_scores(library: str, table: dict[str, Any]) -> None:
    model = ClaimsTreeAutoencoder(library)
    scores, _ = model.fit(table, ["category"], ["number"])
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(model.score(table), scores)


def test_rows_in_another_order_make_the_same_model() -> None:
    rows = np.random.default_rng(1).permutation(1_000)
    scores, _ = ClaimsTreeAutoencoder().fit(claims(), CATEGORIES, NUMBERS)
    shuffled, _ = ClaimsTreeAutoencoder().fit(claims().take(rows), CATEGORIES, NUMBERS)
    np.testing.assert_allclose(shuffled, scores[rows], rtol=1e-9, atol=1e-9)


def test_the_number_of_threads_changes_nothing() -> None:
    table = claims(200)
    one_thread, two_threads = (ClaimsTreeAutoencoder(n_jobs=jobs).fit(table, [], NUMBERS)[0] for jobs in (1, 2))
    np.testing.assert_array_equal(one_thread, two_threads)


def test_the_unit_of_a_column_changes_nothing() -> None:
    cents = claims().set_column(2, "amount", pa.array(claims()["amount"].to_numpy() * 128))
    scores, _ = ClaimsTreeAutoencoder().fit(claims(), CATEGORIES, NUMBERS)
    in_cents, _ = ClaimsTreeAutoencoder().fit(cents, CATEGORIES, NUMBERS)
    assert np.corrcoef(scores, in_cents)[0, 1] > 0.95


def test_scores_are_nats_a_column_above_what_is_usual() -> None:
    scores, errors = ClaimsTreeAutoencoder().fit(claims(), CATEGORIES, NUMBERS)
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(scores, np.mean(list(errors.values()), axis=0))


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("l1", lambda errors: np.maximum(errors, 0).sum(axis=1)),
        ("l2", lambda errors: np.linalg.norm(np.maximum(errors, 0), axis=1)),
        ("max", lambda errors: errors.max(axis=1)),
    ],
)
def test_errors_can_be_aggregated_in_other_ways(aggregate: str, expected: Any) -> None:
    scores, errors = ClaimsTreeAutoencoder(aggregate=aggregate).fit(claims(), CATEGORIES, NUMBERS)
    np.testing.assert_allclose(scores, expected(np.column_stack(list(errors.values()))))


@pytest.mark.parametrize("unknown", [None, "mars", ""])
def test_a_missing_or_unseen_category_is_no_fraud_by_itself(unknown: str | None) -> None:
    model = fitted()
    usual, other = model.score(one()), model.score(one(region=unknown))
    assert model.errors(one(region=unknown))["region"] == 0
    assert other[0] < model.threshold
    assert abs(usual - other)[0] < 0.5


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf")])
def test_a_missing_number_is_no_fraud_by_itself(unknown: float | None) -> None:
    model, row = fitted(), one() | {"amount": pa.array([unknown], pa.float64())}
    assert model.errors(row)["amount"] == 0
    assert model.score(row)[0] < model.threshold


def test_rows_of_which_nothing_is_known_are_usual() -> None:
    nothing = {name: pa.nulls(2) for name in (*CATEGORIES, *NUMBERS)}
    np.testing.assert_array_equal(fitted().score(nothing), [0, 0])


def test_no_rows_have_no_scores() -> None:
    assert fitted().score(claims().slice(0, 0)).shape == (0,)
    with pytest.raises(UserError, match="no rows to learn from"):
        ClaimsTreeAutoencoder().fit(claims().slice(0, 0), CATEGORIES, NUMBERS)


def test_columns_come_in_any_order_with_others_beside_them() -> None:
    table = claims()
    turned = table.select(table.column_names[::-1]).append_column("more", pa.nulls(1_000))
    np.testing.assert_array_equal(fitted().score(turned), fitted().score(table))


def test_a_column_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no column `amount` in the rows to score; did you mean `amounts`\?"):
        fitted().score(claims().rename_columns(["claim_type", "region", "amounts", "days", "claim_id"]))
    with pytest.raises(UnknownName, match=r"no column `amuont` in the rows to learn from; did you mean `amount`\?"):
        ClaimsTreeAutoencoder().fit(claims(), CATEGORIES, ["amuont"])


def test_types_may_differ_between_training_and_scoring() -> None:
    model = fitted()
    row = {"claim_type": "office", "region": "north"}
    texts = [row | {"amount": " 200.5 ", "days": "2"}]
    decimals = [row | {"amount": Decimal("200.50"), "days": 2}]
    doubles = [row | {"amount": 200.5, "days": 2.0}]
    scores = [model.score(pa.Table.from_pylist(rows)) for rows in (texts, decimals, doubles)]
    assert scores[0] == scores[1] == scores[2]
    assert model.score(pl.DataFrame(doubles)) == scores[0]


def test_categories_of_numbers_and_days_of_dates() -> None:
    table = {
        "code": [1, 2, 1, None] * 10,
        "open": [True, False] * 20,
        "day": [date(2026, 1, 1 + n % 28) for n in range(40)],
    }
    model = ClaimsTreeAutoencoder()
    model.fit(table, ["code", "open"], ["day"])
    assert model.encoding.levels == {"code": ("1", "2"), "open": ("false", "true")}
    as_pandas_has_it = table | {"code": [1.0, 2.0, 1.0, float("nan")] * 10}
    np.testing.assert_array_equal(model.score(as_pandas_has_it), model.score(table))


def test_text_that_is_no_number_is_said() -> None:
    with pytest.raises(UserError, match=r"the column `amount` is no number: .*twelve"):
        ClaimsTreeAutoencoder().fit({"amount": ["12", "twelve"]}, [], ["amount"])


def test_without_names_text_and_booleans_are_categories() -> None:
    model = ClaimsTreeAutoencoder()
    model.fit(claims())
    types = {"amount": "double", "days": "double", "claim_id": "double", "claim_type": "string", "region": "string"}
    assert model.columns == types


def test_a_column_is_a_category_or_a_number() -> None:
    with pytest.raises(UserError, match="`days` is named twice"):
        ClaimsTreeAutoencoder().fit(claims(), ["days"], ["days"])
    with pytest.raises(UserError, match="no columns to learn from"):
        ClaimsTreeAutoencoder().fit(claims(), [], [])


def test_reasons_say_what_was_expected() -> None:
    reasons = fitted().explain(one(amount=1_000.0, region="mars"))
    assert reasons[0].column == "amount"
    assert reasons[0].value == 1_000
    assert reasons[0].expected == pytest.approx(200, rel=0.25)
    by_column = {reason.column: reason for reason in reasons}
    assert by_column["region"].note == "not seen at training"
    assert str(by_column["region"]).startswith("region is 'mars', expected ")
    assert [reason.surprisal for reason in reasons] == sorted((reason.surprisal for reason in reasons), reverse=True)
    with pytest.raises(UserError, match="2 rows to explain"):
        fitted().explain(claims().slice(0, 2))


def procedures(rows: int = 3_000) -> pa.Table:
    """Claims whose amount follows from the procedure: one in sixty is for a dear one, and the last two do not match."""
    random = np.random.default_rng(5)
    names = random.choice(["visit", "blood test", "operation"], rows, p=[0.6, 0.383, 0.017])
    prices = {"visit": 120.0, "blood test": 40.0, "operation": 9_000.0}
    days = np.where(names == "operation", 8, 1) + random.integers(0, 2, rows)
    amount = np.array([prices[name] for name in names]) * random.lognormal(0, 0.15, rows)
    names[-2:], amount[-2:], days[-2:] = "visit", [2_000.0, 1_500.0], [4, 5]
    return pa.table({
        "procedure": names, "amount": amount, "days": days, "age": random.integers(18, 90, rows),
        "region": random.choice(["north", "south"], rows),
    })  # fmt: skip


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_its_procedure_explains_is_no_fraud(library: str) -> None:
    table = procedures()
    model = ClaimsTreeAutoencoder(library)
    scores, _ = model.fit(table, ["procedure", "region"], ["amount", "days", "age"])
    operations = np.flatnonzero(table["procedure"].to_numpy(zero_copy_only=False) == "operation")
    assert scores[-2:].min() > np.percentile(scores, 99.5)
    assert scores[-2:].min() > scores[operations].max()
    assert (scores[operations] > model.threshold).mean() < 0.5


def test_amounts_are_expected_in_their_own_unit() -> None:
    model = ClaimsTreeAutoencoder()
    model.fit(procedures(), ["procedure", "region"], ["amount", "days", "age"])
    row = {"procedure": "operation", "amount": 200.0, "days": 8, "age": 50, "region": "north"}
    (amount,) = [reason for reason in model.explain(row) if reason.column == "amount"]
    assert amount.expected == pytest.approx(9_000, rel=0.25)
    refund = model.errors({name: [value] for name, value in (row | {"amount": -500.0}).items()})
    assert refund["amount"][0] > amount.surprisal  # further off still, though training had nothing below 0


def test_the_threshold_is_a_percentile_of_the_training_scores() -> None:
    model = ClaimsTreeAutoencoder(threshold_percentile=90)
    scores, _ = model.fit(claims(), CATEGORIES, NUMBERS)
    assert model.threshold == pytest.approx(np.percentile(scores, 90), abs=0.05)
    assert (model.predict(claims()) == -1).mean() == pytest.approx(0.1, abs=0.01)
    np.testing.assert_array_equal(model.score_samples(claims()), -scores)
    assert model.percentiles(np.array([scores.min() - 1, scores.max()])).tolist() == [0, 100]


def test_it_is_a_scikit_learn_estimator() -> None:
    model = ClaimsTreeAutoencoder("xgboost", aggregate="max").set_params(random_state=7)
    assert clone(model).get_params() == {
        "aggregate": "max", "model_type": "xgboost", "n_jobs": 1, "random_state": 7, "sample_rows": 20_000,
        "threshold_percentile": 95.0,
    }  # fmt: skip
    with pytest.raises(NotFittedError):
        clone(model).score(claims())


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"model_type": "lightgmb"}, "no model type `lightgmb`; did you mean `lightgbm`"),
        ({"aggregate": "l3"}, "no aggregate `l3`"),
        ({"threshold_percentile": 950}, "between 0 and 100"),
        ({"n_jobs": 0}, "1 or more"),
    ],
)
def test_mistakes_in_parameters_are_said(params: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        ClaimsTreeAutoencoder(**params).fit(claims(), CATEGORIES, NUMBERS)


def test_a_model_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, model = tmp_path / "model", fitted()
    model.save(folder)
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert {file.suffix for file in before} == {".json", ".npz", ".txt"}

    def full_disk(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr("numpy.savez_compressed", full_disk)
        with pytest.raises(OSError, match="no space left"):
            model.save(folder)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    fitted(random_state=1).save(folder)
    assert json.loads((folder / "model.json").read_text())["params"]["random_state"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("lost", ["arrays.npz", "trees/0_0_0.txt"])
def test_a_folder_that_is_not_whole_is_said(lost: str, tmp_path: Path) -> None:
    fitted().save(tmp_path / "model")
    (tmp_path / "model" / lost).write_text("no model")
    with pytest.raises(FileError, match="train and save it anew"):
        load(tmp_path / "model")
    (tmp_path / "model" / lost).unlink()
    with pytest.raises(FileError, match="train and save it anew"):
        load(tmp_path / "model")


@pytest.mark.slow  # MLflow makes its database
def test_a_training_can_be_recorded_in_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    model = ClaimsTreeAutoencoder()
    scores, _ = model.fit(claims(), CATEGORIES, NUMBERS, log_mlflow=True, run_name="first")
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    assert run.info.run_name == "first"
    assert run.data.params["model_type"] == "lightgbm"
    assert run.data.metrics["p99"] == pytest.approx(np.percentile(scores, 99))

"""How scores treat groups: known answers, and what no order, name, unit or copy of the rows may change."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse.errors import CheckFailed, UnknownName, UserError
from boathouse.ml.fairness.analyzer import FairnessAnalyzer
from boathouse.ml.fairness.correction import adjusted
from boathouse.ml.fairness.criteria import FairnessCriteria
from boathouse.ml.fairness.interval import ratio, wilson


def people(**groups: tuple[int, int]) -> tuple[pd.DataFrame, np.ndarray]:
    """Make so many rows a group, of which so many have a high score; `none` are those without a group."""
    names = [None if name == "none" else name for name, (rows, _) in groups.items() for _ in range(rows)]
    scores = [9.0 if at < high else 1.0 for rows, high in groups.values() for at in range(rows)]
    return pd.DataFrame({"group": names}), np.array(scores)


def analyzer(percentile: float = 50.0, labels: Any = None, **groups: tuple[int, int]) -> FairnessAnalyzer:
    data, scores = people(**groups)
    return FairnessAnalyzer(data, scores, ["group"], percentile, labels=labels)


def overall(made: FairnessAnalyzer) -> dict[str, Any]:
    metrics: dict[str, Any] = made.analyze_attribute("group")["overall_metrics"]
    return metrics


# ---- known answers ----------------------------------------------------------------------------------------------------


def test_a_ratio_is_the_lower_rate_by_the_higher_in_whichever_order() -> None:
    one, other = analyzer(a=(100, 40), b=(100, 20)), analyzer(a=(100, 20), b=(100, 40))
    for made in (one, other):
        (pair,) = made.analyze_attribute("group")["pairwise_comparisons"]
        assert pair["disparate_impact_ratio"] == 0.5
        assert pair["is_fair"] is False
        assert overall(made)["min_disparate_impact_ratio"] == overall(made)["fairness_score"] == 0.5
    first, second = (made.analyze_attribute("group")["pairwise_comparisons"][0] for made in (one, other))
    assert (
        first["effect_size_h"]
        == -second["effect_size_h"]
        == pytest.approx(2 * (math.asin(0.4**0.5) - math.asin(0.2**0.5)))
    )


def test_the_numbers_of_a_pair_are_those_of_the_books() -> None:
    (pair,) = analyzer(a=(100, 40), b=(100, 20)).analyze_attribute("group")["pairwise_comparisons"]
    assert pair["chi_square"] == pytest.approx(9.523809523809524)  # scipy's chi2_contingency(correction=False)
    assert pair["p_value"] == pytest.approx(0.0020282311484852886)
    assert wilson(20, 100, 0.95) == pytest.approx((0.13336691, 0.28882917), abs=1e-7)  # statsmodels, method="wilson"
    assert wilson(0, 30, 0.95) == pytest.approx((0.0, 0.11351339), abs=1e-7)


def test_a_group_that_is_never_flagged_is_unfair_and_not_forgotten() -> None:
    made = analyzer(a=(100, 30), b=(100, 0))
    assert overall(made) | {"is_fair": False, "min_disparate_impact_ratio": 0.0, "status": "unfair"} == overall(made)
    (pair,) = made.analyze_attribute("group")["pairwise_comparisons"]
    low, high = pair["ratio_interval"]
    assert low == 0.0
    assert 0 < high < 0.8


def test_three_people_are_too_few_to_tell_and_neither_fair_nor_unfair() -> None:
    made = analyzer(a=(100, 30), b=(100, 30), c=(3, 0))
    assert overall(made)["status"] == "fair"
    assert overall(made)["too_few_to_tell"] == ["c"]
    assert made.analyze_attribute("group")["groups"]["c"]["enough_rows"] is False
    (pair,) = made.analyze_attribute("group")["pairwise_comparisons"]
    assert {pair["group_a"], pair["group_b"]} == {"a", "b"}


def test_a_low_ratio_of_few_rows_is_told_as_not_known() -> None:
    made = analyzer(a=(40, 8), b=(40, 5))
    assert overall(made) | {"is_fair": True, "status": "too few to tell"} == overall(made)
    assert made.analyze_attribute("group")["pairwise_comparisons"][0]["is_fair"] is None


def test_rows_without_a_group_are_one_and_a_value_of_that_name_is_another() -> None:
    groups = analyzer(a=(100, 30), missing=(50, 1), none=(50, 2)).analyze_attribute("group")["groups"]
    assert {name: group["flagged"] for name, group in groups.items()} == {
        "a": 30,
        "missing": 1,
        "missing (no value)": 2,
    }
    assert analyzer(a=(100, 30), none=(50, 2)).analyze_attribute("group")["groups"]["missing"]["flagged"] == 2


def test_equal_scores_flag_nobody_and_say_so() -> None:
    made = FairnessAnalyzer({"group": ["a", "b"] * 50}, [0.5] * 100, ["group"])
    assert overall(made)["is_fair"] is False  # nobody has shown that it is fair
    assert overall(made)["status"] == "too few to tell"
    assert "nothing is flagged" in overall(made)["notes"][0]
    with pytest.raises(CheckFailed, match="nothing is flagged"):
        made.gate()


def test_ties_at_the_threshold_are_told() -> None:
    scores = [1.0] * 10 + [0.9] * 90
    made = FairnessAnalyzer({"group": ["a", "b"] * 50}, scores, ["group"], 50)
    assert made.analyze_attribute("group")["threshold"]["flagged"] == 10
    assert "10 rows are flagged where 50 were to be" in overall(made)["notes"][0]


def test_twenty_fair_groups_are_not_unfair_by_chance() -> None:
    random = np.random.default_rng(7)
    unfair = 0
    for _ in range(20):
        data, scores = {"group": random.integers(0, 10, 4000)}, random.random(4000)
        unfair += (
            FairnessAnalyzer(data, scores, ["group"], 90).analyze_attribute("group")["overall_metrics"]["status"]
            == "unfair"
        )
    assert unfair <= 2


def test_corrections_are_those_of_the_books() -> None:
    p = [0.01, 0.04, 0.03, 0.005]  # R: p.adjust
    assert adjusted(p, "holm") == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjusted(p, "benjamini_hochberg") == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert adjusted(p, "none") == p


def test_a_number_is_parted_into_bands_and_a_few_values_are_not() -> None:
    random = np.random.default_rng(1)
    data = {"age": random.integers(18, 90, 2000), "children": random.integers(0, 4, 2000)}
    criteria = FairnessCriteria(bands={"age": [40, 65]})
    made = FairnessAnalyzer(data, random.random(2000), ["age", "children"], criteria=criteria)
    assert list(made.analyze_attribute("age")["groups"]) == ["below 40", "40 to under 65", "65 and over"]
    assert list(made.analyze_attribute("children")["groups"]) == ["0", "1", "2", "3"]
    by_quantile = FairnessAnalyzer(data, random.random(2000), ["age"]).analyze_attribute("age")["groups"]
    assert len(by_quantile) == 4
    assert all(450 < group["count"] < 550 for group in by_quantile.values())


def test_attributes_together_show_what_each_alone_hides() -> None:
    """Women of the north and men of the south are never flagged, and no attribute alone shows it."""
    data = {"gender": ["F", "F", "M", "M"] * 100, "region": ["N", "S", "N", "S"] * 100}
    scores = [0.0, 1.0, 1.0, 0.0] * 100
    made = FairnessAnalyzer(data, scores, ["gender", "region", ("gender", "region")], 50)
    fair = {name: result["overall_metrics"]["is_fair"] for name, result in made.analyze_all_attributes().items()}
    assert fair == {"gender": True, "region": True, "gender & region": False}
    assert made.analyze_attribute(("gender", "region"))["groups"]["F & N"]["flagged"] == 0


def test_labels_tell_how_rightly_groups_are_flagged() -> None:
    """Of a's frauds half are flagged, of b's none; c has no fraud at all, so it has no such rate, rather than 0."""
    data = {"group": ["a"] * 80 + ["b"] * 80 + ["c"] * 80}
    scores = [9.0] * 20 + [1.0] * 60 + [1.0] * 40 + [9.0] * 20 + [1.0] * 20 + [9.0] * 20 + [1.0] * 60
    labels = [1] * 40 + [0] * 40 + [1] * 40 + [0] * 40 + [0] * 80
    made = FairnessAnalyzer(data, scores, ["group"], 50, labels=labels)
    result = made.analyze_attribute("group")
    rates = {
        name: (group["true_positive_rate"], group["false_positive_rate"], group["precision"])
        for name, group in result["groups"].items()
    }
    assert rates == {"a": (0.5, 0.0, 1.0), "b": (0.0, 0.5, 0.0), "c": (None, 0.25, 0.0)}
    assert overall(made)["is_fair"] is True  # a quarter of each is flagged
    assert {name: told["status"] for name, told in result["criteria"].items()} == {
        "demographic_parity": "fair", "equal_opportunity": "unfair", "equalized_odds": "unfair", "predictive_parity": "too few to tell",
    }  # fmt: skip
    assert overall(made)["equal_opportunity_difference"] == 0.5


def test_calibration_asks_whether_a_score_means_the_same_for_everyone() -> None:
    data = {"group": ["a"] * 100 + ["b"] * 100}
    scores, labels = [0.1, 0.9] * 100, [0, 1] * 50 + [0, 0] * 50
    groups = FairnessAnalyzer(data, scores, ["group"], 50, labels=labels).analyze_attribute("group")["groups"]
    assert [band["positive_rate"] for band in groups["a"]["calibration"]] == [0.0, 1.0]
    assert [band["positive_rate"] for band in groups["b"]["calibration"]] == [0.0, 0.0]
    assert groups["a"]["calibration_gap"] == groups["b"]["calibration_gap"] == 0.25  # of half of the rows, by a half


# ---- the gate -----------------------------------------------------------------------------------------------------------


def test_the_gate_says_who_how_much_how_sure_and_what_to_do() -> None:
    analyzer(a=(100, 30), b=(100, 28)).gate()
    with pytest.raises(CheckFailed, match="unfairly") as failed:
        analyzer(a=(100, 40), b=(100, 20)).gate()
    said = str(failed.value)
    assert "group: the flag rate of b is 20.00% and of a 40.00%, a ratio of 0.50 (0.32 to 0.78), p = 0.002" in said
    assert "train without columns that stand for the attribute" in said
    assert failed.value.exit_code == 1


def test_the_gate_may_ask_what_labels_tell() -> None:
    data = {"group": ["a"] * 80 + ["b"] * 80}
    scores = [9.0] * 20 + [1.0] * 60 + [1.0] * 40 + [9.0] * 20 + [1.0] * 20
    labels = [1] * 40 + [0] * 40 + [1] * 40 + [0] * 40
    criteria = FairnessCriteria(gated=("demographic_parity", "equal_opportunity"))
    with pytest.raises(CheckFailed, match=r"true positive rate of b is 0\.00%"):
        FairnessAnalyzer(data, scores, ["group"], 50, labels=labels, criteria=criteria).gate()
    with pytest.raises(UserError, match="equal_opportunity cannot be asked without labels"):
        FairnessAnalyzer(data, scores, ["group"], 50, criteria=criteria)


# ---- what callers rely on -----------------------------------------------------------------------------------------------


def test_the_loop_of_a_validation_job_finds_bias() -> None:
    data, scores = people(a=(100, 30), b=(100, 0))
    results = FairnessAnalyzer(data, scores, ["group"], 50).analyze_all_attributes()
    assert any(
        not result.get("overall_metrics", {}).get("is_fair", True)
        for result in results.values()
        if "error" not in result
    )


def test_the_summary_and_the_comparison_are_frames() -> None:
    data, scores = people(a=(100, 30), b=(100, 0), c=(5, 1))
    made = FairnessAnalyzer(data.assign(one="same"), scores, ["group", "one"], 50)
    summary = made.get_bias_summary()
    assert not summary.empty
    assert list(summary.columns)[:6] == [
        "attribute",
        "num_groups",
        "min_di_ratio",
        "max_di_ratio",
        "is_fair",
        "fairness_score",
    ]
    assert summary["min_di_ratio"].tolist()[0] == 0.0
    assert summary["min_di_ratio"].isna().tolist() == [False, True]  # one group alone has no ratio
    assert str(summary["min_di_ratio"].dtype) == "float64"
    assert len(made.get_detailed_comparison("group")) == 1
    report = made.generate_fairness_report()
    assert "| c (too few to tell) | 5 | 1 | 20.00% |" in report
    assert "the flag rate of b is 0.00% and of a 30.00%" in report
    assert "## one" not in made.generate_fairness_report("group")


@pytest.mark.parametrize("frame", [pl.DataFrame, pa.table, pd.DataFrame, dict])
def test_frames_of_all_kinds_are_read(frame: Any) -> None:
    data = frame({"group": ["a", "b"] * 50, "score": [0.1, 0.9] * 50, "fraud": [0, 1] * 50})
    made = FairnessAnalyzer(data, "score", ["group"], 50, labels="fraud")
    assert overall(made)["min_disparate_impact_ratio"] == 0.0


def test_labels_that_are_missing_are_not_known() -> None:
    data, scores = people(a=(4, 2))
    for labels in (
        [1, None, 0, 1],
        pd.Series([1, pd.NA, 0, 1], dtype="Int64"),
        np.array([1, np.nan, 0, 1]),
        [True, None, False, True],
    ):
        (group,) = (
            FairnessAnalyzer(data, scores, ["group"], 0, labels=labels).analyze_attribute("group")["groups"].values()
        )
        assert (group["labelled"], group["positives"]) == (3, 2)


@pytest.mark.parametrize(("change", "said"), [
    ({"attributes": ["gruop"]}, "did you mean `group`"), ({"attributes": []}, "list of columns"), ({"attributes": "group"}, "list of columns"),
    ({"scores": [1.0]}, "fraud_scores holds 1 numbers for 100 rows"), ({"scores": ["x"] * 100}, "no number"), ({"percentile": 101}, "between 0 and 100"),
    ({"labels": [2] * 100}, "0 or 1"), ({"criteria": {"correction": "bonferoni"}}, "there is no correction"),
    ({"criteria": {"gated": ("parity",)}}, "there is no criterion"), ({"criteria": {"minimum_ratio": 80}}, "between 0 and 1"),
    ({"criteria": {"bands": {"group": [1]}}}, "no number"),
])  # fmt: skip
def test_mistakes_are_told(change: dict[str, Any], said: str) -> None:
    asked: dict[str, Any] = {
        "attributes": ["group"],
        "scores": np.arange(100.0),
        "percentile": 95,
        "labels": None,
        "criteria": {},
    } | change
    with pytest.raises(UserError, match=said):
        FairnessAnalyzer(
            {"group": ["a", "b"] * 50}, asked["scores"], asked["attributes"], asked["percentile"],
            labels=asked["labels"], criteria=FairnessCriteria(**asked["criteria"]),
        )  # fmt: skip


def test_an_attribute_that_was_not_given_and_one_of_too_many_values() -> None:
    with pytest.raises(UnknownName, match="did you mean `group`"):
        analyzer(a=(50, 5), b=(50, 5)).analyze_attribute("groups")
    many = FairnessAnalyzer({"id": [f"{at % 300}" for at in range(9000)]}, np.arange(9000.0), ["id"])
    with pytest.raises(UserError, match="300 groups"):
        many.get_bias_summary()


# ---- what nothing may change --------------------------------------------------------------------------------------------

SCORE = st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0, -2.0])
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), SCORE, st.sampled_from([0, 1, None])), min_size=1, max_size=60
)
LOOSE = FairnessCriteria(minimum_group_size=3)


def told(rows: Any, percentile: float = 70, criteria: FairnessCriteria = LOOSE) -> dict[str, Any]:
    groups, scores, labels = (list(part) for part in zip(*rows, strict=True))
    table = {"group": pa.array(groups, pa.string())}
    made = FairnessAnalyzer(table, scores, ["group"], percentile, labels=labels, criteria=criteria)
    return made.analyze_attribute("group")


def same(one: Any, other: Any) -> bool:
    """Compare documents; sums of another order differ in their last digit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one == pytest.approx(other, rel=1e-12, abs=1e-12) if isinstance(one, float) else bool(one == other)


@settings(max_examples=10)
@given(rows=ROWS, data=st.data())
def test_the_order_of_rows_changes_nothing(rows: Any, data: st.DataObject) -> None:
    assert same(told(rows), told(data.draw(st.permutations(rows))))


@settings(max_examples=10)
@given(rows=ROWS, factor=st.floats(1e-6, 1e6), percentile=st.floats(0, 100))
def test_the_unit_of_the_scores_changes_no_verdict(rows: Any, factor: float, percentile: float) -> None:
    one = told(rows, percentile)
    other = told([(group, score * factor, label) for group, score, label in rows], percentile)
    assert same(one["pairwise_comparisons"], other["pairwise_comparisons"])
    assert same(one["criteria"], other["criteria"])


@settings(max_examples=10)
@given(rows=ROWS)
def test_the_names_of_groups_change_nothing(rows: Any) -> None:
    """The names go the other way round, so that each pair is the other way round, too."""
    renamed = {"a": "z", "b": "y", "c": "x", None: None}
    one, other = told(rows), told([(renamed[group], score, label) for group, score, label in rows])
    assert same({str(renamed.get(name, name)): group for name, group in one["groups"].items()}, other["groups"])
    for metric, value in one["overall_metrics"].items():
        if metric != "too_few_to_tell":
            assert same(value, other["overall_metrics"][metric]), metric


@settings(max_examples=10)
@given(rows=ROWS, times=st.integers(2, 4))
def test_every_row_twice_changes_no_rate(rows: Any, times: int) -> None:
    """The threshold is the lowest score, so that it is the same score however often there is a row."""
    one, other = told(rows, 0), told(rows * times, 0, FairnessCriteria(minimum_group_size=3 * times))
    for name in (
        "demographic_parity_ratio",
        "equal_opportunity_difference",
        "equalized_odds_ratio",
        "predictive_parity_difference",
        "calibration_gap",
    ):
        if name == "demographic_parity_ratio" or all(group["count"] >= 3 for group in one["groups"].values()):
            assert same(one["overall_metrics"][name], other["overall_metrics"][name]), name
    for name, group in one["groups"].items():
        assert other["groups"][name]["flag_rate"] == group["flag_rate"]


@settings(max_examples=20)
@given(data=st.data(), rows=st.integers(0, 40), percentile=st.floats(0, 100))
def test_no_input_makes_a_nan(data: st.DataObject, rows: int, percentile: float) -> None:
    kind = data.draw(
        st.sampled_from([st.floats(), st.text(max_size=2), st.booleans(), st.dates(), st.integers(-9, 99)])
    )
    values = data.draw(st.lists(st.none() | kind, min_size=rows, max_size=rows))
    scores = data.draw(st.lists(st.floats(), min_size=rows, max_size=rows))
    labels = data.draw(st.none() | st.lists(st.sampled_from([0, 1, None, True]), min_size=rows, max_size=rows))
    made = FairnessAnalyzer({"x": pa.array(values)}, scores, ["x"], percentile, labels=labels, criteria=LOOSE)
    result = made.analyze_attribute("x")
    json.dumps({key: value for key, value in result.items() if key != "threshold"}, allow_nan=False)
    assert isinstance(result["overall_metrics"]["is_fair"], bool)
    assert made.generate_fairness_report().startswith("# Fairness report")
    assert len(made.get_bias_summary()) == 1


@given(of=st.integers(1, 500), data=st.data(), confidence=st.floats(0.5, 0.999))
def test_an_interval_holds_its_rate(of: int, data: st.DataObject, confidence: float) -> None:
    hits, other = data.draw(st.integers(0, of)), data.draw(st.integers(1, of))
    low, high = wilson(hits, of, confidence)
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    bounds = ratio((hits, of), (other, of), confidence)
    assert bounds is not None
    assert bounds[0] <= hits / other * (1 + 1e-9)
    assert hits / other <= bounds[1] * (1 + 1e-9)

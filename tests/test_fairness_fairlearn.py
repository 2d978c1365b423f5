"""The rates of real people, against those of Fairlearn, to nine digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boathouse.ml.fairness.analyzer import FairnessAnalyzer
from boathouse.ml.fairness.criteria import FairnessCriteria

pytestmark = pytest.mark.models
DATA = Path(__file__).resolve().parents[1] / "../shared/data"
EVERY_GROUP = FairnessCriteria(minimum_group_size=1)
RATES = {
    "flag_rate": "selection_rate", "true_positive_rate": "true_positive_rate", "false_positive_rate": "false_positive_rate",
}  # fmt: skip
SPREADS = ("demographic_parity", "equalized_odds", "equal_opportunity")


def adult() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Who earns more than 50K, by a score of schooling and hours."""
    file = DATA / "adult/adult.data"
    if not file.is_file():
        pytest.skip("the people of adult are not beside the repository")
    rows = pd.read_csv(file, header=None, skipinitialspace=True, na_values="?")
    data = rows[[0, 6, 8, 9]].set_axis(["age", "occupation", "race", "sex"], axis=1)
    return data, rows[4] + rows[12] / 10 + rows[0] / 20, (rows[14] == ">50K").to_numpy()


def german() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Whose credit is bad, by a score of its months and its amount."""
    file = DATA / "german/german.data"
    if not file.is_file():
        pytest.skip("the people of german are not beside the repository")
    rows = pd.read_csv(file, header=None, sep=" ")
    data = rows[[8, 12, 19]].set_axis(["status", "age", "foreign"], axis=1)
    return data, rows[1] + rows[4] / 500, (rows[20] == 2).to_numpy()


@pytest.mark.parametrize("people", [adult, german])
@pytest.mark.parametrize("percentile", [50, 80, 95])
def test_groups_and_their_spread_are_those_of_fairlearn(people: Any, percentile: float) -> None:
    from fairlearn import metrics

    data, scores, labels = people()
    attributes = [name for name in data.columns if name != "age"]
    attributes = [*attributes, tuple(attributes[:2])]
    made = FairnessAnalyzer(data, scores, attributes, percentile, labels=labels, criteria=EVERY_GROUP)
    flagged = (np.asarray(scores) > made.threshold).astype(int)
    for attribute in attributes:
        result = made.analyze_attribute(attribute)
        columns = list(attribute) if isinstance(attribute, tuple) else [attribute]
        names = data[columns].fillna("missing").agg(" & ".join, axis=1)
        frame = metrics.MetricFrame(
            metrics={ours: getattr(metrics, theirs) for ours, theirs in RATES.items()},
            y_true=labels, y_pred=flagged, sensitive_features=names,
        )  # fmt: skip
        assert set(result["groups"]) == set(frame.by_group.index)
        everyone_has_both = True
        for name, group in result["groups"].items():
            for rate in RATES:
                # Of a group without positives Fairlearn says 0, where nothing can be said.
                if group[rate] is None:
                    everyone_has_both = False
                else:
                    assert group[rate] == pytest.approx(frame.by_group.loc[name, rate], abs=1e-9)
        for spread in SPREADS if everyone_has_both else SPREADS[:1]:
            for kind in ("difference", "ratio"):
                theirs = getattr(metrics, f"{spread}_{kind}")(labels, flagged, sensitive_features=names)
                assert result["overall_metrics"][f"{spread}_{kind}"] == pytest.approx(theirs, abs=1e-9), (spread, kind)


def test_precision_is_that_of_scikit_learn() -> None:
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import precision_score

    data, scores, labels = adult()
    made = FairnessAnalyzer(data, scores, ["sex"], 80, labels=labels, criteria=EVERY_GROUP)
    flagged = (np.asarray(scores) > made.threshold).astype(int)
    frame = MetricFrame(metrics=precision_score, y_true=labels, y_pred=flagged, sensitive_features=data["sex"])
    groups = made.analyze_attribute("sex")["groups"]
    assert {name: group["precision"] for name, group in groups.items()} == pytest.approx(dict(frame.by_group), abs=1e-9)


def test_tests_and_intervals_are_those_of_scipy() -> None:
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import binomtest, chi2_contingency, ks_2samp

    from boathouse.ml.drift.distance import jensen_shannon
    from boathouse.ml.drift.psi_monitor import PSIMonitor
    from boathouse.ml.fairness.interval import wilson

    data, scores, _ = adult()
    (pair,) = FairnessAnalyzer(data, scores, ["sex"]).analyze_attribute("sex")["pairwise_comparisons"]
    groups = FairnessAnalyzer(data, scores, ["sex"]).analyze_attribute("sex")["groups"]
    counts = [[groups[name]["flagged"], groups[name]["count"] - groups[name]["flagged"]] for name in ("Female", "Male")]
    theirs = chi2_contingency(counts, correction=False)
    assert (pair["chi_square"], pair["p_value"]) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)
    interval = binomtest(20, 100).proportion_ci(method="wilson")
    assert wilson(20, 100, 0.95) == pytest.approx((interval.low, interval.high), abs=1e-12)

    random = np.random.default_rng(2)
    then, now = random.normal(size=3000), random.normal(size=2000) + 0.05
    found = PSIMonitor({"x": then}).calculate_distances({"x": now})["x"]
    known = ks_2samp(then, now, method="asymp")
    assert found["kolmogorov_smirnov"] == pytest.approx(known.statistic, abs=1e-12)
    assert found["kolmogorov_smirnov_p_value"] == pytest.approx(known.pvalue, abs=0.01)  # of another approximation
    assert jensen_shannon([0.2, 0.8], [0.5, 0.5]) == pytest.approx(float(jensenshannon([0.2, 0.8], [0.5, 0.5], base=2)))

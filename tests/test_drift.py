"""How far rows have moved: known answers, known drift in real rows, and what no order, unit, name or copy may change."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boathouse import check
from boathouse.engines.duckdb import DuckDB
from boathouse.errors import UnknownName, UserError
from boathouse.ml.drift.distance import jensen_shannon
from boathouse.ml.drift.psi_monitor import PSIMonitor
from boathouse.population_stability import chance, psi
from boathouse.relation import Relation
from examples import schema_of

CAR_LOANS = Path(__file__).resolve().parents[1] / "../shared/data/nannyml"


def random() -> np.random.Generator:
    return np.random.default_rng(5)


RANDOM = random()  # for the parameters of tests alone, which are drawn in one order


def drift(reference: Any, current: Any) -> dict[str, Any]:
    """Hold one feature, x, against its reference."""
    monitor = PSIMonitor({"x": reference}).detect_drift({"x": current})
    return {**monitor["features"]["x"], "status": monitor["drift_status"], "findings": monitor["findings"]}


# ---- known answers ------------------------------------------------------------------------------------------------------


def test_the_index_is_that_of_the_books() -> None:
    by_hand = (0.5 - 0.25) * math.log(0.5001 / 0.2501) + (0.5 - 0.75) * math.log(0.5001 / 0.7501)
    assert psi([0.25, 0.75], [0.5, 0.5]) == pytest.approx(by_hand)
    assert drift(["a"] * 25 + ["b"] * 75, ["a"] * 50 + ["b"] * 50)["psi"] == pytest.approx(by_hand)
    assert psi([0.5, 0.5, 0.0], [0.5, 0.5, 0.0]) == 0.0
    assert psi([1.0, 0.0], [0.99, 0.01]) < 0.05  # a single row in a bin that was empty does not explode


def test_chance_is_chi_square() -> None:
    exact = {2: 6.6349, 5: 13.2767, 10: 21.6660, 51: 76.1539}  # scipy.stats.chi2.ppf(0.99, bins - 1)
    assert {bins: chance(bins) for bins in exact} == pytest.approx(exact, rel=0.01)
    assert chance(1) == chance(0) == 0.0


def test_distances_are_those_of_the_books() -> None:
    assert jensen_shannon([1.0, 0.0], [0.5, 0.5]) == pytest.approx(0.5579230452841438)  # scipy's, base 2
    assert jensen_shannon([1.0, 0.0], [0.0, 1.0]) == 1.0
    monitor = PSIMonitor({"x": [1.0, 2.0, 3.0, 4.0], "k": ["a", "b", "a", "b"]})
    found = monitor.calculate_distances({"x": [3.0, 4.0, 5.0, 6.0], "k": ["a", "b", "a", "b"]})
    assert found["x"]["kolmogorov_smirnov"] == 0.5  # scipy.stats.ks_2samp
    assert found["k"] == {"jensen_shannon": 0.0, "kolmogorov_smirnov": None, "kolmogorov_smirnov_p_value": None}


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "spike"])
def test_rows_of_the_same_kind_are_stable(distribution: str) -> None:
    draw = random()

    def rows(n: int) -> np.ndarray:
        made = draw.lognormal(size=n) if distribution == "lognormal" else draw.normal(size=n)
        return np.where(draw.random(n) < 0.9, 0.0, made) if distribution == "spike" else made

    features = [str(at) for at in range(40)]
    monitor = PSIMonitor({name: rows(5000) for name in features})
    found = monitor.detect_drift({name: rows(500) for name in features})
    assert len(found["beyond_chance"]) <= 3
    assert found["drift_status"] == "stable"


def test_a_few_rows_are_no_drift_though_their_index_is_high() -> None:
    draw = random()
    found = PSIMonitor(draw.normal(size=(5000, 40))).detect_drift(draw.normal(size=(100, 40)))
    assert sum(value > 0.1 for value in found["psi_values"].values()) > 10  # what a fixed threshold would have told
    assert len(found["drifted_features"]["minor"] + found["drifted_features"]["major"]) <= 3


@pytest.mark.parametrize(("what", "reference", "current"), [
    ("eight sd off", RANDOM.normal(size=2000), RANDOM.normal(size=2000) + 8),
    ("another scale", RANDOM.lognormal(size=2000), RANDOM.lognormal(size=2000) * 3),
    ("most are missing", RANDOM.normal(size=2000), np.where(RANDOM.random(2000) < 0.8, np.nan, 0.1)),
    ("a constant that moves up", np.full(500, 5.0), np.full(500, 7.0)),
    ("a constant that moves down", np.full(500, 5.0), np.full(500, 4.999)),
    ("a spike that goes", np.r_[np.zeros(900), RANDOM.normal(size=100)], RANDOM.normal(size=1000)),
    ("the rest beside a spike", np.r_[np.zeros(900), np.ones(100)], np.zeros(1000)),
    ("all infinite", RANDOM.normal(size=500), np.full(500, np.inf)),
    ("numbers that are texts now", list(range(500)), ["n/a"] * 500),
    ("true and false", [True] * 400 + [False] * 100, [True] * 100 + [False] * 400),
    ("dates", np.arange("2024-01", "2025-01", dtype="datetime64[D]"), np.arange("2025-01", "2026-01", dtype="datetime64[D]")),
])  # fmt: skip
def test_what_has_moved_is_major(what: str, reference: Any, current: Any) -> None:
    assert drift(reference, current)["status"] == "major", what


def test_a_value_that_was_never_seen_is_a_finding_though_the_index_is_low() -> None:
    found = drift(["a"] * 5000 + ["b"] * 5000, ["a"] * 4975 + ["b"] * 4975 + ["new"] * 50)
    assert found["psi"] < 0.1
    assert found["status"] == "minor"
    assert found["findings"][0]["says"] == "x: 50 rows (0.50%) have a value that the reference never has"


def test_new_names_among_names_are_no_finding() -> None:
    """Where most values are there once, one expects others: Good and Turing."""
    found = drift([f"id {at}" for at in range(2000)], [f"id {at}" for at in range(2000, 3000)])
    assert found["findings"] == []


def test_many_levels_share_a_bin_and_are_still_known() -> None:
    levels = [f"v{at % 200}" for at in range(4000)]
    found = drift(levels, levels)
    assert (found["psi"], found["bins"], found["unseen_current"]) == (0.0, 51, 0.0)


def test_one_broken_column_among_many_does_not_hide_in_the_mean() -> None:
    draw = random()
    reference = draw.normal(size=(2000, 10))
    current = draw.normal(size=(2000, 10))
    current[:, 3] = 0.0
    found = PSIMonitor(reference).detect_drift(current)
    assert found["drifted_features"] == {"minor": [], "major": ["feature_3"]}
    assert found["drift_status"] == "major"
    assert found["overall_psi"] == pytest.approx(np.mean(list(found["psi_values"].values())))


def test_bands_are_the_callers() -> None:
    draw = random()
    reference, current = draw.normal(size=5000), draw.normal(size=5000) + 0.28
    monitor = PSIMonitor(reference, feature_names=["score"])
    assert monitor.detect_drift(current)["drift_status"] == "stable"
    assert monitor.detect_drift(current)["beyond_chance"] == ["score"]
    assert monitor.detect_drift(current, minor_threshold=0.05)["drifted_features"]["minor"] == ["score"]


def test_no_rows_tell_nothing_and_that_is_said() -> None:
    for reference, current in (([1.0, 2.0], []), ([], [1.0]), ([], [])):
        table = [pa.table({"x": pa.array(values, pa.float64())}) for values in (reference, current)]
        found = PSIMonitor(table[0]).detect_drift(table[1])
        assert found["psi_values"] == {"x": 0.0}
        assert found["findings"][0]["says"] == "there are no rows to compare"


# ---- over time ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not CAR_LOANS.is_dir(), reason="the car loan rows are not beside the repository")
def test_the_known_drift_of_car_loans_is_found_in_its_chunk() -> None:
    """Half of the rows are as they were; then cars are dearer by a third, and salaries are missing twice as often."""
    reference, current = (
        pd.read_csv(CAR_LOANS / f"synthetic_car_loan_dq_{part}.csv") for part in ("reference", "analysis")
    )
    features = ["car_value", "salary_range", "debt_to_income_ratio", "driver_tenure", "size_of_downpayment"]
    monitor = PSIMonitor(reference, feature_names=features)
    chunks = monitor.detect_drift_over_time(current, rows=5000)
    assert [("car_value" in chunk["drifted_features"]["major"]) for chunk in chunks] == [False] * 5 + [True] * 5
    assert [("salary_range" in chunk["drifted_features"]["major"]) for chunk in chunks] == [False] * 5 + [True] * 5
    assert not any("debt_to_income_ratio" in chunk["drifted_features"]["major"] for chunk in chunks)
    assert chunks[5]["chunk"] == "25000 to 29999"
    assert all(chunk["findings"][0]["feature"] == "size_of_downpayment" for chunk in chunks)  # the new category '50%'
    missing = monitor.detect_drift(current)["features"]["salary_range"]
    assert (missing["missing_reference"], missing["missing_current"]) == pytest.approx((0.10, 0.16), abs=0.005)
    months = monitor.detect_drift_over_time(current, period="month")
    drifted = ["car_value" in month["drifted_features"]["major"] for month in months]
    assert drifted == [False] * drifted.index(True) + [True] * drifted.count(True)


def test_chunks_are_named_and_rows_without_a_time_are_the_last() -> None:
    rows = {"x": [1, 2, 3, 4, 5], "at": ["2024-01-31", "2024-02-01", None, "2024-02-29 23:59:59", "2024-01-01"]}
    monitor = PSIMonitor({"x": [1, 2, 3]})
    by_month = monitor.detect_drift_over_time(rows, period="month", time_column="at")
    assert [(chunk["chunk"], chunk["rows"]) for chunk in by_month] == [
        ("2024-01-01 00:00:00", 2), ("2024-02-01 00:00:00", 2), ("no time", 1),
    ]  # fmt: skip
    by_rows = monitor.detect_drift_over_time(rows, rows=2)
    assert [(chunk["chunk"], chunk["rows"]) for chunk in by_rows] == [("0 to 1", 2), ("2 to 3", 2), ("4 to 4", 1)]


# ---- rows in, reports out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [pl.DataFrame, pa.table, pd.DataFrame, dict])
def test_frames_of_all_kinds_are_read(frame: Any) -> None:
    rows = frame({"x": [1.5, 2.5] * 50, "kind": ["a", "b"] * 50})
    assert PSIMonitor(rows).calculate_psi(rows) == {"x": 0.0, "kind": 0.0}


def test_arrays_are_read_by_place_and_frames_by_name() -> None:
    draw = random()
    reference = draw.normal(size=(100, 2))
    monitor = PSIMonitor(reference, feature_names=["a", "b"])
    assert monitor.calculate_psi(reference) == {"a": 0.0, "b": 0.0}
    assert monitor.calculate_psi({"b": reference[:, 1], "other": [1] * 100, "a": reference[:, 0]}) == {
        "a": 0.0,
        "b": 0.0,
    }
    assert monitor.calculate_overall_psi(reference) == 0.0
    mixed = np.array([[1, "x"], [2.5, None]], dtype=object)
    assert PSIMonitor(mixed).calculate_psi(mixed) == {"feature_0": 0.0, "feature_1": 0.0}


@pytest.mark.parametrize("scores", [
    [0.1, 0.9, None], np.array([0.1, 0.9, np.nan]), pd.Series([0.1, 0.9, None]), pl.Series([0.1, 0.9, None]), pa.array([0.1, 0.9, None]),
    pa.chunked_array([[0.1], [0.9, None]]),
])  # fmt: skip
def test_one_feature_alone_may_be_any_list_of_values(scores: Any) -> None:
    monitor = PSIMonitor(scores, feature_names=["score"])
    assert monitor.calculate_psi(scores) == {"score": 0.0}
    assert monitor.detect_drift(scores)["features"]["score"]["missing_current"] == pytest.approx(1 / 3)


def test_a_number_that_is_a_double_now_is_the_same_number() -> None:
    """A null makes a pandas column of ints one of doubles."""
    assert drift([1, 2, 3] * 10, [1.0, 2.0, 3.0] * 10)["psi"] == 0.0


@pytest.mark.parametrize(("made", "said"), [
    (lambda: PSIMonitor({"x": [1]}, 1), "num_bins is 1"), (lambda: PSIMonitor({"x": [1]}, feature_names=["y"]), "there is no feature `y`"),
    (lambda: PSIMonitor({"x": [1]}).calculate_psi({"y": [1]}), "there is no feature `x` in the current rows"),
    (lambda: PSIMonitor(np.zeros((2, 2)), feature_names=["a"]), "1 feature names for 2 features"),
    (lambda: PSIMonitor(np.zeros((2, 2, 2))), "3 dimensions"), (lambda: PSIMonitor({}), "no features"),
    (lambda: PSIMonitor({"x": [1]}, confidence=99), "between 0 and 1"),
    (lambda: PSIMonitor({"x": [1]}).detect_drift_over_time({"x": [1]}), "rows=5000 or period='week'"),
    (lambda: PSIMonitor({"x": [1]}).detect_drift_over_time({"x": [1]}, rows=0), "cannot have 0 rows"),
    (lambda: PSIMonitor({"x": [1]}).detect_drift_over_time({"x": [1]}, period="weak", time_column="x"), "did you mean `week`"),
])  # fmt: skip
def test_mistakes_are_told(made: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        made()


def test_the_report_is_a_page_and_a_document(tmp_path: Path) -> None:
    draw = random()
    monitor = PSIMonitor({"amount": draw.normal(size=500), "ki|nd": ["a", "b"] * 250})
    page = monitor.generate_drift_report({"amount": draw.normal(size=500) + 3, "ki|nd": ["a"] * 500}, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Drift report\n\n**major**: 500 rows, 2 features with major and 0 with minor drift")
    assert "| ki\\|nd |" in text
    told = json.loads((tmp_path / "out/drift_report.json").read_text(encoding="utf-8"))
    assert told["features"]["amount"]["kolmogorov_smirnov"] > 0.8


# ---- the same, asked of a table -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [
    np.round(RANDOM.gamma(2, 100, 1000), 2), RANDOM.choice(["x", "y'z", "w"], 1000), RANDOM.integers(0, 4, 1000),
    np.where(RANDOM.random(1000) < 0.8, 0.0, RANDOM.normal(size=1000)),
], ids=["numbers", "texts", "few numbers", "a spike"])  # fmt: skip
def test_a_contract_finds_the_same_number(values: Any) -> None:
    """The check takes off what chance explains; both rest on the same bins."""
    reference, current = values[:600], values[200:][:700]
    monitor = PSIMonitor({"x": reference})
    asked = check.parse(monitor.check("x", "silver.reference"))
    engine = DuckDB()
    tables = {name: pa.table({"x": pa.array(rows)}) for name, rows in (("reference", reference), ("now", current))}
    for name, table in tables.items():
        engine.register("silver", name, table)
    schema = schema_of(tables["now"])
    table = Relation("silver.now", schema, others={"silver.reference": schema})
    found = engine.row(f"SELECT {asked.broken(table)} AS found, {asked.holds(table)} AS holds FROM silver.now")
    psi_value = monitor.calculate_psi({"x": current})["x"]
    assert found["holds"] is True
    assert found["found"] == pytest.approx(max(0.0, psi_value - _chance(asked) * (1 / 600 + 1 / 700)), abs=1e-7)


def _chance(asked: Any) -> float:
    others = 2  # what is missing, and what is above all or none of the texts
    return chance(len(asked.bins) + others)


def test_a_check_of_what_a_contract_cannot_ask() -> None:
    monitor = PSIMonitor({"flag": [True, False], "day": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    for feature in ("flag", "day"):
        with pytest.raises(UserError, match="no number and no text"):
            monitor.check(feature, "silver.reference")
    with pytest.raises(UnknownName, match="did you mean `flag`"):
        monitor.check("flagg", "silver.reference")


# ---- what nothing may change --------------------------------------------------------------------------------------------

VALUE = (
    st.none() | st.integers(-4, 4).map(float) | st.floats(-1e3, 1e3).map(lambda x: round(x, 1)) | st.just(float("nan"))
)
SAMPLE = st.lists(VALUE, min_size=1, max_size=60)
TEXTS = st.lists(st.sampled_from(["a", "b", "c", None, ""]), min_size=1, max_size=60)


def index(reference: Any, current: Any, kind: pa.DataType) -> float:
    tables = [pa.table({"x": pa.array(values, kind)}) for values in (reference, current)]
    return PSIMonitor(tables[0], 4).calculate_psi(tables[1])["x"]


@settings(max_examples=10)
@given(reference=SAMPLE, current=SAMPLE, data=st.data())
def test_the_order_of_rows_changes_nothing(reference: Any, current: Any, data: st.DataObject) -> None:
    shuffled = [data.draw(st.permutations(rows)) for rows in (reference, current)]
    assert index(shuffled[0], shuffled[1], pa.float64()) == pytest.approx(
        index(reference, current, pa.float64()), abs=1e-12
    )


@settings(max_examples=10)
@given(reference=SAMPLE, current=SAMPLE, exponent=st.integers(-20, 20))
def test_the_unit_changes_nothing(reference: Any, current: Any, exponent: int) -> None:
    scaled = [[None if v is None else v * 2.0**exponent for v in rows] for rows in (reference, current)]
    assert index(scaled[0], scaled[1], pa.float64()) == pytest.approx(
        index(reference, current, pa.float64()), abs=1e-12
    )


@settings(max_examples=10)
@given(reference=TEXTS, current=TEXTS)
def test_the_names_of_levels_change_nothing(reference: Any, current: Any) -> None:
    names = {"a": "z", "b": "y", "c": "x", "": "w", None: None}
    renamed = [[names[v] for v in rows] for rows in (reference, current)]
    assert index(renamed[0], renamed[1], pa.string()) == pytest.approx(
        index(reference, current, pa.string()), abs=1e-12
    )


@settings(max_examples=10)
@given(reference=SAMPLE, current=SAMPLE, times=st.integers(2, 4))
def test_every_row_twice_changes_nothing(reference: Any, current: Any, times: int) -> None:
    once = index(reference, current, pa.float64())
    assert index(reference * times, current * times, pa.float64()) == pytest.approx(once, abs=1e-12)


ANY = [
    (pa.float64(), st.floats()), (pa.int64(), st.integers(-(2**63), 2**63 - 1)), (pa.string(), st.text(max_size=4)),
    (pa.bool_(), st.booleans()), (pa.date32(), st.dates()), (pa.timestamp("us"), st.datetimes()), (pa.null(), st.none()),
]  # fmt: skip


@settings(max_examples=20)
@given(data=st.data())
def test_no_input_makes_a_nan(data: st.DataObject) -> None:
    """Empty or one row, all null, constant, infinite, of one kind or of two: the index is a number, and what is told is JSON."""
    rows = []
    for _ in range(2):
        kind, values = data.draw(st.sampled_from(ANY))
        rows.append(pa.table({"x": pa.array(data.draw(st.lists(st.none() | values, max_size=30)), kind)}))
    found = PSIMonitor(rows[0], 3).detect_drift(rows[1])
    json.dumps(found, allow_nan=False)
    assert 0 <= found["psi_values"]["x"] < math.inf
    json.dumps(PSIMonitor(rows[0], 3).calculate_distances(rows[1]), allow_nan=False)

"""The fuzz: that it tries every step, that it sees a fault, and forty pipelines of it; `make fuzz N=1000` runs more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

import fuzz
from boathouse.relation import Relation
from boathouse.step import STEPS
from fuzz_pipelines import Case, make


def test_every_step_is_tried(tmp_path: Path) -> None:
    tried = Counter(step.step for seed in range(300) for step in make(seed, tmp_path).steps)

    assert set(tried) == set(STEPS.names())
    assert tried["join"] > 50


def test_a_seed_is_one_pipeline(tmp_path: Path) -> None:
    one, again = make(7, tmp_path), make(7, tmp_path)

    assert one == again


@pytest.mark.spark
def test_forty_pipelines_are_equal(spark: Any) -> None:
    assert [fuzz.told(found) for found in fuzz.fuzz(40, spark) if found.differs] == []


# ---- a fuzz that cannot find is worse than none: faults are put into the words of one engine -------------------------


def nearest_quantile(_table: Relation, expression: str, p: float) -> str:
    """As approxQuantile has it: a value of the column, and never one between two."""
    return f"quantile_disc(CAST({expression} AS DOUBLE), {p})"


def nulls_elsewhere(_table: Relation, expression: str, *, descending: bool = False, nulls_last: bool = False) -> str:
    return f"{expression} {'DESC' if descending else 'ASC'} NULLS {'FIRST' if nulls_last else 'LAST'}"


def ties_by_chance(_table: Relation, expression: str, *, descending: bool = False, nulls_last: bool = False) -> str:
    """Order by what all rows of a key have alike, so that any of them may be the first."""
    return (
        f"({expression}) IS NULL AND FALSE {'DESC' if descending else 'ASC'} NULLS {'LAST' if nulls_last else 'FIRST'}"
    )


def uses_quantiles(case: Case) -> bool:
    return any(
        getattr(step, "using", getattr(step, "method", "")) in ("median", "robust", "iqr") for step in case.steps
    )


def orders(case: Case) -> bool:
    return any(step.step == "dedupe" and getattr(step, "key", ()) for step in case.steps)


@dataclass(frozen=True)
class Fault:
    """A word of Relation that one engine gets wrong, and the pipelines that it concerns."""

    word: str
    wrong: Callable[..., str]
    concerns: Callable[[Case], bool]


FAULTS = [
    pytest.param(Fault("quantile", nearest_quantile, uses_quantiles), id="a quantile that is not interpolated"),
    pytest.param(Fault("order", nulls_elsewhere, orders), id="nulls at the other end"),
    pytest.param(Fault("order", ties_by_chance, orders), id="ties left to chance"),
]


@pytest.mark.spark
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_one_engine_is_seen(
    fault: Fault, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a dozen pipelines that it concerns, which are equal without it, one is not."""
    cases = list(islice(filter(fault.concerns, (make(seed, tmp_path) for seed in count())), 12))
    tables = [
        (fuzz.attempted(partial(fuzz.on_duckdb, case)), fuzz.attempted(partial(fuzz.on_spark, case, spark)))
        for case in cases
    ]
    taken = [
        (case, there) for case, (here, there) in zip(cases, tables, strict=True) if not fuzz.differences(here, there)
    ]
    assert len(taken) == len(cases)

    monkeypatch.setattr(Relation, fault.word, fault.wrong)

    assert any(fuzz.differences(fuzz.attempted(partial(fuzz.on_duckdb, case)), there) for case, there in taken)

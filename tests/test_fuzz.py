"""The fuzz: that it tries every step, that it sees a fault, and forty pipelines of it; `make fuzz N=1000` runs more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import fuzz
from boathouse.relation import Relation
from boathouse.step import STEPS
from fuzz_pipelines import SQL_ALONE, Case, make


def test_every_step_is_tried(tmp_path: Path) -> None:
    tried = Counter(step.step for seed in range(300) for step in make(seed, tmp_path).steps)

    assert set(tried) == set(SQL_ALONE) == set(STEPS.names()) - {"score"}
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


@dataclass(frozen=True)
class Fault:
    """A word of Relation that one engine gets wrong."""

    word: str
    wrong: Callable[..., str]


FAULTS = [
    pytest.param(Fault("quantile", nearest_quantile), id="a quantile that is not interpolated"),
    pytest.param(Fault("order", nulls_elsewhere), id="nulls at the other end"),
    pytest.param(Fault("order", ties_by_chance), id="ties left to chance"),
]


@pytest.mark.spark
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_one_engine_is_seen(fault: Fault, spark: Any, tmp_path: Path) -> None:
    """Of two hundred pipelines one shows the fault, and Spark, which does not have it, tells."""
    cases = (make(seed, tmp_path) for seed in range(200))
    right = ((case, fuzz.attempted(partial(fuzz.on_duckdb, case))) for case in cases)
    shown = islice(
        ((case, wrong) for case, here in right if fuzz.differences(wrong := with_fault(case, fault), here)), 3
    )
    told = [fuzz.differences(wrong, fuzz.attempted(partial(fuzz.on_spark, case, spark))) for case, wrong in shown]

    assert told
    assert all(told)


def with_fault(case: Case, fault: Fault) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Relation, fault.word, fault.wrong)
        return fuzz.attempted(partial(fuzz.on_duckdb, case))

"""docs/churn-and-forecasts.md: its Python runs in the order of the page, and its YAML is a forecast."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from boathouse.demos import carton_caps
from boathouse.ml.forecast.forecast_file import KINDS

PAGE = (Path(__file__).parents[1] / "docs/churn-and-forecasts.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def names() -> dict[str, Any]:
    """Make what the page takes for given: rows of visits, invitations and snapshots."""
    random, first = np.random.default_rng(0), date(2024, 1, 1)
    days = [first + timedelta(days=number) for number in range(120)]
    rows = {"day": days, "visits": np.resize([10.0, 20, 30, 40, 50, 60, 90], 120) + random.normal(0, 5, 120)}
    sent = [day for day in days for _ in range(20)]
    answered = [day + timedelta(days=int(random.integers(2, 5))) if random.random() < 0.4 else None for day in sent]
    known = [day if day is None or day <= days[-1] else None for day in answered]
    return {"rows": rows, "invitations": {"sent_at": sent, "converted_at": known}, **churned(random)}


def churned(random: np.random.Generator) -> dict[str, Any]:
    away, came = random.integers(0, 60, 1_200), random.poisson(6, 1_200)
    snapshots = pa.table({
        "customer": np.resize(np.arange(300), 1_200), "days_since_last_purchase": away, "purchase_days_90d": came,
        "snapshot_on": np.repeat([date(2024, month, 1) for month in (1, 2, 3, 5)], 300).tolist(),
        "churned": random.random(1_200) < np.clip(away / 90 - came / 40, 0.05, 0.9),
    })  # fmt: skip
    return {"snapshots": snapshots, "newest": date(2024, 5, 1)}


def test_the_python_of_the_page_runs_as_it_stands(names: dict[str, Any]) -> None:
    assert len(snippets("python")) == 3
    for text in snippets("python"):
        exec(compile(text, "churn-and-forecasts.md", "exec"), names)  # noqa: S102 - the page is ours
    assert names["reasons"][-1]["column"] == "base"
    assert {each for each in names["curve"]["cohort"].to_pylist() if each != "all"} == {
        f"2024-0{month}" for month in range(1, 5)
    }


def test_the_forecast_of_the_page_is_that_of_the_example() -> None:
    assert snippets("yaml") == [(carton_caps.PROJECT / "forecasts/daily.yml").read_text(encoding="utf-8")]


def test_the_page_names_every_kind_of_forecast() -> None:
    assert [kind for kind in KINDS if f"\n| `{kind}` |" not in PAGE] == []

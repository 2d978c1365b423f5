"""What docs/features.md shows is run."""

from __future__ import annotations

import re
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from boathouse.ml.features.store import get_feature_store
from projects import project

PAGE = (Path(__file__).parents[1] / "docs/features.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_snippets_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "features.md", "exec"), names)  # noqa: S102 - that they run is the point
    assert (tmp_path / "feature_repo/views/customer_features/_delta_log").is_dir()
    assert (tmp_path / "feast_repo/features.py").is_file()


def test_the_table_is_a_feature_view(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    path = text.splitlines()[0].removeprefix("# ")
    files = {
        "raw/spend.csv": "customer_id,day,customer_spend_30d\n1,2024-01-01,10\n",
        "tables/bronze/spend.yml": "source: {format: csv, path: raw/spend.csv}\n",
        path: text,
    }
    bench = project(tmp_path / "shop", files)
    bench.run()
    store = get_feature_store(repo_path=bench.project.root)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asked = {"customer_id": [1], "event_timestamp": [date(2024, 1, 2)]}
        found = store.get_historical_features(asked, ["customer_features:customer_spend_30d"])
    assert found["customer_spend_30d"] == [10.0]

"""A folder of feature views leaves as a repository that Feast applies, trains from and serves."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from boathouse.ml.features.feast_repo import write_feast_repo
from boathouse.ml.features.feature_view import FeatureViewConfig
from boathouse.ml.features.local_store import LocalFeatureStore

DAY = datetime(2024, 1, 1, tzinfo=UTC)
SPEND = FeatureViewConfig(
    "customer_features",
    "customer_id",
    ["customer_spend_30d", "customer_plan_latest"],
    ttl_days=20,
    tags={"team": 'o"hara'},
)
VISITS = FeatureViewConfig(
    "store_visits", ["customer_id", "store"], ["customer_visits_7d"], "at", created_timestamp_column="created"
)


@pytest.fixture
def store(tmp_path: Path) -> LocalFeatureStore:
    made = LocalFeatureStore(tmp_path / "features")
    rows: dict[str, list[Any]] = {
        "customer_id": [1, 1, 2],
        "feature_timestamp": [DAY, DAY + timedelta(days=9), DAY + timedelta(days=4)],
        "customer_spend_30d": [10.0, 20.0, None],
        "customer_plan_latest": ["a", 'b"', "c"],
    }
    made.register_feature_view(SPEND, rows)
    visits = {"customer_id": [1], "store": ["x"], "at": [DAY], "created": [DAY], "customer_visits_7d": [3]}
    made.register_feature_view(VISITS, visits)
    return made


def test_the_files_are_those_of_a_repository(store: LocalFeatureStore, tmp_path: Path) -> None:
    files = write_feast_repo(store, tmp_path / "repo")
    names = [str(file.relative_to(tmp_path / "repo")) for file in files]
    assert names == ["data/customer_features.parquet", "data/store_visits.parquet", "feature_store.yaml", "features.py"]
    ast.parse(files[-1].read_text())
    assert "entities=[customer_id, store],\n    ttl=timedelta(0)," in files[-1].read_text()


@pytest.mark.models
def test_feast_applies_it_and_gives_what_the_folder_gives(store: LocalFeatureStore, tmp_path: Path) -> None:
    import pandas as pd

    repo = tmp_path / "repo"
    write_feast_repo(store, repo)
    done = subprocess.run(
        [Path(sys.executable).with_name("feast"), "apply"], cwd=repo, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    program = """
import sys, warnings, pandas as pd
warnings.simplefilter("ignore")
from feast import FeatureStore
feast = FeatureStore(".")
rows = pd.DataFrame({"customer_id": [1, 2, 1], "event_timestamp": pd.to_datetime(["2024-01-05", "2024-01-06", "2024-01-11"], utc=True)})
names = ["customer_features:customer_spend_30d", "customer_features:customer_plan_latest"]
found = feast.get_historical_features(rows, names).to_df().sort_values(["event_timestamp"])
feast.materialize(pd.Timestamp("2023-12-31"), pd.Timestamp("2024-01-20"))
online = feast.get_online_features(names + ["store_visits:customer_visits_7d"], [{"customer_id": 1, "store": "x"}]).to_dict()
print(repr((found["customer_plan_latest"].tolist(), online["customer_plan_latest"], online["customer_visits_7d"])))
"""
    asked = subprocess.run([sys.executable, "-c", program], cwd=repo, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr[-2000:]
    ours = store.get_historical_features(
        pd.DataFrame(
            {
                "customer_id": [1, 2, 1],
                "event_timestamp": pd.to_datetime(["2024-01-05", "2024-01-06", "2024-01-11"], utc=True),
            }
        ),
        ["customer_features:customer_plan_latest"],
    )
    found = ast.literal_eval(asked.stdout.strip().splitlines()[-1])
    assert found == (ours["customer_plan_latest"].tolist(), ['b"'], [3])

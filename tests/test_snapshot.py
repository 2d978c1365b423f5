"""A snapshot keeps what a model is trained on, until a cutoff, and is known again by its hash."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from boathouse.errors import CheckFailed, UnknownName, UserError
from boathouse.ml.features.snapshot import Snapshots

DAY = datetime(2024, 1, 1, tzinfo=UTC)
ROWS: dict[str, list[Any]] = {
    "id": [1, 2, 3, 4],
    "feature_timestamp": [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2), DAY],
    "label_available_flag": [True, True, True, False],
    "churned": [0, 1, 0, 1],
}


def test_rows_until_the_cutoff_with_a_label_are_kept_under_the_next_version(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    first = snapshots.create(ROWS, "2024-01-02", "churned")
    second = snapshots.create({**ROWS, "plan": ["a"] * 4}, "2024-01-09", "churned")
    assert [first.file, second.file] == ["training_v1.parquet", "training_v2.parquet"]
    assert snapshots.load(version=1)["id"].to_pylist() == [1, 2]
    assert snapshots.load()["id"].to_pylist() == [1, 2, 3]
    assert snapshots.all() == [first, second]
    assert snapshots.compare(("training", 1), ("training", 2)) == {
        "rows": 1, "columns_added": ["plan"], "columns_removed": [], "cutoff_days": 7.0, "is_same": False,
    }  # fmt: skip


def test_without_a_flag_a_label_that_is_there_is_available(tmp_path: Path) -> None:
    rows = {name: values for name, values in ROWS.items() if name != "label_available_flag"} | {
        "churned": [0, None, 1, 1]
    }
    assert Snapshots(tmp_path).create(rows, "2024-01-09", "churned").rows == 3


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    made = snapshots.create(ROWS, "2024-01-09", "churned")
    (tmp_path / made.file).write_bytes(b"else")
    with pytest.raises(CheckFailed, match=r"training_v1.parquet is not what it was when it was made"):
        snapshots.load()


def test_what_cannot_be_a_snapshot(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    with pytest.raises(UnknownName, match="did you mean `churned`"):
        snapshots.create(ROWS, "2024-01-09", "churn")
    with pytest.raises(UserError, match="wants a cutoff_date"):
        snapshots.create(ROWS, None, "churned")
    with pytest.raises(UserError, match="is no snapshot's name"):
        snapshots.create(ROWS, "2024-01-09", "churned", "../x")
    with pytest.raises(UnknownName, match="there is no snapshot `training_v1`"):
        snapshots.load()

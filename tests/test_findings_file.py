"""What explore found is written as YAML, in the seed's keys, and read back the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from boathouse import findings_file
from boathouse.errors import FileError
from boathouse.probe import DatasetFindings, MultiFindings
from boathouse.schema import Schema
from explored import explored_tables, rows

TABLES = {
    "users": {
        "user_id": [*range(50)],
        "churned": ["yes", "no"] * 25,
        "fee": [*[n * n for n in range(49)], None],
        "note": ["no", "~", "1e3", "#x", ": y"] * 10,
    },
    "visits": {
        **rows(100),
        "user_id": [n % 50 for n in range(100)],
        "seen": [f"2024-01-{n % 28 + 1:02d}" for n in range(100)],
    },
}


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    found = explored_tables(TABLES)
    findings_file.save(found, tmp_path)

    assert findings_file.load(tmp_path) == found


def test_the_seeds_keys_are_there(tmp_path: Path) -> None:
    users, _, together = findings_file.save(explored_tables(TABLES), tmp_path)
    data, all_of_them = yaml.safe_load(users.read_text()), yaml.safe_load(together.read_text())

    assert users.name.startswith("users_")
    assert (data["row_count"], data["target_column"], data["target_type"]) == (50, "churned", "binary")
    assert data["columns"]["fee"]["universal_metrics"]["null_count"] == 1
    assert data["columns"]["fee"]["quality_score"] == 99.0
    assert all_of_them["relationships"][0]["left_dataset"] == "users"
    assert all_of_them["relationships"][0]["relationship_type"] == "one_to_many"


def test_scores_fall_with_findings(tmp_path: Path) -> None:
    files = findings_file.save(explored_tables({"t": {**rows(100), "gone": [None] * 60 + [*range(40)]}}), tmp_path)
    data = yaml.safe_load(files[0].read_text())

    assert data["columns"]["gone"]["quality_score"] == 100 - 30 - 15
    assert data["overall_quality_score"] == 77.5
    assert (len(data["critical_issues"]), data["modeling_ready"]) == (1, False)


def test_a_source_inside_of_the_project_is_named_from_there(tmp_path: Path) -> None:
    data = DatasetFindings("t", {"format": "csv", "path": str(tmp_path / "raw" / "t.csv")}, Schema(), 0, (), ())
    findings_file.save(MultiFindings((data,)), tmp_path / "findings", tmp_path)

    assert findings_file.load(tmp_path / "findings").datasets[0].source["path"] == "raw/t.csv"


def test_what_is_no_findings_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="boathouse explore"):
        findings_file.load(tmp_path)
    (tmp_path / findings_file.TOGETHER).write_text("datasets: [1, 2]\n")
    with pytest.raises(FileError, match="boathouse explore"):
        findings_file.load(tmp_path)


def test_personal_data_does_not_get_into_the_file(tmp_path: Path) -> None:
    files = findings_file.save(
        explored_tables({"t": {"mail": ["secret@mail.example"] * 5 + ["b@mail.example"] * 5}}), tmp_path
    )

    assert "mail.example" not in files[0].read_text()

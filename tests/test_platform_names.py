"""Names that the platform has changed are understood where they are typed, with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from boathouse import platform_names
from projects import project
from terminal import Terminal


@pytest.mark.parametrize(
    ("word", "target"),
    [("dlt", "declarative"), ("asset-bundle", "bundle"), ("DAB", "bundle"), ("lakeflow", "declarative")],
)
def test_an_older_name_of_a_target_is_understood(word: str, target: str) -> None:
    meant, hint = platform_names.target(word)
    assert meant == target
    assert hint


def test_a_target_of_today_has_no_hint() -> None:
    assert platform_names.target("databricks") == ("databricks", "")


def test_an_older_name_is_typed(boathouse: Terminal, tmp_path: Path) -> None:
    root = project(tmp_path / "p").project.root
    answer = boathouse("export", "workflow", "--project", root)
    assert answer.code == 0
    assert answer.err.startswith("`workflow` is written `databricks` here: ")
    assert (root / "dist/databricks/workflow.json").is_file()

"""The page about models: its code runs, its table is built, and its commands answer what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boathouse.models.scorecard import Scorecard
from projects import project, write
from terminal import Terminal
from tracked import registry_of, trained

PAGE = (Path(__file__).parents[1] / "docs/models.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"^    \$ boathouse (.+)\n((?:    (?!\$).+\n)+)", re.MULTILINE)


def block(language: str, holds: str) -> str:
    found = re.finditer(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return next(each[1] for each in found if holds in each[1])


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boathouse: Terminal) -> None:
    bench = project(tmp_path / "churn")
    monkeypatch.chdir(tmp_path)
    store = registry_of(bench.project).store
    bench.run()
    exec(compile(block("python", "log_training"), "models.md", "exec"), {})  # noqa: S102 - to run the page is the point
    answers = dict(COMMAND.findall(PAGE))
    stale = next(command for command in answers if command.startswith("plan"))

    for command, shown in answers.items():
        if command == stale:
            write(bench.project.root, {"tables/gold/pred_churn.yml": block("yaml", "step: score")})
            bench.run()
            version = trained(store, Scorecard({"fee": 0.02, "plan": {"c": 5.0}}))
            registry_of(bench.project).set_alias(version, "champion")
        assert_shows(boathouse(*command.split()).out, shown)


def test_the_setting_of_the_page_is_one(tmp_path: Path) -> None:
    from boathouse.workbench import Workbench

    root = project(tmp_path / "churn").project.root
    write(root, {"config/prod.yaml": block("yaml", "tracking_uri")})
    assert Workbench(root, env="prod").project.mlflow["tracking_uri"] == "databricks"


def assert_shows(out: str, shown: str) -> None:
    """Tell whether each line that the page shows is among those that were printed, however wide the columns are."""
    printed = [" ".join(line.split()) for line in out.splitlines()]
    assert [line for line in shown.splitlines() if " ".join(line.split()) not in printed] == [], out

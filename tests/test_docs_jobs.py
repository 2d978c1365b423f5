"""The page about jobs: its file of a model, its commands and its Python, as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boathouse.scheduled_job import JOBS
from claims_project import make
from terminal import Terminal

PAGE = (Path(__file__).parents[1] / "docs" / "jobs.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_page_does_what_it_says(boathouse: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(tmp_path).project.root
    (root / "models" / "claims_fraud.yml").write_text(blocks("yaml")[0], encoding="utf-8")
    monkeypatch.chdir(root)
    commands = [line.split()[1:] for text in blocks("sh") for line in text.splitlines()]
    for words in commands:
        answer = boathouse(*words)
        assert (answer.code, answer.err) == (0, ""), words
    for text in blocks("python"):
        exec(compile(text, "docs/jobs.md", "exec"), {})  # noqa: S102 - what the page says is what is tried
    assert {words[1].replace("-", "_") for words in commands} == {name for name in JOBS.names() if name != "forecast"}

"""docs/fraud-scores.md: what it shows runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claims_frame import claims

PAGE = Path(__file__).parents[1] / "docs/fraud-scores.md"


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, PAGE.name, "exec"), {"claims": claims()})  # noqa: S102 - the page's own text
    reasons = capsys.readouterr().out.splitlines()
    assert len(reasons) == 4
    assert re.fullmatch(r"\w+ is .+, expected .+ \(\+\d+\.\d\d nats\)", reasons[0])
    assert (tmp_path / "models/claims/model.json").exists()

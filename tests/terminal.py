"""The command line as a person meets it: arguments in, exit code and both streams out; and what a folder holds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from boathouse import cli

SOURCE = Path(cli.__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """Type a command in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Answer:
        self.monkeypatch.setattr(sys, "argv", ["boathouse", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self.capsys.readouterr()
        return Answer(code, said.out, said.err)


def started(*words: object) -> subprocess.Popen[str]:
    """Type a command in a process of its own, for what only a process shows."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "boathouse", *map(str, words)]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def contents(folder: Path) -> dict[str, str]:
    """Say what every file of a folder holds, to see that nothing changed."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in files}


def is_one_error(text: str) -> bool:
    """Tell whether stderr ends in one error, with at most the line that it is about beneath."""
    lines = text.splitlines()
    at = next((at for at, line in enumerate(lines) if line.startswith("error: ")), len(lines))
    excerpt = lines[at + 1 :]
    return (
        at < len(lines)
        and len(excerpt) in (0, 2)
        and all(" | " in line for line in excerpt)
        and "Traceback" not in text
    )

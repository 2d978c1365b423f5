"""Spark's own command line for declarative pipelines, run against a Spark Connect server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from boathouse.errors import EngineError

FAILED = re.compile(
    r"(?:Failed to resolve flow: |Flow )'[\w.]*?(\w+\.\w+)'(?: has FAILED)?\.\s*Error: (.*?)(?=\n\d{4}-\d\d-\d\d |\nTraceback|\Z)",
    flags=re.DOTALL,
)
SKIPPED = re.compile(r"Flow '[\w.]*?(\w+\.\w+)' (SKIPPED due to upstream failure)")
EXCEPTION = re.compile(r"^[\w.]+(?:Exception|Error): ", flags=re.MULTILINE)


def update(spec: Path, remote: str, *, is_dry: bool = False) -> dict[str, str]:
    """Run one update of the pipeline that a spec describes, or only look whether it could run; say why of each dataset that was not made."""
    if find_spec("grpc") is None:
        raise EngineError("Spark Connect wants more packages", hint="pip install 'pyspark[pipelines]'")
    command = [sys.executable, "-m", "pyspark.pipelines.cli", "dry-run" if is_dry else "run", "--spec", str(spec)]
    done = subprocess.run(  # noqa: S603 - our own words and a path
        command,
        env={**os.environ, "SPARK_REMOTE": remote},
        capture_output=True,
        text=True,
        check=False,
        cwd=spec.parent,
    )
    said = f"{done.stdout}\n{done.stderr}"
    found = {name: _sentence(why) for name, why in (*SKIPPED.findall(said), *FAILED.findall(said))}
    if done.returncode and not found:
        raise EngineError(f"spark-pipelines does not run: {_sentence(EXCEPTION.split(said)[-1])}")
    return found


def _sentence(text: str) -> str:
    """Keep of an error its first cause, which is told last, without the classes that it went through and the place."""
    lines = [EXCEPTION.sub("", line) for line in text.strip().splitlines()]
    causes = [line for line in lines if line.startswith("[")] or lines[:1]
    return "".join(causes[-1:]).split(" SQLSTATE:", 1)[0].removeprefix("[USER_RAISED_EXCEPTION] ")

"""dbt command: dbt as a process of its own, for it wants other versions of what Boathouse has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from boathouse.errors import EngineError, UserError

VARIABLE = "BOATHOUSE_DBT"
INSTALL = (
    'python -m venv .venv-dbt && .venv-dbt/bin/pip install "dbt-core<1.12" "dbt-databricks<1.12"'
    ' "dbt-spark[session]<1.12" "dbt-duckdb<1.12" deltalake'
)


@dataclass(frozen=True)
class DbtResult:
    """What became of one model, test or snapshot."""

    kind: str
    name: str
    status: str
    message: str

    @property
    def is_wrong(self) -> bool:
        return self.status in ("error", "fail", "runtime error", "partial success")


@dataclass(frozen=True)
class DbtBuild:
    """What a whole build came to, by which version of dbt."""

    version: str
    results: tuple[DbtResult, ...]


def find_dbt() -> Path:
    """Find the program: where BOATHOUSE_DBT says, in .venv-dbt beside the project, or on the PATH."""
    given = os.environ.get(VARIABLE, "")
    if given and not Path(given).is_file():
        raise UserError(f"{VARIABLE} is {given}, which is no file", hint="it is the path of the program `dbt`")
    beside = next((path for path in _beside() if path.is_file()), None)
    found = given or beside or shutil.which("dbt")
    if not found:
        raise UserError("dbt is not installed", hint=f"it wants an environment of its own: {INSTALL}")
    return Path(found)


def _beside() -> Iterator[Path]:
    for folder in (Path.cwd(), *Path.cwd().parents):
        yield folder / ".venv-dbt" / "bin" / "dbt"


def build(project: Path, target: str, variables: Mapping[str, str]) -> DbtBuild:
    """Build all models and ask all tests of a project; nothing is sent anywhere, and nothing is fetched."""
    command = [str(find_dbt()), "--no-use-colors", "build", "--profiles-dir", ".", "--target", target]
    settings = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("DBT_", "PYTHON", "SPARK_"))},
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        **variables,
    }
    done = subprocess.run(command, cwd=project, env=settings, capture_output=True, text=True, check=False)  # noqa: S603 - the program that the user installed
    results = project / "target" / "run_results.json"
    if not results.is_file():
        raise EngineError(f"dbt does not run: {_last_words(done.stdout + done.stderr)}")
    told = json.loads(results.read_text(encoding="utf-8"))
    return DbtBuild(told["metadata"]["dbt_version"], tuple(map(_result, told["results"])))


def _result(told: Mapping[str, str]) -> DbtResult:
    kind, _, name, *_ = str(told["unique_id"]).split(
        "."
    )  # model.churn.silver_plans, test.churn.silver_plans_key.b1946ac9
    return DbtResult(kind, name, str(told["status"]), str(told.get("message") or ""))


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " ".join(lines[-5:])[-800:]

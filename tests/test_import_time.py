"""`import boathouse` and `boathouse --help` load nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("pyspark", "mlflow", "pandas", "sklearn", "numpy", "pyarrow", "duckdb", "deltalake", "sqlglot")


@pytest.mark.parametrize("statement", ["import boathouse", "import boathouse.cli"])
def test_start_up_loads_nothing_heavy(statement: str) -> None:
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()}.isdisjoint(HEAVY)


def test_running_as_a_module_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "boathouse", "--help"], capture_output=True, text=True, check=True)
    assert "explore" in done.stdout

"""Runs a notebook as Databricks would, with the parameters that a job gives."""

from __future__ import annotations

import re
from pathlib import Path

from pyspark.sql import SparkSession

FOLDER = Path(__file__).parents[1] / "src" / "notebooks"


class Widgets:
    """What dbutils.widgets does: a default where the job gives no value."""

    def __init__(self, given: dict[str, str]) -> None:
        self._values = given

    def text(self, name: str, default: str) -> None:
        self._values.setdefault(name, default)

    def get(self, name: str) -> str:
        return self._values[name]


class Dbutils:
    """The part of dbutils that the notebooks use."""

    def __init__(self, given: dict[str, str]) -> None:
        self.widgets = Widgets(dict(given))


def run_notebook(spark: SparkSession, name: str, parameters: dict[str, str], source_path: str = "") -> None:
    """Run a notebook from its first cell to its last; a raw file of the test's own stands in for the volume's."""
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    if source_path:
        text = re.sub(r"^SOURCE_PATH = .*$", f"SOURCE_PATH = {source_path!r}", text, flags=re.MULTILINE)
    namespace = {"spark": spark, "dbutils": Dbutils(parameters), "__name__": "__main__"}
    exec(compile(text, f"{name}.py", "exec"), namespace)

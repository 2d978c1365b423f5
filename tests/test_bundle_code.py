"""The bundle's code: clean by its own linter, with tests of its own that are green here, and that fail when they should."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import churn_project
from boathouse import jars
from boathouse.bundle.python_name import function_name, package_name
from boathouse.bundle.sample_lake import sample_lake
from boathouse.names import TableName
from bundles import HOSTILE, STYLES, files_of, planned, put, yaml_of

if TYPE_CHECKING:
    from boathouse.plan import Plan


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return churn_project.planned(churn_project.make(tmp_path_factory.mktemp("projects") / "churn"))


@pytest.fixture(scope="module")
def exported(churn: Plan) -> dict[str, dict[str, str]]:
    return {style: files_of(churn, style=style) for style in STYLES}


# ---- the code -------------------------------------------------------------------------------------------------------


def ruff(folder: Path) -> str:
    said = ""
    for command in (["check", "."], ["format", "--check", "--diff", "."]):
        line = [sys.executable, "-m", "ruff", *command]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr if done.returncode else ""
    return said


@pytest.mark.parametrize("style", STYLES)
def test_the_project_passes_its_own_linter_and_formatter(
    style: str, exported: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    assert ruff(put(tmp_path, exported[style])) == ""


@pytest.mark.parametrize("style", STYLES)
def test_so_it_does_with_names_that_mean_something_else(style: str, tmp_path: Path) -> None:
    of = churn_project.planned(churn_project.make(tmp_path / "statistics", HOSTILE))
    files = files_of(of, "statistics", style=style)

    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text, path)
    assert ruff(put(tmp_path / "out", files)) == ""


@pytest.mark.parametrize("style", STYLES)
def test_so_it_does_with_a_long_name(style: str, tmp_path: Path) -> None:
    name = "a_project_whose_name_is_as_long_as_anyone_would_care_to_type"
    of = churn_project.planned(churn_project.make(tmp_path / name))

    assert ruff(put(tmp_path / "out", files_of(of, name, style=style))) == ""


def test_a_name_that_means_something_else_gets_an_underscore() -> None:
    assert [package_name(name) for name in ("churn", "statistics", "yaml", "Class")] == [
        "churn", "statistics_pipeline", "yaml_pipeline", "class_pipeline",
    ]  # fmt: skip
    names = ("orders", "class", "list", "date", "F", "check", "__init__")
    assert [function_name(TableName("gold", name)) for name in names] == [
        "orders", "class_", "list_", "date_", "F_", "check_", "__init___",
    ]  # fmt: skip


# ---- the sample -----------------------------------------------------------------------------------------------------


def test_the_sample_gives_every_step_something_to_do(churn: Plan) -> None:
    """Rough rows come in; what leaves has one row a key, no rough word, and the outlier and the old customer are gone."""
    samples = {str(name): sample for name, sample in sample_lake(churn).items()}
    raw, clean = samples["bronze.customers"].rows, samples["silver.customers"].rows

    assert len(samples) == len(churn.actions)
    assert {"Basic", "PRO", "PRO "} <= {row[1] for row in raw}
    assert {row[1] for row in clean} == {"basic", "pro"}
    assert len({row[0] for row in raw}) < len(raw)
    assert len({row[0] for row in clean}) == len(clean)
    assert "n/a" in {row[2] for row in raw}
    assert samples["gold.spend"].rows


def test_tables_that_refuse_rough_rows_get_plain_ones(tmp_path: Path) -> None:
    """The left table may have a key twice, but the join that must not double rows reads it as it came."""
    of = planned(tmp_path / "p", {
        "raw/a.csv": "id,fee\n1,2\n",
        "tables/bronze/a.yml": "source: {format: csv, path: raw/a.csv}\n",
        "tables/silver/a.yml": "reads: bronze.a\nsteps: [{step: dedupe, key: [id], keep: first}]\n",
        "tables/gold/both.yml": "reads: silver.a\nsteps: [{step: join, with: bronze.a, on: [id], prefix: raw_}]\n",
    })  # fmt: skip
    samples = {str(name): sample.rows for name, sample in sample_lake(of).items()}

    assert len({row[0] for row in samples["bronze.a"]}) == len(samples["bronze.a"])
    assert len(samples["gold.both"]) == len(samples["bronze.a"])


def test_what_depends_on_the_time_has_no_sample(tmp_path: Path) -> None:
    asks = {"tables/gold/today.sql": "SELECT current_date() AS today, * FROM silver.plans\n"}
    of = churn_project.planned(churn_project.make(tmp_path / "churn", asks))

    assert TableName("gold", "today") not in sample_lake(of)
    assert "tests/unit/test_gold_today.py" not in files_of(of, style="modules")


# ---- its own tests --------------------------------------------------------------------------------------------------


@pytest.fixture
def pytest_in(tmp_path: Path) -> Callable[..., str]:
    """Run the commands of the bundle's own CI that test, in the environment that these tests run in."""
    # pyspark.testing cannot be imported beside pandas 3; a fresh environment of the bundle has none.
    (tmp_path / "without" / "pandas").mkdir(parents=True)
    (tmp_path / "without" / "pandas" / "__init__.py").write_text("raise ImportError('not here')\n")

    def run(folder: Path, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "without")}
        if found := jars.find_jars():
            environment["DELTA_JARS"] = str(found[0].parent)
        line = [sys.executable, "-m", *arguments]
        done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        return done.stdout

    return run


def commands_of(files: dict[str, str]) -> list[list[str]]:
    """Read the commands of the CI's job `test`, but for those that install."""
    steps = yaml_of(files, ".github/workflows/test.yml")["jobs"]["test"]["steps"]
    lines = [line for step in steps for line in step.get("run", "").splitlines() if "pip install" not in line]
    return [[part.strip('"') for part in re.findall(r'"[^"]+"|\S+', line)] for line in lines]


@pytest.mark.spark
@pytest.mark.parametrize("style", STYLES)
def test_its_own_ci_is_green(style: str, pytest_in: Callable[..., str], tmp_path: Path) -> None:
    of = churn_project.planned(churn_project.make(tmp_path / "churn", HOSTILE))
    files = files_of(of, style=style)
    folder = put(tmp_path / "bundle", files)

    said = {" ".join(command): pytest_in(folder, *command) for command in commands_of(files)}

    assert list(said) == [
        "ruff check .",
        "ruff format --check .",
        "pytest -m unit or contract",
        "pytest -m integration",
    ]
    for command, output in said.items():
        assert re.search("All checks passed|already formatted|passed", output), f"{command}\n{output}"
        assert not re.search("failed|error|skipped|would be", output), f"{command}\n{output}"


@pytest.mark.spark
def test_its_tests_are_real(exported: dict[str, dict[str, str]], pytest_in: Callable[..., str], tmp_path: Path) -> None:
    """Change transformations as a tired person would; the test of each, and no other, fails."""
    changes = {
        "silver/customers.py": ("F.median", "F.avg"),
        "silver/plans.py": ('"seats", F.col("seats").try_cast("int")', '"seats", F.col("seats").try_cast("bigint")'),
        "gold/spend.py": ("sum(c.monthly_charges)", "max(c.monthly_charges)"),
    }
    folder = put(tmp_path / "bundle", exported["modules"])
    for path, (old, new) in changes.items():
        file = folder / "src/churn/transformations" / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    said = pytest_in(folder, "pytest", "-m", "unit or contract", "-q")

    assert sorted(re.findall(r"^FAILED tests/(\S+?)(?: - .*)?$", said, re.MULTILINE)) == [
        "contract/test_columns.py::test_a_transformation_gives_the_columns_that_are_promised[silver.plans]",
        "unit/test_gold_spend.py::test_spend_of_the_sample",
        "unit/test_silver_customers.py::test_customers_of_the_sample",
        "unit/test_silver_plans.py::test_plans_of_the_sample",
    ]

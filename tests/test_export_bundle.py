"""The bundle: a whole project, whose files fit each other, whose code is clean, and whose own tests are green and real."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import churn_project
from boathouse import config, table_load, world
from boathouse.errors import UserError
from boathouse.export import Export, target
from boathouse.names import TableName
from boathouse.plan import plan
from boathouse.python_name import function_name, package_name
from boathouse.sample_lake import sample_lake
from projects import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boathouse.plan import Plan

GOLDEN = Path(__file__).parent / "golden" / "bundle"
STYLES = ("notebooks", "modules")
JOB = "resources/churn_pipeline.job.yml"
AROUND = ["setup", "test", "publish", "notify"]
# Names that mean something to Python, and columns that no one should have.
HOSTILE = {
    "raw/class.csv": 'id,"we ""ird""",dot.ted,it\'s,{braces},F\n1,a,b,c,d,1.5\n2,,x,y,z,\n',
    "tables/bronze/class.yml": "about: 'Quotes \"\"\" and \\ and {braces}'\nsource: {format: csv, path: raw/class.csv}\n",
    "tables/silver/list.yml": "reads: bronze.class\nsteps:\n  - {step: cast, columns: {id: bigint, F: double}}\n",
    "tables/silver/check.yml": "reads: silver.list\ncontract: {key: [id], drop: {known: \"`dot.ted` <> '{CATALOG}.{SCHEMA}'\"}}\n",
    "tables/gold/date.sql": "SELECT id, F AS f, '{id}' AS text FROM silver.check\n",
    "tables/gold/constants.sql": "SELECT 1 AS one, DATE '2024-01-31' AS day, CAST(NULL AS string) AS nothing\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return churn_project.planned(churn_project.make(tmp_path_factory.mktemp("projects") / "churn"))


@pytest.fixture(scope="module")
def exported(churn: Plan) -> dict[str, dict[str, str]]:
    return {style: files_of(churn, style=style) for style in STYLES}


@pytest.fixture(params=STYLES)
def files(request: pytest.FixtureRequest, exported: dict[str, dict[str, str]]) -> dict[str, str]:
    return exported[request.param]


def files_of(of: Plan, schema: str = "churn", **options: str) -> dict[str, str]:
    return target("bundle", options).files(Export(of, "main", schema))


def yaml_of(files: dict[str, str], path: str) -> Any:
    return yaml.safe_load(files[path])


def job_of(files: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = yaml_of(files, JOB)["resources"]["jobs"]["churn_pipeline"]
    return found


def put(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


# ---- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_the_files_are_those_under_golden(style: str, exported: dict[str, dict[str, str]]) -> None:
    """Read what has changed with git diff, after BOATHOUSE_GOLDEN=write has written it."""
    folder = GOLDEN / style
    if os.environ.get("BOATHOUSE_GOLDEN") == "write":
        shutil.rmtree(folder, ignore_errors=True)
        put(folder, exported[style])
    golden = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()
    }

    assert sorted(exported[style]) == sorted(golden)
    for path, text in exported[style].items():
        assert text == golden[path], path


def test_the_same_pipeline_gives_the_same_bytes(exported: dict[str, dict[str, str]], tmp_path: Path) -> None:
    again = churn_project.planned(churn_project.make(tmp_path / "churn"))

    assert {style: files_of(again, style=style) for style in STYLES} == exported


def test_files_in_yaml_and_toml_are_such(files: dict[str, str]) -> None:
    for path, text in files.items():
        if path.endswith((".yml", ".yaml")):
            assert yaml.safe_load(text), path
    assert set(tomllib.loads(files["pyproject.toml"])["tool"]["pytest"]["ini_options"]["markers"][0]) > set()


def test_no_mark_of_a_template_is_left(files: dict[str, str]) -> None:
    assert [path for path, text in files.items() if re.search(r"<<\w+>>", text)] == []


def test_nothing_of_boathouse_is_imported(files: dict[str, str]) -> None:
    for path, text in files.items():
        if path.endswith(".py"):
            modules = [node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
            assert not [name for name in modules if name.startswith("boathouse")], path


def test_the_init_script_takes_the_newest_wheel(exported: dict[str, dict[str, str]], tmp_path: Path) -> None:
    folder = put(tmp_path / "with a blank", exported["modules"])
    for version in ("0.9.0", "0.10.0"):
        (folder / f"churn-{version}-py3-none-any.whl").touch()

    environment = {**os.environ, "WHEELS": str(folder), "PIP": "echo"}
    done = subprocess.run(
        ["bash", str(folder / "scripts/dbr_init.sh")], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout == f"install --quiet {folder}/churn-0.10.0-py3-none-any.whl\n"


# ---- the bundle and its resources -----------------------------------------------------------------------------------


def test_dev_is_yours_and_prod_runs_as_a_service_principal(files: dict[str, str]) -> None:
    targets = yaml_of(files, "databricks.yml")["targets"]

    assert (targets["dev"]["mode"], targets["dev"]["default"]) == ("development", True)
    assert targets["prod"]["mode"] == "production"
    assert targets["prod"]["workspace"]["root_path"].startswith("/Workspace/Shared/")
    assert targets["prod"]["run_as"] == {"service_principal_name": "${var.service_principal}"}
    assert [name["variables"]["catalog"] for name in targets.values()] == ["dev_main", "prod_main"]


@pytest.mark.parametrize("catalog", ["main", "dev_main", "prod_main"])
def test_neither_target_can_name_the_others_catalog(churn: Plan, catalog: str) -> None:
    text = target("bundle").files(Export(churn, catalog, "churn"))["databricks.yml"]
    targets = yaml.safe_load(text)["targets"]

    assert [name["variables"]["catalog"] for name in targets.values()] == ["dev_main", "prod_main"]


def test_every_variable_and_resource_that_is_named_is_there(churn: Plan) -> None:
    for style in STYLES:
        files = files_of(churn, style=style, webhook="on call", notify="a@example.com")
        text = "".join(text for path, text in files.items() if path.startswith(("databricks.yml", "resources/")))
        variables = yaml_of(files, "databricks.yml")["variables"]
        resources = {
            f"{kind}.{name}"
            for path in files
            if path.startswith("resources/")
            for kind, named in yaml_of(files, path)["resources"].items()
            for name in named
        }

        assert set(re.findall(r"\$\{var\.(\w+)\}", text)) == set(variables)
        assert set(re.findall(r"\$\{resources\.(\w+\.\w+)\.", text)) <= resources


def test_a_schema_is_read_by_all_and_written_by_one(files: dict[str, str]) -> None:
    schemas = yaml_of(files, "resources/schemas.yml")["resources"]["schemas"]

    assert list(schemas) == ["bronze", "silver", "gold", "ops"]
    for schema in schemas.values():
        readers, writers = schema["grants"]
        assert readers == {"principal": "${var.readers}", "privileges": ["USE_SCHEMA", "SELECT"]}
        assert "MODIFY" in writers["privileges"]
    assert len({schema["grants"][1]["principal"] for schema in schemas.values()}) == 3


def test_the_job_says_what_the_sdk_knows(files: dict[str, str]) -> None:
    """Its own reader drops what it does not know, so what comes back tells."""
    jobs = pytest.importorskip("databricks.sdk.service.jobs")
    text = files[JOB].replace("${var.notify}", "[a@example.com]")
    job = yaml.safe_load(text)["resources"]["jobs"]["churn_pipeline"]

    assert jobs.JobSettings.from_dict(job).as_dict() == job


def test_schemas_and_volumes_say_what_the_sdk_knows(files: dict[str, str]) -> None:
    catalog = pytest.importorskip("databricks.sdk.service.catalog")
    for path, fields in (
        ("resources/schemas.yml", {"catalog_name", "name", "comment", "grants"}),
        ("resources/volumes.yml", {"catalog_name", "schema_name", "name", "comment", "volume_type", "grants"}),
    ):
        for resource in next(iter(yaml_of(files, path)["resources"].values())).values():
            assert set(resource) == fields
            for grant in resource["grants"]:
                assert {privilege.value for privilege in map(catalog.Privilege, grant["privileges"])}


def test_the_job_ingests_transforms_tests_publishes_and_notifies(files: dict[str, str]) -> None:
    job = job_of(files)
    waits = {task["task_key"]: [other["task_key"] for other in task.get("depends_on", [])] for task in job["tasks"]}

    assert waits == {
        "setup": [],
        "bronze_customers": ["setup"],
        "bronze_plans": ["setup"],
        "silver_customers": ["bronze_customers"],
        "silver_plans": ["bronze_plans"],
        "gold_customer_features": ["silver_customers", "silver_plans"],
        "gold_spend": ["silver_customers", "silver_plans"],
        "test": ["gold_customer_features", "gold_spend"],
        "publish": ["test"],
        "notify": ["publish"],
    }
    assert job["max_concurrent_runs"] == 1
    assert job["health"]["rules"][0]["metric"] == "RUN_DURATION_SECONDS"


def test_every_task_runs_something_that_is_there(exported: dict[str, dict[str, str]]) -> None:
    files = exported["notebooks"]
    for task in job_of(files)["tasks"]:
        assert task["notebook_task"]["notebook_path"].replace("../", "") in files

    files = exported["modules"]
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for task in job_of(files)["tasks"]:
        work = task["python_wheel_task"]
        assert work["package_name"] == project["name"]
        assert work["entry_point"] in project["scripts"]
        assert work["parameters"][0] in ("build", *AROUND)


def test_who_hears_of_it_is_an_option(churn: Plan) -> None:
    files = files_of(churn, notify="a@example.com, 'b: [c", webhook="on: call #1")
    variables = yaml_of(files, "databricks.yml")["variables"]
    *_, notify = job_of(files)["tasks"]

    assert variables["notify"]["default"] == ["a@example.com", "'b: [c"]
    assert variables["webhook"]["lookup"] == {"notification_destination": "on: call #1"}
    assert notify["webhook_notifications"] == {"on_success": [{"id": "${var.webhook}"}]}
    assert job_of(files)["email_notifications"]["on_failure"] == "${var.notify}"


def test_a_schedule_has_seconds(churn: Plan) -> None:
    with pytest.raises(UserError, match="--schedule: `0 6 \\* \\* \\*` is no quartz expression"):
        files_of(churn, schedule="0 6 * * *")


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
    root = tmp_path / "p"
    config.create(root)
    write(root, {
        "raw/a.csv": "id,fee\n1,2\n",
        "tables/bronze/a.yml": "source: {format: csv, path: raw/a.csv}\n",
        "tables/silver/a.yml": "reads: bronze.a\nsteps: [{step: dedupe, key: [id], keep: first}]\n",
        "tables/gold/both.yml": "reads: silver.a\nsteps: [{step: join, with: bronze.a, on: [id], prefix: raw_}]\n",
    })  # fmt: skip
    project = config.find(root)
    samples = {str(name): sample.rows for name, sample in sample_lake(planned(project)).items()}

    assert len({row[0] for row in samples["bronze.a"]}) == len(samples["bronze.a"])
    assert len(samples["gold.both"]) == len(samples["bronze.a"])


def planned(project: config.Project) -> Plan:
    return plan(table_load.load(project), world.look(project))


def test_what_depends_on_the_time_has_no_sample(tmp_path: Path) -> None:
    asks = {"tables/gold/today.sql": "SELECT current_date() AS today, * FROM silver.plans\n"}
    of = churn_project.planned(churn_project.make(tmp_path / "churn", asks))

    assert TableName("gold", "today") not in sample_lake(of)
    assert "tests/unit/test_gold_today.py" not in files_of(of, style="modules")


# ---- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options"), [("bundle", {"style": style}) for style in STYLES] + [("ci", {}), ("airflow", {})]
)
def test_two_hundred_tables_are_exported_in_two_seconds(name: str, options: dict[str, str], tmp_path: Path) -> None:
    of = wide(tmp_path / "wide", 50)
    target(name, options).files(Export(of, "main", "wide"))  # what is loaded once is not the export's

    clock = time.process_time()
    target(name, options).files(Export(of, "main", "wide"))

    assert len(of.actions) == 200
    assert time.process_time() - clock <= 2


def wide(root: Path, times: int) -> Plan:
    """Make a project of four tables, so many times."""
    config.create(root)
    write(root, {path: text for at in range(times) for path, text in four_tables(at, times)})
    return planned(config.find(root))


def four_tables(at: int, times: int) -> Iterator[tuple[str, str]]:
    rows = "".join(f"{row},{row}.5,p{row % 3},{row + 20},2024-01-0{row + 1}\n" for row in range(9))
    yield f"raw/t{at}.csv", f"id,fee,plan,age,signed_up\n{rows}"
    yield f"tables/bronze/t{at}.yml", f"source: {{format: csv, path: raw/t{at}.csv}}\n"
    yield (
        f"tables/silver/t{at}.yml",
        f"""\
reads: bronze.t{at}
steps:
  - {{step: cast, columns: {{id: bigint, fee: double, age: int, signed_up: date}}}}
  - {{step: dedupe, key: [id], latest_by: signed_up}}
  - {{step: fill_nulls, column: age, using: median}}
  - {{step: cap_outliers, column: fee}}
contract: {{key: [id], drop: {{old: age < 120}}}}
""",
    )
    join = f"{{step: join, with: silver.t{(at + 1) % times}, on: [id], prefix: o_}}"
    yield f"tables/silver/u{at}.yml", f"reads: silver.t{at}\nsteps: [{join}]\n"
    yield f"tables/gold/g{at}.sql", f"SELECT plan, sum(fee) AS fee, count(*) AS n FROM silver.u{at} GROUP BY plan\n"


# ---- its own tests --------------------------------------------------------------------------------------------------


@pytest.fixture
def pytest_in(tmp_path: Path) -> Callable[..., str]:
    """Run the commands of the bundle's own CI that test, in the environment that these tests run in."""
    # pyspark.testing cannot be imported beside pandas 3; a fresh environment of the bundle has none.
    (tmp_path / "without" / "pandas").mkdir(parents=True)
    (tmp_path / "without" / "pandas" / "__init__.py").write_text("raise ImportError('not here')\n")

    def run(folder: Path, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "without")}
        if "BOATHOUSE_JARS" in os.environ:
            environment["DELTA_JARS"] = os.environ["BOATHOUSE_JARS"]
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

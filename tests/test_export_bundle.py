"""The bundle: a whole project, whose files fit each other and say what the platform knows."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import churn_project
from boathouse import inspection
from boathouse.errors import UserError
from boathouse.export import Export, target
from boathouse.package import package
from bundles import STYLES, files_of, put, yaml_of

if TYPE_CHECKING:
    from boathouse.plan import Plan

GOLDEN = Path(__file__).parent / "golden" / "bundle"
JOB = "resources/churn_pipeline.job.yml"
AROUND = ["setup", "test", "publish", "notify"]


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return churn_project.planned(churn_project.make(tmp_path_factory.mktemp("projects") / "churn"))


@pytest.fixture(scope="module")
def exported(churn: Plan) -> dict[str, dict[str, str]]:
    return {style: files_of(churn, style=style) for style in STYLES}


@pytest.fixture(params=STYLES)
def files(request: pytest.FixtureRequest, exported: dict[str, dict[str, str]]) -> dict[str, str]:
    return exported[request.param]


def job_of(files: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = yaml_of(files, JOB)["resources"]["jobs"]["churn_pipeline"]
    return found


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


def test_the_offline_check_finds_no_fault(files: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("databricks.sdk")

    assert list(inspection.faults(package.read(put(tmp_path, files)))) == []


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

"""A bundle is deployed by the real SDK to a workspace on the loopback: once, twice, dry, refused, locked and killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("databricks.sdk", reason="the extra `databricks` is not installed")

from fake_workspace import ME, Fake, Refused, serving
from sample_package import SAMPLE, written
from terminal import Answer, Terminal, is_one_error, started

TOKEN = "dapi-very-secret"  # noqa: S105 - nobody's
ROOT = f"/Workspace/Users/{ME}/.bundle/retail/dev"
MINE = "dev_ada_lovelace_retail"
HOSTS = ("https://dev.cloud.databricks.com", "https://prod.cloud.databricks.com")
FILES = {name.removeprefix("bundle/"): text for name, text in SAMPLE.items() if name.startswith("bundle/")}
FILES["dist/retail-0.1.0-py3-none-any.whl"] = "a wheel\n"


@dataclass(frozen=True)
class Office:
    """A workspace, a bundle for it, and a terminal."""

    fake: Fake
    folder: Path
    boathouse: Terminal

    def deploy(self, *options: str) -> Answer:
        return self.boathouse("deploy", self.folder, *options)

    def plan(self, *options: str) -> dict[str, list[str]]:
        """Ask for a dry run, and give the names by what would happen to them, but for files."""
        steps = json.loads(self.deploy("--dry-run", "--json", *options).out)
        plan: dict[str, list[str]] = {}
        for step in steps:
            if step["what"] != "file":
                name = f"access {step['name']}" if step["what"] == "access" else step["name"]
                plan.setdefault(step["verb"], []).append(name)
        return plan

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def office(boathouse: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "BUNDLE_VAR_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none.cfg"))
    monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
    fake = Fake()
    with serving(fake) as address:
        files = {name: text.replace(HOSTS[0], address).replace(HOSTS[1], address) for name, text in FILES.items()}
        yield Office(fake, written(tmp_path / "bundle", files), boathouse)


def test_the_first_deployment_makes_everything(office: Office) -> None:
    answer = office.deploy()
    assert (answer.code, answer.out) == (0, "29 create\n"), answer.err
    fake = office.fake
    assert sorted(fake.catalog["schemas"]) == [f"dev_main.{MINE}_bronze", f"dev_main.{MINE}_gold"]
    assert fake.catalog["volumes"][f"dev_main.{MINE}_bronze.landing"]["volume_type"] == "MANAGED"
    assert list(fake.catalog["models"]) == [f"dev_main.{MINE}_gold.dev_ada_lovelace_churn"]
    assert fake.grants[f"schema dev_main.{MINE}_gold"] == {"analysts": {"USE_SCHEMA", "SELECT"}}
    assert sorted(each["name"] for each in fake.jobs.values()) == [
        "[dev ada_lovelace] retail_backfill",
        "[dev ada_lovelace] retail_daily",
    ]
    assert fake.files[f"{ROOT}/files/src/notebooks/bronze_orders"].startswith(b"# Databricks notebook source")
    assert fake.published == list(fake.dashboards)
    assert f"{ROOT}/state/deploy.lock" not in fake.files


def test_a_job_says_where_its_files_lie_and_what_the_others_are_called(office: Office) -> None:
    office.deploy()
    number, daily = next((number, job) for number, job in office.fake.jobs.items() if job["name"].endswith("daily"))
    tasks = {task["task_key"]: task for task in daily["tasks"]}
    assert tasks["bronze_orders"]["notebook_task"]["notebook_path"] == f"{ROOT}/files/src/notebooks/bronze_orders"
    assert tasks["bronze_orders"]["max_retries"] == 2
    assert tasks["features"]["pipeline_task"]["pipeline_id"] in office.fake.pipelines
    assert tasks["report"]["sql_task"] == {"warehouse_id": "abc123", "file": {"path": f"{ROOT}/files/src/report.sql"}}
    assert daily["environments"][0]["spec"]["dependencies"] == [f"{ROOT}/files/dist/retail-0.1.0-py3-none-any.whl"]
    assert daily["schedule"]["pause_status"] == "PAUSED"  # in development, whatever the job says
    assert daily["tags"] == {"dev": "ada_lovelace"}
    assert daily["deployment"]["metadata_file_path"] == f"{ROOT}/state/boathouse.json"
    backfill = next(job for job in office.fake.jobs.values() if job["name"].endswith("backfill"))
    assert backfill["tasks"][1]["run_job_task"]["job_id"] == number
    assert office.fake.permissions[f"jobs {number}"] == [
        {"group_name": "analysts", "permission_level": "CAN_MANAGE_RUN"},
        {"user_name": ME, "permission_level": "IS_OWNER"},
    ]


def test_what_needs_something_comes_after_it(office: Office) -> None:
    office.deploy()
    log = office.fake.writes
    order = [
        next(at for at, line in enumerate(log) if line.startswith(begins))
        for begins in (
            "POST /api/2.1/unity-catalog/schemas", "POST /api/2.1/unity-catalog/volumes", "POST /api/2.1/unity-catalog/models",
            "POST /api/2.0/mlflow/experiments", "POST /api/2.0/pipelines", "POST /api/2.2/jobs/create",
            "POST /api/2.0/lakeview", "PATCH /api/2.1/unity-catalog/permissions",
        )
    ]  # fmt: skip
    assert order == sorted(order)
    assert log[-1] == "POST /api/2.0/workspace/delete"  # the lock
    assert f"{ROOT}/state/boathouse.json" in office.fake.files


def test_a_second_deployment_writes_nothing(office: Office) -> None:
    office.deploy()
    before = len(office.fake.writes)
    answer = office.deploy()
    assert (answer.code, answer.out) == (0, "29 same\n")
    assert office.fake.writes[before:] == []


def test_a_dry_run_writes_nothing(office: Office) -> None:
    plan = office.plan()
    assert [name for name in plan["create"] if not name.startswith("access")] == [
        "schemas.bronze", "schemas.gold", "volumes.landing", "registered_models.churn", "experiments.churn",
        "pipelines.features", "jobs.daily", "jobs.backfill", "dashboards.sales",
    ]  # fmt: skip
    assert office.fake.writes == []
    answer = office.deploy("--dry-run")
    assert "create  jobs.daily\n" in answer.out
    assert answer.out.endswith("nothing was written: 29 create\n")


def test_one_job_is_changed(office: Office) -> None:
    office.deploy()
    before = len(office.fake.writes)
    office.change("resources/jobs.yml", "value: 7200", "value: 3600")
    assert office.plan()["update"] == ["jobs.daily"]
    assert office.deploy().code == 0
    changed = [line for line in office.fake.writes[before:] if "/workspace/" not in line]
    assert changed == ["POST /api/2.2/jobs/reset"]
    assert [job["health"]["rules"][0]["value"] for job in office.fake.jobs.values() if "health" in job] == [3600]


def test_what_somebody_deleted_is_made_again(office: Office) -> None:
    office.deploy()
    office.fake.jobs.popitem()
    office.fake.dashboards.clear()
    office.fake.pipelines.clear()
    plan = office.plan()
    made = [
        "access dashboards.sales",
        "access pipelines.features",
        "dashboards.sales",
        "jobs.backfill",
        "pipelines.features",
    ]
    assert sorted(plan["create"]) == made
    assert plan["update"] == ["jobs.daily"]  # it refers to the pipeline, whose id is another
    assert office.deploy().code == 0
    assert len(office.fake.jobs) == 2
    assert office.deploy().out == "29 same\n"


def test_a_notebook_that_changed_is_the_only_file_that_is_sent(office: Office) -> None:
    office.deploy()
    before = len(office.fake.writes)
    office.change("src/notebooks/silver_orders.py", "decimal(12,2)", "decimal(14,2)")
    assert office.deploy().code == 0
    # The lock, the notebook, the state, and the lock again.
    assert office.fake.writes[before:] == [*["POST /api/2.0/workspace/import"] * 3, "POST /api/2.0/workspace/delete"]
    assert b"decimal(14,2)" in office.fake.files[f"{ROOT}/files/src/notebooks/silver_orders"]


def test_a_grant_that_is_gone_is_taken_back_and_those_of_others_stay(office: Office) -> None:
    office.deploy()
    office.fake.grants[f"schema dev_main.{MINE}_gold"]["auditors"] = {"SELECT"}
    office.change("resources/tables.yml", "privileges: [USE_SCHEMA, SELECT]", "privileges: [USE_SCHEMA]")
    assert office.plan()["update"] == ["access schemas.gold"]
    office.deploy()
    assert office.fake.grants[f"schema dev_main.{MINE}_gold"] == {"analysts": {"USE_SCHEMA"}, "auditors": {"SELECT"}}


def test_what_is_gone_is_listed_and_deleted_only_where_that_is_asked_for(office: Office) -> None:
    office.deploy()
    text = FILES["resources/jobs.yml"]
    (office.folder / "resources/jobs.yml").write_text(text[: text.index("    backfill:")])
    answer = office.deploy()
    assert "left    jobs.backfill\n" in answer.out
    assert len(office.fake.jobs) == 2
    assert office.deploy("--delete").code == 0
    assert len(office.fake.jobs) == 1
    assert office.plan().get("left") is None


def test_a_notebook_that_is_gone_is_deleted_where_that_is_asked_for(office: Office) -> None:
    office.change("resources/jobs.yml", "../src/notebooks/silver_orders.py", "../src/notebooks/bronze_orders.py")
    office.deploy()
    (office.folder / "src/notebooks/silver_orders.py").unlink()
    assert "left    src/notebooks/silver_orders.py\n" in office.deploy().out
    there = f"{ROOT}/files/src/notebooks/silver_orders"
    assert there in office.fake.files
    assert office.deploy("--delete").code == 0
    assert there not in office.fake.files
    assert f"{ROOT}/files/src/notebooks/bronze_orders" in office.fake.files


def test_what_had_another_name_is_left(office: Office) -> None:
    office.deploy()
    office.change("resources/tables.yml", "name: churn\n      grants", "name: leavers\n      grants")
    old = f"dev_main.{MINE}_gold.dev_ada_lovelace_churn"
    assert office.deploy().code == 0
    assert old in office.fake.catalog["models"]
    assert office.plan()["left"] == [f"registered_models.churn ({old})"]
    assert office.deploy("--delete").code == 0
    assert [*office.fake.catalog["models"]] == [f"dev_main.{MINE}_gold.dev_ada_lovelace_leavers"]


def test_what_may_not_be_destroyed_stays(office: Office) -> None:
    office.deploy()
    text = FILES["resources/tables.yml"]
    kept = text.replace(text[text.index("    gold:") : text.index("  volumes:")], "")
    (office.folder / "resources/tables.yml").write_text(kept.replace("${resources.schemas.gold.name}", "retail_gold"))
    office.change("resources/pipelines.yml", "${resources.schemas.gold.name}", "retail_gold")
    assert office.plan("--delete")["left"] == ["schemas.gold"]


def test_production_has_its_own_names_place_and_owner(office: Office) -> None:
    assert office.deploy("-t", "prod").code == 0
    fake = office.fake
    number, daily = next((number, job) for number, job in fake.jobs.items() if job["name"] == "retail_daily")
    assert daily["schedule"]["pause_status"] == "UNPAUSED"
    assert daily["run_as"] == {"service_principal_name": "11111111-2222-3333-4444-555555555555"}
    assert {task["task_key"]: task.get("max_retries") for task in daily["tasks"]}["silver_orders"] == 3
    assert {"group_name": "data-engineers", "permission_level": "CAN_MANAGE"} in fake.permissions[f"jobs {number}"]
    assert "/Workspace/Shared/.bundle/retail/prod/state/boathouse.json" in fake.files
    assert list(fake.catalog["models"]) == ["prod_main.retail_gold.churn"]


def test_a_catalog_of_another_environment_is_not_given(office: Office) -> None:
    answer = office.deploy("--var", "catalog=prod_main")
    assert (answer.code, office.fake.writes) == (1, [])
    assert "in the target `dev`: `prod_main` is a catalog of prod, and this is dev" in answer.err


def test_a_variable_is_given(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUNDLE_VAR_schema", "shop")
    monkeypatch.setenv("BUNDLE_VAR_of_another_bundle", "x")
    office.deploy("--var", "catalog=dev_lab")
    assert "dev_lab.dev_ada_lovelace_shop_gold" in office.fake.catalog["schemas"]
    answer = office.deploy("--var", "catalogue=x")
    assert (answer.code, "did you mean `catalog`" in answer.err) == (2, True)


def test_a_permission_that_is_refused(office: Office) -> None:
    office.fake.refuses["POST /api/2.0/pipelines"] = Refused(403, "PERMISSION_DENIED", "you may not create pipelines")
    answer = office.deploy()
    assert answer.code == 3
    assert answer.err.splitlines()[-1] == (
        "error: create pipelines.features: the workspace answers: you may not create pipelines;"
        " ask an administrator of the workspace for this permission"
    )
    assert is_one_error(answer.err)
    assert f"{ROOT}/state/deploy.lock" not in office.fake.files
    # What went through is known: the next time begins where this ended.
    del office.fake.refuses["POST /api/2.0/pipelines"]
    assert office.plan()["create"][:4] == ["pipelines.features", "jobs.daily", "jobs.backfill", "dashboards.sales"]
    assert office.deploy().code == 0
    assert len(office.fake.experiments) == 1


def test_who_is_not_signed_in_sees_no_token(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.fake.refuses["GET /api/2.0/preview"] = Refused(401, "UNAUTHENTICATED", "the token is not valid")
    answer = office.deploy()
    assert (answer.code, is_one_error(answer.err)) == (3, True)
    assert answer.err.startswith("error: signing in to http://127.0.0.1:")
    assert "the workspace answers: the token is not valid; sign in" in answer.err
    monkeypatch.delenv("DATABRICKS_TOKEN")
    monkeypatch.setenv("PATH", "")  # the SDK would ask the command lines of clouds
    nobody = office.deploy()
    assert (nobody.code, is_one_error(nobody.err)) == (2, True), nobody.err
    assert TOKEN not in answer.err + answer.out + nobody.err + nobody.out


def test_a_lock_that_somebody_holds(office: Office) -> None:
    path = f"{ROOT}/state/deploy.lock"
    office.fake.mkdirs({"path": f"{ROOT}/state"})
    office.fake.files[path] = json.dumps({"by": "grace@example.com", "since": "2026-11-20T10:00:00+00:00"}).encode()
    answer = office.deploy()
    assert answer.code == 3
    assert "grace@example.com has been deploying this since 2026-11-20T10:00:00+00:00; wait for it" in answer.err
    assert office.fake.jobs == {}
    assert path in office.fake.files
    assert office.deploy("--force-lock").code == 0


def test_a_fault_is_refused_before_anything_is_asked(office: Office) -> None:
    office.change("resources/jobs.yml", "run_if: ALL_DONE", "run_if: ALWAYS")
    answer = office.deploy()
    assert answer.code == 1
    assert "`ALWAYS` is none of its words" in answer.err
    assert "see all: boathouse check" in answer.err
    assert office.fake.log == []


def test_a_wheel_that_is_not_built(office: Office) -> None:
    (office.folder / "dist/retail-0.1.0-py3-none-any.whl").unlink()
    answer = office.deploy()
    assert (answer.code, office.fake.writes) == (2, [])
    assert "no file matches `../dist/*.whl`; build it first" in answer.err


@pytest.mark.slow
def test_killed_between_two_calls_nothing_is_there_twice(office: Office) -> None:
    office.fake.hangs = "POST /api/2.2/jobs/create"
    process = started("deploy", office.folder)
    try:
        assert office.fake.hanging.wait(30)
    finally:
        process.kill()
        process.communicate()
    office.fake.hangs = ""
    assert len(office.fake.jobs) == 1  # it is there, and no state says so
    locked = office.deploy()
    assert (locked.code, "deploy with --force-lock" in locked.err) == (3, True)
    assert office.deploy("--force-lock").code == 0
    assert sorted(job["name"].rpartition(" ")[2] for job in office.fake.jobs.values()) == [
        "retail_backfill",
        "retail_daily",
    ]
    assert (len(office.fake.pipelines), len(office.fake.dashboards), len(office.fake.experiments)) == (1, 1, 1)
    assert office.deploy().out == "29 same\n"


def test_a_folder_without_a_bundle(boathouse: Terminal, tmp_path: Path) -> None:
    answer = boathouse("deploy", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "has no databricks.yml; make a bundle: boathouse export bundle" in answer.err

"""CI: workflows that name real jobs, keep no secret, and whose shell lines are shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import churn_project
from boathouse.bundle.ci import Repository, ci_files
from boathouse.errors import UserError
from boathouse.export import Export, target
from bundles import put

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "golden" / "ci"
TEST, DEPLOY, GITLAB = ".github/workflows/test.yml", ".github/workflows/deploy.yml", ".gitlab-ci.yml"
PINNED = re.compile(r"uses: (actions/\S+)@(\S+)( # v[\d.]+)?")
OF_GITLAB = ("stages", "default", ".java", ".deploy")


def variants() -> Iterator[dict[str, str]]:
    for has_pipeline in (True, False):
        for style in ("notebooks", "modules"):
            yield ci_files(Repository("churn_pipeline", style, "3.12", has_pipeline=has_pipeline))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    project = churn_project.make(tmp_path_factory.mktemp("projects") / "churn")
    return target("ci").files(Export(churn_project.planned(project), "main", "churn"))


def jobs(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["jobs"]
    return found


def shell_of(files: dict[str, str]) -> Iterator[str]:
    """Give every shell text: the steps of GitHub, with its own ${{ }} made plain, and the scripts of GitLab."""
    for path in (TEST, DEPLOY):
        for job in jobs(files[path]).values():
            yield from (re.sub(r"\$\{\{.*?\}\}", "x", step["run"]) for step in job.get("steps", []) if "run" in step)
    for job in yaml.safe_load(files[GITLAB]).values():
        if isinstance(job, dict):
            lines = [*job.get("before_script", []), *job.get("script", [])]
            yield "\n".join(line for part in lines for line in (part if isinstance(part, list) else [part]))


def test_the_files_are_those_under_golden(files: dict[str, str]) -> None:
    """Read what has changed with git diff, after BOATHOUSE_GOLDEN=write has written it."""
    if os.environ.get("BOATHOUSE_GOLDEN") == "write":
        put(GOLDEN, files)

    for path, text in files.items():
        assert text == (GOLDEN / path).read_text(encoding="utf-8"), path


def test_every_job_needs_jobs_that_there_are() -> None:
    for files in variants():
        for path in (TEST, DEPLOY):
            named = jobs(files[path])
            assert {need for job in named.values() for need in [job.get("needs")] if need} <= set(named)
        gitlab = yaml.safe_load(files[GITLAB])
        assert {need for job in gitlab.values() if isinstance(job, dict) for need in job.get("needs", [])} <= set(
            gitlab
        )
        assert {job["extends"] for job in gitlab.values() if "extends" in job} <= set(gitlab)


def test_shell_lines_are_shell() -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here to read them")
    for files in variants():
        for text in filter(None, shell_of(files)):
            done = subprocess.run([bash, "-n"], input=text, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{text}\n{done.stderr}"


def test_actions_are_pinned_to_commits_and_say_their_version(files: dict[str, str]) -> None:
    pinned = [match for path in (TEST, DEPLOY) for match in PINNED.findall(files[path])]

    assert len(pinned) >= 7
    for action, commit, version in pinned:
        assert re.fullmatch("[0-9a-f]{40}", commit), action
        assert version, action


def test_no_token_is_kept(files: dict[str, str]) -> None:
    assert "secrets." not in "".join(files.values())
    for job in ("deploy-dev", "deploy-prod"):
        github, gitlab = jobs(files[DEPLOY])[job], yaml.safe_load(files[GITLAB])[".deploy"]
        assert github["permissions"] == {"contents": "read", "id-token": "write"}
        assert github["env"]["DATABRICKS_AUTH_TYPE"] == "github-oidc"
        assert gitlab["id_tokens"] == {"DATABRICKS_OIDC_TOKEN": {"aud": "$DATABRICKS_ACCOUNT_ID"}}


def test_dev_is_deployed_from_dev_and_prod_from_main_once_approved(files: dict[str, str]) -> None:
    dev, prod = (jobs(files[DEPLOY])[f"deploy-{name}"] for name in ("dev", "prod"))
    by_hand = yaml.safe_load(files[GITLAB])["deploy-prod"]

    assert (dev["if"], dev["environment"]) == ("github.ref == 'refs/heads/dev'", "development")
    assert (prod["if"], prod["environment"]) == ("github.ref == 'refs/heads/main'", "production")
    assert {dev["needs"], prod["needs"]} == {"test"}
    assert by_hand["rules"] == [{"if": '$CI_COMMIT_BRANCH == "main"', "when": "manual"}]


def test_every_push_is_tested_once(files: dict[str, str]) -> None:
    """YAML 1.1, as PyYAML reads it, takes `on` for true."""
    test, deploy = yaml.safe_load(files[TEST])[True], yaml.safe_load(files[DEPLOY])[True]

    assert test["push"]["branches-ignore"] == deploy["push"]["branches"] == ["dev", "main"]
    assert jobs(files[DEPLOY])["test"] == {"uses": "./.github/workflows/test.yml"}


def test_the_parity_proof_is_a_job_where_there_is_a_pipeline(files: dict[str, str]) -> None:
    run = "\n".join(step.get("run", "") for step in jobs(files[TEST])["prove"]["steps"])
    bundle = ci_files(Repository("churn_pipeline", "modules", "3.12", has_pipeline=False))

    assert 'python -m pip install "boathouse[spark]"\nboathouse run\n' in run
    assert "boathouse prove databricks" in run
    assert "prove" not in jobs(bundle[TEST])
    assert "boathouse" not in "".join(bundle.values())


def test_the_same_options_give_the_same_bytes(files: dict[str, str], tmp_path: Path) -> None:
    again = churn_project.planned(churn_project.make(tmp_path / "churn"))

    assert target("ci").files(Export(again, "main", "churn")) == files


def test_an_option_that_there_is_not_is_refused() -> None:
    with pytest.raises(UserError, match="--python"):
        target("ci", {"python": "2.7"})

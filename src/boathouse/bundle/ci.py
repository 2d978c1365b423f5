"""CI files: the workflows of GitHub and GitLab that test an exported bundle and deploy it."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.template import template


@dataclass(frozen=True)
class Repository:
    """What stands in the repository that the files are for: a Boathouse project, or the bundle alone."""

    job: str  # the key of the bundle's job
    style: str  # of the bundle
    python: str
    has_pipeline: bool  # whether the bundle is exported anew, and the parity proven, in each run


def ci_files(of: Repository) -> dict[str, str]:
    """Give the files by relative path, which are the places that GitHub and GitLab look at."""
    return {**_github(of), ".gitlab-ci.yml": _gitlab(of)}


def _github(of: Repository) -> dict[str, str]:
    within = "        working-directory: dist/bundle\n" if of.has_pipeline else ""
    export = template("ci/export.yml", style=of.style) if of.has_pipeline else ""
    prove = template("ci/prove.yml", python=of.python) if of.has_pipeline else ""
    build = template("ci/build.yml") if of.style == "modules" else ""
    steps = template("ci/deploy_steps.yml", python=of.python, export=export, build=build)
    test = template("ci/test.yml", python=of.python, within=within, export=export, prove=prove)
    deploy = template("ci/deploy.yml", within=within, job=of.job, steps=steps)
    return {".github/workflows/test.yml": test, ".github/workflows/deploy.yml": deploy}


def _gitlab(of: Repository) -> str:
    export = template("ci/gitlab_export.yml", style=of.style) if of.has_pipeline else ""
    cd = "    - cd dist/bundle\n" if of.has_pipeline else ""
    prove = template("ci/gitlab_prove.yml") if of.has_pipeline else ""
    build = "    - python -m pip install build\n" if of.style == "modules" else ""
    needs = "[test, prove]" if of.has_pipeline else "[test]"
    return template(
        "ci/gitlab-ci.yml", needs=needs, python=of.python, job=of.job, export=export, cd=cd, prove=prove, build=build
    )

"""CI of the project's repository: test each push, prove parity, deploy dev and, once approved, prod."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from boathouse.bundle.ci import Repository, ci_files
from boathouse.bundle.job import job_key
from boathouse.export import Export, Target


class Ci(Target):
    """CI of the project's repository: test each push, prove parity, deploy dev and, once approved, prod."""

    style: Literal["notebooks", "modules"] = Field(default="notebooks", description="of the bundle that is deployed")
    python: Literal["3.11", "3.12", "3.13"] = Field(default="3.12", description="the Python that the tests run on")

    def files(self, export: Export) -> dict[str, str]:
        """Give the files by the places that GitHub and GitLab look at, from the repository's root."""
        return ci_files(Repository(job_key(export.project), self.style, self.python, has_pipeline=True))

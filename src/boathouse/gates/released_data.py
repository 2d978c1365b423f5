"""A challenger was trained on tables of a release, so that its data can be read again as they were."""

from __future__ import annotations

from boathouse.ml.tracking.gate import Candidate, Verdict

NAME = "released_data"


class ReleasedData:
    """A challenger was trained on tables of a release, so that its data can be read again as they were."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        version = candidate.challenger
        tables = ", ".join(f"{name} at version {number}" for name, number in version.tables.items()) or "no table"
        if version.release is not None:
            return Verdict(NAME, True, f"trained on {tables}, of release {version.release}")
        return Verdict(
            NAME, False, f"trained on {tables}, of no release", "`boathouse release`, then `boathouse job train`"
        )

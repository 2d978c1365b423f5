"""The rows that a challenger was trained on are what its file says; where nobody has looked, it says so."""

from __future__ import annotations

from boathouse.ml.tracking.gate import Candidate, Verdict

NAME = "data_validation"


class DataValidation:
    """The rows that a challenger was trained on are what its file says; where nobody has looked, it says so."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        noted = candidate.noted(NAME)
        if noted is None:
            return Verdict(NAME, None, "not validated: `boathouse job features` does")
        passed, told = noted
        return Verdict(NAME, passed, told, "" if passed else "`boathouse job features`, then `boathouse job train`")

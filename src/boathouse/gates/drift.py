"""The data of today look like those that a challenger was trained on; where nobody has looked, it says so."""

from __future__ import annotations

from boathouse.ml.tracking.gate import Candidate, Verdict

NAME = "drift"


class Drift:
    """The data of today look like those that a challenger was trained on; where nobody has looked, it says so."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        noted = candidate.noted(NAME)
        if noted is None:
            return Verdict(NAME, None, "not monitored: `boathouse job monitor` does")
        passed, told = noted
        return Verdict(NAME, passed, told, "" if passed else "train it on data of today: `boathouse job train`")

"""An analysis found a challenger's flags fair; one that was never analysed is let pass, and says so."""

from __future__ import annotations

from boathouse.ml.tracking.gate import Candidate, Verdict

NAME = "fairness"


class Fairness:
    """An analysis found a challenger's flags fair; one that was never analysed is let pass, and says so."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        noted = candidate.noted(NAME)
        if noted is None:
            return Verdict(NAME, None, "not analysed: `boathouse job fairness-validate` does")
        passed, told = noted
        return Verdict(
            NAME,
            passed,
            told,
            "" if passed else "look at the groups in the report, and train without what decides them",
        )

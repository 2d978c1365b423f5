"""A challenger is given the very columns that the champion is, so that no pipeline breaks."""

from __future__ import annotations

from boathouse.ml.tracking.gate import Candidate, Verdict

NAME = "signature"


class Signature:
    """A challenger is given the very columns that the champion is, so that no pipeline breaks."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        ours = candidate.challenger.columns
        if not ours:
            return Verdict(
                NAME, False, "it does not say which columns it is given", "register it by `boathouse job train`"
            )
        theirs = candidate.champion.columns if candidate.champion else ours
        gone, new = sorted(theirs.keys() - ours.keys()), sorted(ours.keys() - theirs.keys())
        other = sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])
        words = (("lacks", gone), ("adds", new), ("has of another type", other))
        differs = "; ".join(f"{word} {', '.join(names)}" for word, names in words if names)
        if not differs:
            return Verdict(NAME, True, f"{len(ours)} columns{', as the champion' if candidate.champion else ''}")
        remedy = "register it under another name, and have the `score` steps name that"
        return Verdict(NAME, False, f"beside the champion it {differs}", remedy)

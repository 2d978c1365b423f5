"""A challenger finds no less than the champion does on the same rows."""

from __future__ import annotations

from collections.abc import Mapping

from boathouse.ml.tracking.gate import Candidate, Verdict

NAME = "evaluation"
# The first that both have. Of rare things average precision tells more than AUC, which true negatives decide.
METRICS = ("average_precision", "auc")


class Evaluation:
    """A challenger finds no less than the champion does on the same rows."""

    @staticmethod
    def judge(candidate: Candidate) -> Verdict:
        champion, trial = candidate.champion, candidate.trial
        if champion is None:
            return Verdict(NAME, None, "there is nobody to compare with")
        if trial is not None:
            return _compared(trial.challenger, trial.champion, f"{trial.rows:,} rows of {trial.on}")
        if candidate.challenger.tables and candidate.challenger.tables == champion.tables:
            tables = ", ".join(f"{name} at version {version}" for name, version in champion.tables.items())
            return _compared(candidate.challenger.metrics, champion.metrics, f"what both runs measured on {tables}")
        return Verdict(
            NAME, None, "the runs measured other data; `--on TABLE --label COLUMN` measures both on the same"
        )


def _compared(challenger: Mapping[str, float], champion: Mapping[str, float], on: str) -> Verdict:
    metric = next((name for name in METRICS if name in challenger and name in champion), "")
    if not metric:
        return Verdict(NAME, None, f"{on}: no labels of both kinds")
    ours, theirs = challenger[metric], champion[metric]
    told = f"{on}: {metric} {ours:.4f}, the champion's {theirs:.4f}"
    if ours >= theirs:
        return Verdict(NAME, True, told)
    return Verdict(NAME, False, told, "train it otherwise, or on newer data; the champion stays")

"""Metrics: what scores look like, and where labels exist, how well they find what they look for."""

from __future__ import annotations

from typing import Any

import numpy as np

SHARES = (1, 5, 10)  # per cent of the rows that somebody has time to look at
MISS = 10.0  # what it costs not to find one, in reviews of a row
POINTS = 100  # of a cost curve


def measured(scores: Any, labels: Any = None) -> dict[str, float]:
    """Measure scores: mean, p95, p99; with labels, how they rank: AUC, average precision, precision of the first."""
    scores = np.asarray(scores, dtype=float)
    if not len(scores):
        return {"rows": 0.0}
    told = {"rows": float(len(scores)), "mean": float(np.mean(scores))}
    told |= {f"p{share}": float(np.percentile(scores, share)) for share in (95, 99)}
    if labels is None:
        return told
    scores, positive = _labelled(scores, labels)
    told["positives"] = float(positive.sum())
    if not 0 < positive.sum() < len(positive):
        return told  # of one kind alone there is nothing to rank
    told |= {"auc": auc(scores, positive), "average_precision": average_precision(scores, positive)}
    told |= {f"precision_at_{share}_percent": precision_at(scores, positive, share / 100) for share in SHARES}
    best = min(cost_curve(scores, positive), key=lambda point: point["cost"])
    return told | {"least_cost": best["cost"], "least_cost_share": best["share"]}


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Say how often a positive row has the higher score of a pair; a tie counts half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    found, others = int(positive.sum()), int((~positive).sum())
    if not found * others:
        return float("nan")  # of one kind alone there is no pair
    return float((ranks[positive].sum() - found * (found + 1) / 2) / (found * others))


def average_precision(scores: np.ndarray, positive: np.ndarray) -> float:
    """Average the precision over the positives, rows of one score taken together, as scikit-learn does."""
    hits, taken = _cumulated(scores, positive)
    gained = np.diff(hits, prepend=0.0)
    return float(np.sum(gained * hits / taken) / positive.sum())


def precision_at(scores: np.ndarray, positive: np.ndarray, share: float) -> float:
    """Say how many of the rows with the highest scores are positive; of rows that tie at the end, as many as are to be expected."""
    wanted = max(1, round(len(scores) * share))
    hits, taken = _cumulated(scores, positive)
    return float(np.interp(wanted, np.concatenate([[0.0], taken]), np.concatenate([[0.0], hits])) / wanted)


def cost_curve(scores: Any, labels: Any, *, review: float = 1.0, miss: float = MISS) -> list[dict[str, float]]:
    """Say what it costs, a row on average, to review the share of rows with the highest scores and miss what is left."""
    scores, positive = _labelled(np.asarray(scores, dtype=float), labels)
    hits, taken = (np.concatenate([[0.0], each]) for each in _cumulated(scores, positive))
    shares = np.linspace(0.0, 1.0, POINTS + 1)
    found = np.interp(shares * len(scores), taken, hits)
    costs = review * shares + miss * (positive.sum() - found) / len(scores)
    return [{"share": float(share), "cost": float(cost)} for share, cost in zip(shares, costs, strict=True)]


def _labelled(scores: np.ndarray, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Keep the rows whose label is known."""
    known = np.array([None if label is None else float(label) for label in np.asarray(labels).tolist()], dtype=float)
    there = ~np.isnan(known)
    return scores[there], known[there] > 0


def _cumulated(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the positives, and all rows, down to each score, the highest first."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)
    return np.cumsum(positive[order])[last].astype(float), (np.flatnonzero(last) + 1).astype(float)

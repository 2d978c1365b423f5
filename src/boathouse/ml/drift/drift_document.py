"""Drift document: what the features of some rows tell together, in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boathouse.ml.drift.feature_drift import FeatureDrift


def mean_psi(drifts: Sequence[FeatureDrift]) -> float:
    """Give the mean index; one broken column among many hides in it, so no verdict rests on it."""
    return sum(drift.psi for drift in drifts) / len(drifts)


def drift_document(drifts: Sequence[FeatureDrift], minor: float, major: float) -> dict[str, Any]:
    """Say of all features together what has drifted, in plain values."""
    by_status: dict[str, list[str]] = {"minor": [], "major": [], "stable": []}
    for drift in drifts:
        by_status[drift.status(minor, major)].append(drift.feature)
    findings = [finding for drift in drifts for finding in drift.findings()]
    rows = max(drift.rows[1] for drift in drifts)
    if not all(drift.can_tell for drift in drifts):
        findings.append({"feature": None, "finding": "no rows", "rows": rows, "says": "there are no rows to compare"})
    status = "major" if by_status["major"] else "minor" if by_status["minor"] or findings else "stable"
    return {
        "rows": rows, "psi_values": {drift.feature: drift.psi for drift in drifts}, "overall_psi": mean_psi(drifts),
        "drifted_features": {"minor": by_status["minor"], "major": by_status["major"]}, "drift_status": status,
        "beyond_chance": [drift.feature for drift in drifts if drift.is_beyond_chance], "findings": findings,
        "features": {drift.feature: drift.document for drift in drifts},
    }  # fmt: skip

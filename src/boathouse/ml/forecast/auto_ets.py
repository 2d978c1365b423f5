"""AutoETS of statsforecast, where the extra [forecast] is installed: exponential smoothing chosen by likelihood."""

from __future__ import annotations

import numpy as np

from boathouse.extra import needed
from boathouse.ml.forecast.outlook import LEVELS, Outlook


def auto_ets(values: np.ndarray, horizon: int, season: int) -> Outlook:
    """Expect what AutoETS does, between the bounds that its own likelihood gives."""
    models = needed("statsforecast.models", "forecast")
    said = models.AutoETS(season_length=season).forecast(y=values, h=horizon, level=list(LEVELS))
    return Outlook(said["mean"], {level: (said[f"lo-{level}"], said[f"hi-{level}"]) for level in LEVELS})

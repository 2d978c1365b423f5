"""Feature names: a feature of a feature view is noun_metric_window, such as customer_spend_30d."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.action import Action
from boathouse.errors import Place
from boathouse.fault import Fault
from boathouse.ml.features.feature_name import naming_hint
from boathouse.ml.features.project_views import feature_view


def look(action: Action) -> Iterator[Fault]:
    view = feature_view(action.table, action.schema)
    if view is None:
        return
    place = action.table.place("feature_view") or Place(action.table.file, 1, 1)
    for name in view.feature_names:
        if hint := naming_hint(name, view.key):
            yield Fault(place, name, "is a feature, and not noun_metric_window", hint)

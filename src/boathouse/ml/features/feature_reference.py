"""Feature reference: `view:feature`, as training and serving ask for features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from boathouse.errors import UnknownName, UserError
from boathouse.ml.features.feature_view import FeatureViewConfig


@dataclass(frozen=True)
class Wanted:
    """A feature of a view that is asked for, and what it is called in the answer."""

    view: str
    feature: str
    name: str


def wanted(
    references: Iterable[str],
    views: Mapping[str, FeatureViewConfig],
    taken: Iterable[str] = (),
    *,
    full_feature_names: bool = False,
) -> tuple[Wanted, ...]:
    """Read references, in their order; a name that two views give, or that is taken, is an error with the way out."""
    references = [references] if isinstance(references, str) else list(references)
    owner = dict.fromkeys((name.lower() for name in taken), "of the rows that were given")
    found = []
    for reference in dict.fromkeys(references):
        view, feature = _parted(reference, views)
        name = f"{view}__{feature}" if full_feature_names else feature
        if name.lower() in owner:
            hint = "rename it there" if full_feature_names else f"full_feature_names=True calls it {view}__{feature}"
            raise UserError(f"`{name}` of {view} is also a column {owner[name.lower()]}", hint=hint)
        owner[name.lower()] = f"of {view}"
        found.append(Wanted(view, feature, name))
    if not found:
        raise UserError("no feature is asked for", hint='name some, such as "customer_features:customer_spend_30d"')
    return tuple(found)


def _parted(reference: str, views: Mapping[str, FeatureViewConfig]) -> tuple[str, str]:
    view, colon, feature = reference.partition(":")
    if not colon:
        raise UserError(f"`{reference}` names no feature", hint="write view:feature, such as customer_features:age")
    config = views.get(view)
    if config is None:
        raise UnknownName("feature view", view, views)
    if feature not in config.feature_names:
        raise UnknownName("feature", feature, config.feature_names, where=f"`{view}`")
    return view, feature

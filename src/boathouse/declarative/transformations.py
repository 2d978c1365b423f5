"""Transformations: the files of a declarative pipeline, one for each table of a plan."""

from __future__ import annotations

from collections.abc import Mapping

from boathouse.declarative.dataset import DatasetFile
from boathouse.declarative.declared import InPipeline, Wording
from boathouse.declarative.settings import landed_paths
from boathouse.plan import Plan


def transformations(plan: Plan, to: InPipeline, words: Mapping[str, bool]) -> dict[str, str]:
    """Write the files, by their paths beside the pipeline's settings; the words are those of Wording."""
    wording = Wording(
        to,
        taken=frozenset(name for action in plan.actions for name in action.writes),
        streams=frozenset(action.name for action in plan.actions if action.landing is not None),
        **words,
    )
    paths = landed_paths(plan, to)
    return {
        f"transformations/{action.name.layer}/{action.name.table}.py": DatasetFile(
            action, wording, paths.get(action.name.flat, "")
        ).text
        for action in plan.actions
    }

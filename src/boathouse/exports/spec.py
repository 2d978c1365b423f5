"""Spec: the pipeline as one Markdown page, for a colleague or an assistant that is to work on it."""

from __future__ import annotations

from boathouse.destination import Destination
from boathouse.export import Export, Target
from boathouse.notebook_set import source_paths
from boathouse.pipeline_spec import pipeline_spec


class Spec(Target):
    """The page `pipeline_spec.md`, with a schema for each layer."""

    def files(self, export: Export) -> dict[str, str]:
        to = Destination(export.catalog, export.schema, by_layer=True)
        sources = source_paths(export.plan, to)
        return {"pipeline_spec.md": pipeline_spec(export.plan, to, sources=sources, findings=export.findings)}

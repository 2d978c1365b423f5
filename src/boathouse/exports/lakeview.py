"""Lakeview: dashboards of runs and of the gold tables, as .lvdash.json files that Databricks imports."""

from __future__ import annotations

from boathouse.dashboards.lakeview import dashboards
from boathouse.export import Export, Target


class Lakeview(Target):
    """The dashboards as files."""

    def files(self, export: Export) -> dict[str, str]:
        return dashboards(export.plan, export.catalog, export.schema, export.findings)

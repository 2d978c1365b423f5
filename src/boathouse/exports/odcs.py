"""ODCS: the contracts as files of the Open Data Contract Standard, one a table or one for all."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from boathouse import odcs_export
from boathouse.export import Export, Target


class Odcs(Target):
    """The contracts as documents of the standard."""

    per: Literal["project", "table"] = Field(default="project", description="one file for all tables, or one for each")

    def files(self, export: Export) -> dict[str, str]:
        names = [action.name for action in export.plan.actions]
        groups = [names] if self.per == "project" else [[name] for name in names]
        documents = [odcs_export.export(export.plan, group, (export.catalog, export.schema)) for group in groups]
        return {document.file: document.text for document in documents}
